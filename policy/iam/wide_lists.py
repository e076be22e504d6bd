"""Refuses entries of the stack file's lists that would allow everybody: a stack must not switch off its own rules."""

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from typing import Final

_GREEDY: Final = re.compile(r"\{[^{}]*\+\}")
"""A greedy variable, which matches the rest of a path: ``/{proxy+}`` ("HTTP API routes", API Gateway Developer
Guide)."""
_WILDCARD: Final = re.compile(r"[*?\[]")
_WIDEST_BITS: Final = {4: 16, 6: 32}
"""IP version -> the prefix length of the widest public range that is accepted."""
_WIDEST_PRIVATE_BITS: Final = {4: 8, 6: 7}


def _every_path(pattern: str) -> str:
    """Refuse a pattern that begins and ends with a wildcard: many paths contain the part between the wildcards."""
    written = _GREEDY.sub("*", pattern).lstrip("/")
    last = written.rpartition("/")[2]
    if _WILDCARD.match(written) and (not last or _WILDCARD.search(last)):
        return "opens every path, or nearly; name the paths, such as /health or /health/*"
    return ""


def _every_network(network: str) -> str:
    try:
        range_ = ip_network(network.strip(), strict=False)
    except ValueError:
        return ""  # the id of a VPC or of a VPC endpoint
    widest = (_WIDEST_PRIVATE_BITS if range_.is_private else _WIDEST_BITS)[range_.version]
    if range_.prefixlen < widest:
        return f"lets in strangers; a range is at least a /{widest}"
    return ""


_TOO_WIDE: Final[Mapping[str, Callable[[str], str]]] = {
    "open_paths": _every_path,
    "allowed_networks": _every_network,
}


def too_wide(key: str, item: str) -> str:
    """Explain why an entry of a list is too wide.

    Args:
        key: A key of the stack file's section ``policy``.
        item: An entry of the key's list.

    Returns:
        What is wrong with the entry, and what to write instead. Empty for an entry that is narrow enough, and for every
        entry of a list of ids, in which a wildcard matches no id.
    """
    return _TOO_WIDE[key](item) if key in _TOO_WIDE else ""
