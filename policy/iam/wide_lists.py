"""Entries of the stack file's lists that would let in everybody: whoever is judged does not choose such a list."""

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from typing import Final

_GREEDY: Final = re.compile(r"\{[^{}]*\+\}")
"""A part of a path that takes all that follows: ``/{proxy+}`` ("HTTP API routes", API Gateway Developer Guide)."""
_WILDCARD: Final = re.compile(r"[*?\[]")
_WIDEST_BITS: Final = {4: 16, 6: 32}
"""IP version -> the prefix of the widest public range that counts as somebody's own."""
_WIDEST_PRIVATE_BITS: Final = {4: 8, 6: 7}


def _every_path(pattern: str) -> str:
    """Refuse a pattern that begins and ends with a wildcard: what stands between is a part of any path."""
    written = _GREEDY.sub("*", pattern).lstrip("/")
    last = written.rpartition("/")[2]
    if _WILDCARD.match(written) and (not last or _WILDCARD.search(last)):
        return "opens every path, or nearly; name the paths, such as /health or /health/*"
    return ""


def _every_network(network: str) -> str:
    try:
        range_ = ip_network(network.strip(), strict=False)
    except ValueError:
        return ""  # a VPC, or an endpoint of one
    widest = (_WIDEST_PRIVATE_BITS if range_.is_private else _WIDEST_BITS)[range_.version]
    if range_.prefixlen < widest:
        return f"lets in strangers; a range is at least a /{widest}"
    return ""


_TOO_WIDE: Final[Mapping[str, Callable[[str], str]]] = {
    "open_paths": _every_path,
    "allowed_networks": _every_network,
}


def too_wide(key: str, item: str) -> str:
    """Say why an entry of a list lets in everybody.

    Args:
        key: Of the stack file's section ``policy``.
        item: An entry of its list.

    Returns:
        What is wrong with it and what is wanted; empty for one that names something in particular, and for lists of
        ids, in which a wildcard is no id.
    """
    return _TOO_WIDE[key](item) if key in _TOO_WIDE else ""
