"""The resources that a property depends on, and whether its values name further resources."""

import pytest

from policy.graph import Graph, names_more
from policy.resources import ResourceView
from policy.rule import evaluate_graph
from policy.rules import BY_ID
from policy.values import UNKNOWN

BUCKET = "aws:s3/bucket:Bucket"
TYPES = {
    "a": BUCKET,
    "b": BUCKET,
    "policy": "aws:s3/bucketPolicy:BucketPolicy",
    "network": "pulumi:pulumi:StackReference",
}
"""Type of each of the stack's resources, without resources that are only read."""


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
        # One of the two values may come from the other stack.
        ([UNKNOWN, UNKNOWN], ("a", "network"), True),
        ([UNKNOWN, UNKNOWN], ("a", "read"), True),
        (["x", UNKNOWN, UNKNOWN], ("a", "b", "network"), True),
        ([UNKNOWN, UNKNOWN], ("a", "b", "network"), False),
        ([UNKNOWN], ("a", "network"), False),
        # Either the same bucket twice, or another bucket that is unknown.
        ([UNKNOWN, UNKNOWN], ("a",), True),
        # The bucket's name comes from its policy.
        (["x", UNKNOWN, UNKNOWN], ("policy", "b"), False),
    ],
)
def test_values_name_more_than_their_property_depends_on(
    values: list[object], depends_on: tuple[str, ...], more: bool
) -> None:
    assert names(values, depends_on) is more


def bucket(name: object, urn: str = "bucket") -> ResourceView:
    return ResourceView(BUCKET, urn, {"bucket": name})


def part(name: object, kind: str = "Acl", key: str = "bucket") -> ResourceView:
    return ResourceView(f"aws:s3/bucket{kind}:Bucket{kind}", f"part-{kind}", {key: name})


@pytest.mark.parametrize("kind", ["Acl", "PublicAccessBlock", "Policy", "Versioning", "ObjectV2"])
def test_part_of_a_bucket_is_joined_to_the_bucket_of_the_name_that_it_gives(kind: str) -> None:
    named, other = bucket("shop-public-9"), bucket("shop-private", "other")
    given = part("shop-public-9", kind)
    graph = Graph([named, given, other])
    assert graph.dependents(named, given.type, "bucket") == [given]
    assert graph.targets(given, "bucket", BUCKET) == [named]
    assert graph.dependents(other, given.type, "bucket") == []


def test_logs_are_joined_to_the_bucket_that_takes_them_by_its_name() -> None:
    logs, logging = bucket("logs"), part("logs", "Logging", "targetBucket")
    assert Graph([logs, logging]).dependents(logs, logging.type, "targetBucket") == [logging]


@pytest.mark.parametrize("name", [UNKNOWN, None, ["x"], 5])
def test_name_that_is_not_known_joins_nothing(name: object) -> None:
    named = bucket(name)
    assert Graph([named, part(name)]).dependents(named, part(name).type, "bucket") == []


def test_acl_of_a_bucket_that_it_names_is_refused() -> None:
    named = bucket("shop-public-9")
    given = part("shop-public-9")
    verdicts = evaluate_graph(BY_ID["s3-no-acls"], Graph([named, given]))
    assert [verdict.urn for verdict in verdicts] == [given.urn]


FUNCTION = "aws:cloudfront/function:Function"


@pytest.mark.parametrize(
    ("values", "depends_on", "more"),
    [
        # Two behaviours with one policy, and a function beside it.
        ([UNKNOWN, UNKNOWN], ("a", "function"), False),
        (["x", UNKNOWN], ("a", "function"), True),
        ([UNKNOWN, UNKNOWN], ("function",), True),
        ([UNKNOWN, UNKNOWN], ("a", "function", "network"), True),
        ([UNKNOWN, UNKNOWN], ("a", "function", "read"), True),
    ],
)
def test_values_that_share_a_resource_are_one_where_nothing_else_may_be_meant(
    values: list[object], depends_on: tuple[str, ...], more: bool
) -> None:
    others = [ResourceView(type_, name, {}) for name, type_ in {**TYPES, "function": FUNCTION}.items()]
    owner = ResourceView("aws:x/owner:Owner", "owner", {"names": values}, depends_on={"names": depends_on})
    named = owner.at("names").items()
    assert names_more(Graph([*others, owner]), owner, "names", named, BUCKET, shared_beside=FUNCTION) is more
