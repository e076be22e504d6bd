"""Constraints that only AWS's pages state, on descriptions, names and tags. Each rule has its source."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import regex

from tests.aws_requests.constraints import Finding
from tests.aws_requests.parsing import Call

_GROUP = r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}"
_GROUP_OF_RULE = r"[a-zA-Z0-9. _\-:/()#,@\[\]+=;{}!$*]{0,255}"
_RULES = (
    "AuthorizeSecurityGroupEgress",
    "AuthorizeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "UpdateSecurityGroupRuleDescriptionsEgress",
    "UpdateSecurityGroupRuleDescriptionsIngress",
)
_HYPHENS = r"(?!.*--)(?!.*-$)[a-zA-Z]"
_ECS_NAME = r"[a-zA-Z0-9_-]{1,255}"


@dataclass(frozen=True)
class PageRule:
    """A constraint of one member.

    Attributes:
        service: botocore's name of the service.
        operations: Operations of the service that have the member.
        path: Path of the member, with ``[]`` for the elements of a list.
        pattern: Regular expression that the whole value must match.
        source: Title of AWS's page.
    """

    service: str
    operations: tuple[str, ...]
    path: str
    pattern: str
    source: str


RULES: tuple[PageRule, ...] = (
    PageRule(
        "ec2",
        ("CreateSecurityGroup",),
        "Description",
        _GROUP,
        'Amazon EC2 API Reference, "CreateSecurityGroup", GroupDescription',
    ),
    PageRule(
        "ec2",
        ("CreateSecurityGroup",),
        "GroupName",
        rf"(?!sg-){_GROUP}",
        'Amazon EC2 API Reference, "CreateSecurityGroup", GroupName',
    ),
    PageRule(
        "ec2",
        _RULES,
        "IpPermissions[].IpRanges[].Description",
        _GROUP,
        'Amazon EC2 API Reference, "IpRange", Description',
    ),
    PageRule(
        "ec2",
        _RULES,
        "IpPermissions[].Ipv6Ranges[].Description",
        _GROUP,
        'Amazon EC2 API Reference, "Ipv6Range", Description',
    ),
    PageRule(
        "ec2",
        _RULES,
        "IpPermissions[].PrefixListIds[].Description",
        _GROUP_OF_RULE,
        'Amazon EC2 API Reference, "PrefixListId", Description',
    ),
    PageRule(
        "ec2",
        _RULES,
        "IpPermissions[].UserIdGroupPairs[].Description",
        _GROUP_OF_RULE,
        'Amazon EC2 API Reference, "UserIdGroupPair", Description',
    ),
    PageRule(
        "ec2",
        ("ModifySecurityGroupRules",),
        "SecurityGroupRules[].SecurityGroupRule.Description",
        _GROUP_OF_RULE,
        'Amazon EC2 API Reference, "UserIdGroupPair", Description, the narrowest of those that this may become',
    ),
    PageRule(
        "elasticache",
        ("CreateReplicationGroup",),
        "ReplicationGroupId",
        rf"{_HYPHENS}[a-zA-Z0-9-]{{0,39}}",
        'Amazon ElastiCache API Reference, "CreateReplicationGroup", ReplicationGroupId',
    ),
    PageRule(
        "elasticache",
        ("CreateReplicationGroup", "ModifyReplicationGroup"),
        "AuthToken",
        r"[a-zA-Z0-9!&#$^<>-]{16,128}",
        'Amazon ElastiCache API Reference, "CreateReplicationGroup", AuthToken',
    ),
    PageRule(
        "elasticache",
        ("CreateCacheSubnetGroup",),
        "CacheSubnetGroupName",
        r"[a-zA-Z0-9-]{1,255}",
        'Amazon ElastiCache API Reference, "CreateCacheSubnetGroup", CacheSubnetGroupName',
    ),
    PageRule(
        "elbv2",
        ("CreateLoadBalancer",),
        "Name",
        r"(?!internal-)(?!-)[a-zA-Z0-9-]{1,32}(?<!-)",
        'Elastic Load Balancing API Reference, "CreateLoadBalancer", Name',
    ),
    PageRule(
        "elbv2",
        ("CreateTargetGroup",),
        "Name",
        r"(?!-)[a-zA-Z0-9-]{1,32}(?<!-)",
        'Elastic Load Balancing API Reference, "CreateTargetGroup", Name',
    ),
    PageRule(
        "rds",
        ("CreateDBInstance", "CreateDBInstanceReadReplica"),
        "DBInstanceIdentifier",
        rf"{_HYPHENS}[a-zA-Z0-9-]{{0,62}}",
        'Amazon RDS API Reference, "CreateDBInstance", DBInstanceIdentifier',
    ),
    PageRule(
        "rds",
        ("CreateDBInstance",),
        "DBName",
        r"[a-zA-Z][a-zA-Z0-9_]{0,62}",
        'Amazon RDS API Reference, "CreateDBInstance", DBName, RDS for PostgreSQL',
    ),
    PageRule(
        "rds",
        ("CreateDBInstance",),
        "MasterUsername",
        r"[a-zA-Z][a-zA-Z0-9_]{0,15}",
        'Amazon RDS API Reference, "CreateDBInstance", MasterUsername',
    ),
    PageRule(
        "rds",
        ("DeleteDBInstance",),
        "FinalDBSnapshotIdentifier",
        rf"{_HYPHENS}[a-zA-Z0-9-]{{0,254}}",
        'Amazon RDS API Reference, "DeleteDBInstance", FinalDBSnapshotIdentifier',
    ),
    PageRule(
        "rds",
        ("CreateDBParameterGroup",),
        "DBParameterGroupName",
        rf"{_HYPHENS}[a-zA-Z0-9-]{{0,254}}",
        'Amazon RDS API Reference, "CreateDBParameterGroup", DBParameterGroupName',
    ),
    PageRule(
        "rds",
        ("CreateDBSubnetGroup",),
        "DBSubnetGroupName",
        r"(?!default$)[a-zA-Z][a-zA-Z0-9. _-]{0,254}",
        'Amazon RDS API Reference, "CreateDBSubnetGroup", DBSubnetGroupName',
    ),
    PageRule(
        "ecs",
        ("CreateCluster",),
        "clusterName",
        _ECS_NAME,
        'Amazon ECS API Reference, "CreateCluster", clusterName',
    ),
    PageRule(
        "ecs", ("CreateService",), "serviceName", _ECS_NAME, 'Amazon ECS API Reference, "CreateService", serviceName'
    ),
    PageRule(
        "ecs",
        ("RegisterTaskDefinition",),
        "family",
        _ECS_NAME,
        'Amazon ECS API Reference, "RegisterTaskDefinition", family',
    ),
    PageRule(
        "secretsmanager",
        ("CreateSecret",),
        "Name",
        r"(?!.*-[a-zA-Z0-9]{6}$)[a-zA-Z0-9/_+=.@-]{1,512}",
        'AWS Secrets Manager API Reference, "CreateSecret", Name',
    ),
    PageRule(
        "sns",
        ("CreateTopic",),
        "Name",
        r"[a-zA-Z0-9_-]{1,256}",
        'Amazon SNS API Reference, "CreateTopic", Name',
    ),
    PageRule(
        "apigateway",
        ("CreateStage", "CreateDeployment"),
        "stageName",
        r"[a-zA-Z0-9_-]{1,128}",
        'Amazon API Gateway API Reference, "CreateStage", stageName',
    ),
    PageRule(
        "cloudfront",
        ("CreateOriginAccessControl", "UpdateOriginAccessControl"),
        "OriginAccessControlConfig.Name",
        r".{1,64}",
        'Amazon CloudFront API Reference, "OriginAccessControlConfig", Name',
    ),
    PageRule(
        "cloudfront",
        ("CreateDistribution", "CreateDistributionWithTags", "UpdateDistribution"),
        "DistributionConfig.Comment",
        r".{0,128}",
        'Amazon CloudFront API Reference, "DistributionConfig", Comment',
    ),
    PageRule(
        "cloudfront",
        ("CreateDistributionWithTags",),
        "DistributionConfigWithTags.DistributionConfig.Comment",
        r".{0,128}",
        'Amazon CloudFront API Reference, "DistributionConfig", Comment',
    ),
    PageRule(
        "cloudfront",
        ("CreateResponseHeadersPolicy", "UpdateResponseHeadersPolicy"),
        "ResponseHeadersPolicyConfig.Comment",
        r".{0,128}",
        'Amazon CloudFront API Reference, "ResponseHeadersPolicyConfig", Comment',
    ),
    PageRule(
        "s3",
        ("CreateBucket",),
        "Bucket",
        r"(?!xn--|sthree-|amzn-s3-demo-)(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?<!-s3alias|--ol-s3|--x-s3)",
        'Amazon S3 User Guide, "General purpose bucket naming rules"',
    ),
)

TAGS_SOURCE = 'Tagging AWS Resources and Tag Editor User Guide, "Tag naming limits and requirements"'
MAXIMUM_TAGS = 50
TAG_KEY = r"(?!(?i:aws):)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}"
TAG_VALUE = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}"
_TAG_MEMBERS = (frozenset({"Key", "Value"}), frozenset({"key", "value"}), frozenset({"TagKey", "TagValue"}))


def findings(call: Call) -> Iterator[Finding]:
    """Yield what AWS's pages forbid in a request."""
    for rule in RULES:
        if rule.service == call.service and call.operation.name in rule.operations:
            for value in _at(call.parameters, rule.path.split(".")):
                if isinstance(value, str) and regex.compile(rule.pattern, regex.DOTALL).fullmatch(value) is None:
                    yield Finding(rule.path, f"{value!r:.80} does not match {rule.pattern} ({rule.source})")
    if call.operation.input_shape is not None:
        yield from _tags(call.parameters, call.operation.input_shape, "")


