"""AWS IAM: rules against permissions that are wider than needed."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from policy.checks import setting_texts, texts_setting
from policy.documents import Statement
from policy.iam.actions import CREDENTIALS, DATA, ESCALATION, LOGS, PERMISSIONS, WRITING
from policy.iam.arns import matches
from policy.iam.conditions import chooses_resources
from policy.iam.limited_actions import limited
from policy.iam.wide_patterns import Kind, every_one, is_about, makes
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, violation
from policy.rules.iam import ATTACHING, CARRIERS, DECRYPTING, allowing, managed
from policy.values import Value

OTHER_RULES: Final = frozenset(
    {*CREDENTIALS, *DATA, *DECRYPTING, *ESCALATION, *LOGS, *PERMISSIONS, *WRITING, "iam:PassRole"}
)
"""Actions that another rule already refuses if a policy allows them on every resource."""
SHOWN: Final = 5
"""The number of actions that a message lists."""

OF_A_FUNCTION_IN_A_VPC: Final = frozenset(
    {
        "ec2:assignprivateipaddresses",
        "ec2:createnetworkinterface",
        "ec2:deletenetworkinterface",
        "ec2:unassignprivateipaddresses",
    }
)
"""Actions that the role of a Lambda function in a VPC needs on every resource: Lambda creates and deletes network
interfaces whose ids are not known in advance ("Giving Lambda functions access to resources in an Amazon VPC", AWS
Lambda Developer Guide). The managed policy AWSLambdaVPCAccessExecutionRole allows the same actions."""
OF_NO_ACCOUNT: Final = frozenset({Kind("bedrock", "foundation-model")})
"""Kinds of resources that belong to AWS and are the same for every account."""

NARROW_POLICIES: Final = [
    "AWSBackupServiceRolePolicyForS3Backup",
    "AWSBackupServiceRolePolicyForS3Restore",
    "AWSXRayDaemonWriteAccess",
    "CloudWatchAgentServerPolicy",
    "aws-service-role/*",
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "service-role/AWSBackupServiceRolePolicyForRestores",
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaDynamoDBExecutionRole",
    "service-role/AWSLambdaKinesisExecutionRole",
    "service-role/AWSLambdaSQSQueueExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
    "service-role/AmazonAPIGatewayPushToCloudWatchLogs",
    "service-role/AmazonECSInfrastructureRolePolicyForVolumes",
    "service-role/AmazonECSTaskExecutionRolePolicy",
    "service-role/AmazonRDSEnhancedMonitoringRole",
]
"""AWS managed policies that give a service only what its guide requires, and no access to data of other services."""


def _names_resources(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    for statement in allowing(resource):
        patterns = [] if _chooses(statement) else _wide(statement)
        given = [*islice(_limited(statement, patterns), SHOWN + 1)]
        if given:
            shown = ", ".join(given[:SHOWN]) + (" and more" if len(given) > SHOWN else "")
            path = statement.path
            every = "every resource" if statement.every_resource else f"every resource: {', '.join(dict(patterns))}"
            yield violation(path, f"{path} allows {shown} on {every}; they can be limited to some")


def _chooses(statement: Statement) -> bool:
    # ec2:CreateAction limits tagging to resources that are being created ("Grant permission to tag resources during
    # creation").
    return chooses_resources(statement.conditions) or statement.bound_by("ec2:createaction".__eq__)


def _wide(statement: Statement) -> list[tuple[str, Kind]]:
    if statement.every_resource:
        return [("*", Kind("*", ""))]
    return [
        (pattern, kind)
        for pattern in statement.resources
        if (kind := every_one(pattern)) is not None and kind not in OF_NO_ACCOUNT
    ]


def _limited(statement: Statement, patterns: list[tuple[str, Kind]]) -> Iterator[str]:
    # iam-no-service-wildcard reports all actions of a service.
    named = [action for action in statement.actions if action.partition(":")[2].strip("*?")]
    found = dict.fromkeys(action for pattern in named for action in limited(pattern)) if patterns else {}
    kinds = {kind for _pattern, kind in patterns}
    # A new resource gets its tags from the request, so aws:RequestTag limits what an action creates.
    tagged = statement.bound_by(lambda key: key.startswith("aws:requesttag/"))
    spared = OF_A_FUNCTION_IN_A_VPC & {action.lower() for action in named}
    is_of_a_function = {"ec2:createnetworkinterface", "ec2:deletenetworkinterface"} <= spared
    for action in found:
        if (
            action not in OTHER_RULES
            and not (is_of_a_function and action.lower() in spared)
            and any(is_about(action, kind) for kind in kinds)
            and not (tagged and makes(action))
        ):
            yield action


def _listed_policies(resource: ResourceView, config: Config) -> Iterator[Verdict]:
    allowed = setting_texts(config, "allowed")
    for value in managed(resource):
        yield from guarded(_is_listed(value, allowed))


def _is_listed(value: Value, allowed: list[str]) -> Iterator[Verdict]:
    _account, of_aws, name = (value.text() or "").partition(":aws:policy/")
    if of_aws and not any(matches(pattern, name) for pattern in allowed):
        yield violation(value.path, f"{value}; name the actions instead, or add {name} to the allowed ones")


RULES = (
    Rule(
        id="iam-resources-named",
        title="Actions that can be limited to some resources are limited",
        problem="A policy allows actions on every resource that can be limited to some",
        severity=Severity.LOW,
        concern=Concern.PRIVILEGE,
        checkov=(
            "CKV_AWS_355",
            "CKV_AWS_356",
        ),
        cdk_nag=("AwsSolutions-IAM5",),
        types=CARRIERS,
        remediation="In Resource, name the ARNs that are needed, or add a condition that selects them, as by tags.",
        check=_names_resources,
        note=(
            "A pattern that matches every resource of a kind, such as subnet/subnet-*, counts as every resource. What "
            "an action creates has no name before, so RunInstances may name every instance. Not checked are actions "
            "that only list names, the actions that AWS Lambda needs for a function in a VPC, and foundation models, "
            "which belong to AWS. A condition that names the resource, such as one on ses:FromAddress, is enough. "
            "Actions that read data, return credentials, change permissions, or change or remove resources are each "
            "refused by a rule above."
        ),
    ),
    Rule(
        id="iam-managed-policies-listed",
        title="Only those AWS managed policies are attached that are known to be narrow",
        problem="An AWS managed policy is not known to be narrow, and AWS may widen it at any time",
        severity=Severity.LOW,
        concern=Concern.PRIVILEGE,
        cdk_nag=("AwsSolutions-IAM4",),
        types=ATTACHING,
        remediation=(
            "Attach a policy of your own with the actions needed, or list it in policy/enforcement/profiles.py."
        ),
        check=_listed_policies,
        config={
            "allowed": texts_setting(NARROW_POLICIES, "Managed policies that may be attached, by the end of their ARN.")
        },
        note="AmazonSSMManagedInstanceCore is not on the list: it reads every parameter of the account.",
    ),
)
