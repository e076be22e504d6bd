"""Beginnings of names that AWS refuses. AWS's name of a resource begins with the name of its component."""

from collections.abc import Iterable, Iterator
from typing import Final

from spot_planning.problems import Problem

BUCKET_PREFIXES: Final = ("xn--", "sthree-", "amzn-s3-demo-")
"""Amazon S3 User Guide, "General purpose bucket naming rules". Its reserved suffixes need no check: the name of a
bucket ends in a hyphen and seven random hexadecimal digits (Pulumi documentation, "Auto-naming")."""
LOAD_BALANCER_PREFIXES: Final = ("internal-",)
"""Elastic Load Balancing API Reference, "CreateLoadBalancer", Name."""
SECURITY_GROUP_PREFIXES: Final = ("sg-",)
"""Amazon EC2 API Reference, "CreateSecurityGroup", GroupName."""


def reserved_prefix(name: str, prefixes: Iterable[str]) -> str | None:
    """Return the reserved prefix that the names of a component's resources would have; None if they have none.

    Args:
        name: The component's name, which a hyphen follows in the names of its resources.
        prefixes: Prefixes that AWS reserves for such resources.
    """
    return next((prefix for prefix in prefixes if f"{name}-".startswith(prefix)), None)


def name_problems(name: str, prefixes: Iterable[str]) -> Iterator[Problem]:
    """Refuse a component's name from which AWS would make names that it reserves.

    Args:
        name: The component's name.
        prefixes: Prefixes that AWS reserves for the component's resources.
    """
    prefix = reserved_prefix(name, prefixes)
    if prefix is not None:
        yield Problem(("name",), f"begins with {prefix}, which AWS reserves; choose another name", shows_value=False)