def _at(value: Any, names: list[str]) -> Iterator[Any]:
    if not names:
        yield value
        return
    name, rest = names[0], names[1:]
    below = value.get(name.removesuffix("[]")) if isinstance(value, dict) else None
    if below is None:
        return
    for item in below if name.endswith("[]") else [below]:
        yield from _at(item, rest)


def _tags(value: Any, shape: Any, path: str) -> Iterator[Finding]:
    """Yield the problems of all tags, at any depth of the input."""
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, item in value.items():
            if name in shape.members:
                yield from _tags(item, shape.members[name], f"{path}.{name}".lstrip("."))
    elif shape.type_name == "list" and isinstance(value, list):
        members = frozenset(getattr(shape.member, "members", ()))
        key = next((name for name in ("Key", "key", "TagKey") if name in members), None)
        if members in _TAG_MEMBERS and key is not None and "tag" in shape.name.lower():
            given = key.replace("Key", "Value").replace("key", "value")
            yield from _of_tags([(item.get(key), item.get(given, "")) for item in value], path)
        else:
            for item in value:
                yield from _tags(item, shape.member, f"{path}[]")
    elif shape.type_name == "map" and isinstance(value, dict) and "tag" in path.rpartition(".")[2].lower():
        yield from _of_tags(list(value.items()), path)


def _of_tags(tags: list[tuple[Any, Any]], path: str) -> Iterator[Finding]:
    if len(tags) > MAXIMUM_TAGS:
        yield Finding(path, f"has {len(tags)} tags, more than {MAXIMUM_TAGS} ({TAGS_SOURCE})")
    for key, value in tags:
        if not isinstance(key, str) or regex.fullmatch(TAG_KEY, key) is None:
            yield Finding(path, f"the key of a tag {key!r:.80} does not match {TAG_KEY} ({TAGS_SOURCE})")
        if not isinstance(value, str) or regex.fullmatch(TAG_VALUE, value) is None:
            yield Finding(path, f"the value of the tag {key} {value!r:.80} does not match {TAG_VALUE} ({TAGS_SOURCE})")
    keys = [key for key, _ in tags]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield Finding(path, f"the tag {key} stands there twice ({TAGS_SOURCE})")
