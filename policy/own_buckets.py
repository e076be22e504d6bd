"""Whether a bucket that is named is one of the stack: neither its name nor its ARN says of which account it is."""

import re
from typing import Final

from policy.graph import BUCKET, Graph
from policy.resources import ResourceView

_ARN: Final = re.compile(r"arn:[\w-]+:s3:::", re.DOTALL)
_DOMAIN: Final = re.compile(r"(?P<name>.+?)\.s3[.-](?:.+\.)?amazonaws\.com(?:\.cn)?", re.DOTALL)
"""The name that a bucket has in DNS, with and without its Region ("Virtual hosting of general purpose buckets")."""


def is_own(graph: Graph, resource: ResourceView, property_: str, given: str) -> bool:
    """Check whether a bucket is one of the stack.

    Args:
        graph: The stack.
        resource: Who names it.
        property_: The top-level property in which it is named.
        given: The bucket's name, its ARN, its address (``s3://``) or its name in DNS; with or without a key behind it.
    """
    name = _ARN.sub("", given, count=1).removeprefix("s3://").partition("/")[0]
    found = _DOMAIN.fullmatch(name)
    if graph.has_bucket(found["name"] if found else name):
        return True
    # A bucket whose name nobody gives is known by the dependency only.
    return any(not isinstance(view.inputs.get("bucket"), str) for view in graph.targets(resource, property_, BUCKET))
