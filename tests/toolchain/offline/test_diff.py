"""Whether a change of inputs updates or replaces a resource."""

from typing import Any

import pytest
from pulumi.output import UNKNOWN

from toolchain.offline import diff, facts, model, package
from toolchain.offline.diff import Change, difference
from toolchain.offline.structs import Secret

VPC = "aws:ec2/vpc:Vpc"
SERVICE = "aws:ecs/service:Service"

CHANGES: list[tuple[str, dict[str, Any], dict[str, Any], list[Change]]] = [
    (VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.0.0.0/16"}, []),
    (VPC, {"cidrBlock": "a"}, {"cidrBlock": "b"}, [Change("cidrBlock", "update", replaces=True)]),
    (VPC, {"tags": {"Name": "a"}}, {"tags": {"Name": "b"}}, [Change("tags.Name", "update", replaces=False)]),
    (VPC, {}, {"tags": {"Name": "b"}}, [Change("tags", "add", replaces=False)]),
    (VPC, {"tags": {"a": "1"}}, {"tags": {}}, [Change("tags.a", "delete", replaces=False)]),
    (VPC, {"tags": {"a.b": "1"}}, {"tags": {"a.b": "2"}}, [Change('tags["a.b"]', "update", replaces=False)]),
    (VPC, {"region": "eu-west-1"}, {"region": "eu-west-2"}, [Change("region", "update", replaces=True)]),
    (VPC, {"enableDnsSupport": True}, {"enableDnsSupport": 1}, [Change("enableDnsSupport", "update", replaces=False)]),
    (VPC, {"cidrBlock": None}, {}, []),
    (VPC, {"__defaults": ["a"]}, {"__defaults": []}, []),
    (VPC, {"cidrBlock": "a"}, {"cidrBlock": UNKNOWN}, [Change("cidrBlock", "update", replaces=True)]),
    (VPC, {"cidrBlock": UNKNOWN}, {"cidrBlock": UNKNOWN}, []),
    (VPC, {"cidrBlock": "a"}, {"cidrBlock": Secret("a")}, []),
    (VPC, {"cidrBlock": Secret("a")}, {"cidrBlock": Secret("b")}, [Change("cidrBlock", "update", replaces=True)]),
    (
        "aws:ec2/instance:Instance",
        {"rootBlockDevice": {"encrypted": False, "volumeSize": 8}},
        {"rootBlockDevice": {"encrypted": True, "volumeSize": 9}},
        [
            Change("rootBlockDevice.encrypted", "update", replaces=True),
            Change("rootBlockDevice.volumeSize", "update", replaces=False),
        ],
    ),
    (
        "aws:ec2/securityGroup:SecurityGroup",
        {"ingress": [{"fromPort": 80}, {"fromPort": 81}]},
        {"ingress": [{"fromPort": 443}]},
        [
            Change("ingress[0].fromPort", "update", replaces=False),
            Change("ingress[1]", "delete", replaces=False),
        ],
    ),
    (
        "aws:acm/certificate:Certificate",
        {"subjectAlternativeNames": ["a"]},
        {"subjectAlternativeNames": ["a", "b"]},
        [Change("subjectAlternativeNames[1]", "add", replaces=True)],
    ),
]


@pytest.mark.parametrize(("token", "old", "new", "changes"), CHANGES)
def test_changes_by_path_and_what_they_cost(
    token: str, old: dict[str, Any], new: dict[str, Any], changes: list[Change]
) -> None:
    assert list(difference(token, old, new).changes) == changes


# Dangerous properties: a change of any of them replaces the resource, which may lose its data.
WELL_KNOWN = {
    "aws:ec2/subnet:Subnet": {"cidrBlock", "availabilityZone", "vpcId"},
    "aws:ec2/securityGroup:SecurityGroup": {"description", "name", "vpcId"},
    "aws:rds/instance:Instance": {"engine", "dbName", "kmsKeyId", "storageEncrypted", "username"},
    "aws:elasticache/replicationGroup:ReplicationGroup": {"replicationGroupId", "subnetGroupName"},
    "aws:s3/bucket:Bucket": {"bucket"},
    "aws:ecs/service:Service": {"cluster", "launchType", "name"},
    "aws:ecs/taskDefinition:TaskDefinition": {"containerDefinitions", "cpu", "memory", "family"},
    "aws:lb/targetGroup:TargetGroup": {"port", "protocol", "vpcId", "targetType"},
    "aws:lb/loadBalancer:LoadBalancer": {"internal", "loadBalancerType", "name"},
    "aws:apigateway/deployment:Deployment": {"restApi", "triggers"},
    "aws:iam/role:Role": {"name", "path"},
}


@pytest.mark.parametrize("token", WELL_KNOWN)
def test_well_known_immutable_properties_are_in_the_table(token: str) -> None:
    assert WELL_KNOWN[token] - facts.immutable_paths(token) == set()


def test_a_replacement_names_the_properties_that_force_it() -> None:
    found = difference(VPC, {"cidrBlock": "a", "tags": {"x": "1"}}, {"cidrBlock": "b", "tags": {"x": "2"}})
    assert found.replaced_properties == ["cidrBlock"]
    assert found.changed_properties == ["cidrBlock", "tags"]


@pytest.mark.parametrize(
    ("token", "old", "new", "delete_first"),
    [
        (SERVICE, {"name": "api", "cluster": "a"}, {"name": "api", "cluster": "b", "__defaults": []}, True),
        (
            SERVICE,
            {"name": "api-1234567", "cluster": "a"},
            {"name": "api-1234567", "cluster": "b", "__defaults": ["name"]},
            False,
        ),
        (SERVICE, {"name": "api"}, {"name": "api2"}, False),
        (SERVICE, {"name": "api", "desiredCount": 1}, {"name": "api", "desiredCount": 2}, False),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"role": "a"}, {"role": "b"}, True),
    ],
)
def test_what_would_collide_with_its_replacement_is_deleted_first(
    token: str, old: dict[str, Any], new: dict[str, Any], delete_first: bool
) -> None:
    assert difference(token, old, new).delete_first is delete_first


def test_the_table_of_types_deleted_first_names_types_of_the_package() -> None:
    assert {token for token in diff.DELETE_FIRST if model.resource(token) is None} == set()


def paths_in(type_: model.Type, keys: list[str]) -> bool:
    """Check whether a type has a property at a path of keys."""
    match type_:
        case model.ListOf(item=inner):
            return paths_in(inner, keys)
        case model.MapOf() | model.Scalar(kind="anything"):
            return True
        case model.ObjectOf():
            declared = type_.properties().get(keys[0]) if keys else None
            return not keys or (declared is not None and paths_in(declared.type, keys[1:]))
        case model.AnyOf(alternatives=alternatives):
            return any(paths_in(alternative, keys) for alternative in alternatives)
        case _:
            return not keys


def test_the_tables_of_facts_are_about_properties_that_the_package_has() -> None:
    """The package lacks a few paths that an older plugin had, but none of the important ones."""
    unknown: list[str] = []
    known = 0
    for token in package.resource_classes():
        resource = model.resource(token)
        assert resource is not None
        for path in {*facts.defaults(token), *facts.allowed_values(token), *facts.ranges(token)}:
            first, *rest = path.split(".")
            declared = resource.inputs.get(first)
            if declared is not None and paths_in(declared.type, rest):
                known += 1
            else:
                unknown.append(f"{token} {path}")
    assert known > 1000
    assert len(unknown) < 40, unknown
