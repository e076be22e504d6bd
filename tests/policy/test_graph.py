"""What a property depends on, and whether its values name more than that."""

import pytest

from policy.graph import Graph, names_more
from policy.resources import ResourceView
from policy.values import UNKNOWN

BUCKET = "aws:s3/bucket:Bucket"
TYPES = {
    "a": BUCKET,
    "b": BUCKET,
    "policy": "aws:s3/bucketPolicy:BucketPolicy",
    "network": "pulumi:pulumi:StackReference",
}
"""The stack's resources; what is only read is not among them."""


def names(values: list[object], depends_on: tuple[str, ...]) -> bool:
    others = [
        ResourceView(type_, name, {}, depends_on={"bucket": ("a",)} if name == "policy" else {})
        for name, type_ in TYPES.items()
    ]
    owner = ResourceView("aws:x/owner:Owner", "owner", {"names": values}, depends_on={"names": depends_on})
    return names_more(Graph([*others, owner]), owner, "names", owner.at("names").items(), BUCKET)


@pytest.mark.parametrize(
    ("values", "depends_on", "more"),
    [
        ([], (), False),
        (["x"], (), True),
        ([UNKNOWN], (), True),
        ([UNKNOWN], ("a",), False),
        (["x", UNKNOWN], ("a",), True),
        (["x", UNKNOWN, UNKNOWN], ("a", "b"), False),
        (["x", "x"], ("a",), False),
        # One of the two is perhaps the other stack's.
        ([UNKNOWN, UNKNOWN], ("a", "network"), True),
        ([UNKNOWN, UNKNOWN], ("a", "read"), True),
        (["x", UNKNOWN, UNKNOWN], ("a", "b", "network"), True),
        ([UNKNOWN, UNKNOWN], ("a", "b", "network"), False),
        ([UNKNOWN], ("a", "network"), False),
        # The same bucket twice, or one of which nothing is known.
        ([UNKNOWN, UNKNOWN], ("a",), True),
        # The bucket's name, from its policy: nothing else.
        (["x", UNKNOWN, UNKNOWN], ("policy", "b"), False),
    ],
)
def test_values_name_more_than_their_property_depends_on(
    values: list[object], depends_on: tuple[str, ...], more: bool
) -> None:
    assert names(values, depends_on) is more
