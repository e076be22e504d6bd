"""Reads the IAM actions that can be limited to some resources, so that no policy has to allow them on all resources."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from policy.iam.arns import has_wildcard, matches

FILE: Final = Path(__file__).with_suffix(".txt")


@cache
def by_service() -> Mapping[str, tuple[str, ...]]:
    """Read the file, and return the names of the actions by the prefix of their service, such as ``s3``."""
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for word in FILE.read_text(encoding="utf-8").partition("\n\n")[2].split():
        if word.endswith(":"):
            names = found.setdefault(word[:-1], [])
        else:
            names.append(word)
    return {service: tuple(listed) for service, listed in found.items()}


def limited(pattern: str) -> Iterator[str]:
    """Find the actions that match a pattern and can be limited to some resources.

    Args:
        pattern: A pattern of actions in a policy, such as ``ec2:Create*``.

    Yields:
        Each action, such as ``ec2:CreateRoute``. A service that the file leaves out has none.
    """
    prefix = pattern.partition(":")[0].lower()
    for service in by_service() if has_wildcard(prefix) else (prefix,):
        for name in by_service().get(service, ()):
            if matches(pattern, f"{service}:{name}"):
                yield f"{service}:{name}"
