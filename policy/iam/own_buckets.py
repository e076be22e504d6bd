"""Checks whether a named bucket belongs to the stack: neither a bucket's name nor its ARN contains its account."""

import re
from typing import Final

from policy.graph import BUCKET, Graph
from policy.resources import ResourceView

_ARN: Final = re.compile(r"arn:[\w-]+:s3:::", re.DOTALL)
_DOMAIN: Final = re.compile(r"(?P<name>.+?)\.s3[.-](?:.+\.)?amazonaws\.com(?:\.cn)?", re.DOTALL)
"""A bucket's DNS name, with or without the Region ("Virtual hosting of general purpose buckets")."""


def is_own(graph: Graph, resource: ResourceView, property_: str, given: str) -> bool:
    """Check whether a bucket belongs to the stack.

    Args:
        graph: The stack.
        resource: The resource that names the bucket.
        property_: The top-level property that names it.
        given: The bucket's name, ARN, address (``s3://``) or DNS name, with or without an object key after it.
    """
    name = _ARN.sub("", given, count=1).removeprefix("s3://").partition("/")[0]
    found = _DOMAIN.fullmatch(name)
    if graph.has_bucket(found["name"] if found else name):
        return True
    # If the program does not give a bucket's name, only the dependency tells that the bucket is meant.
    return any(not isinstance(view.inputs.get("bucket"), str) for view in graph.targets(resource, property_, BUCKET))
