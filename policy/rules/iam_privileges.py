"""AWS IAM: rules about actions that a policy allows on every resource, grouped by what a caller can do with them."""

from collections.abc import Iterator, Sequence
from typing import Final

from policy.documents import Statement
from policy.iam.actions import CREDENTIALS, DATA, ESCALATION, LOGS, PERMISSIONS, WRITING, limited_to
from policy.iam.arns import names_every
from policy.iam.conditions import chooses_resources
from policy.resources import ResourceView
from policy.rule import Concern, Config, ResourceCheck, Rule, Severity, Verdict, violation
from policy.rules.iam import CARRIERS, allowing


def _refuse(actions: Sequence[str], what: str) -> ResourceCheck:
    def check(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
        for statement in allowing(resource):
            given = _given(statement, actions)
            if given:
                path = statement.path
                yield violation(path, f"{path} allows {', '.join(given)} on {_on(statement, given)}; {what}")

    return check


def _given(statement: Statement, actions: Sequence[str]) -> list[str]:
    if (statement.every_action and statement.every_resource) or chooses_resources(statement.conditions):
        return []  # iam-no-full-access reports every action on every resource
    return [action for action in actions if statement.covers(action) and _on_everything(statement, action)]


def _on_everything(statement: Statement, action: str) -> bool:
    kinds = limited_to(action)
    if kinds and all(any(names_every(left, kind) for left in statement.not_resources) for kind in kinds):
        return False  # such as text messages to phones: sns:Publish on everything except topics
    return statement.every_resource or any(map(statement.every_resource_of, limited_to(action)))


def _on(statement: Statement, actions: Sequence[str]) -> str:
    """Return "every resource" for a message, with the patterns that match all resources of a kind if none is ``*``."""
    kinds = {kind for action in actions for kind in limited_to(action)}
    wide = [pattern for pattern in statement.resources if any(names_every(pattern, kind) for kind in kinds)]
    return "every resource" if statement.every_resource or not wide else f"every resource: {', '.join(wide)}"


_NAME_THE_RESOURCES: Final = "In Resource, name the ARNs of {}."

RULES = (
    Rule(
        id="iam-no-privilege-escalation",
        title="No policy lets its holder gain the rights of any other role or user",
        problem="A policy lets its holder gain the rights of any other role or user",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        checkov=(
            "CKV_AWS_110",
            "CKV_AWS_286",
            "CKV_AWS_355",
            "CKV_AWS_356",
        ),
        prowler=(
            "iam_inline_policy_allows_privilege_escalation",
            "iam_no_custom_policy_permissive_role_assumption",
            "iam_policy_allows_privilege_escalation",
        ),
        trivy=(
            "AWS-0347",
            "AWS-0348",
            "AWS-0349",
            "AWS-0351",
            "AWS-0352",
            "AWS-0353",
        ),
        types=CARRIERS,
        remediation=_NAME_THE_RESOURCES.format("the roles, functions, instances or tasks that are needed"),
        check=_refuse(ESCALATION, "its holder can gain the rights of other roles or users"),
        note=(
            "A condition on tags of the resource, or on the cluster, narrows a statement. A condition on the caller, "
            "or on values that the caller sends, such as aws:RequestTag, does not. CloudFormation updates a stack with "
            "the role that the stack was given, even if the caller may not pass that role."
        ),
    ),
    Rule(
        id="iam-no-credentials-of-everything",
        title="No policy allows getting credentials of every resource",
        problem="A policy allows getting credentials of every resource",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        checkov=(
            "CKV_AWS_107",
            "CKV_AWS_287",
            "CKV_AWS_355",
            "CKV_AWS_356",
        ),
        prowler=("iam_no_custom_policy_permissive_role_assumption",),
        types=CARRIERS,
        remediation=_NAME_THE_RESOURCES.format("the roles, databases or functions that are needed"),
        check=_refuse(CREDENTIALS, "their responses contain credentials"),
    ),
    Rule(
        id="iam-no-data-of-everything",
        title="No policy allows reading the data of every resource of a service",
        problem="A policy allows reading the data of every resource of a service",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        checkov=(
            "CKV_AWS_108",
            "CKV_AWS_288",
            "CKV_AWS_355",
            "CKV_AWS_356",
        ),
        cdk_nag=("AwsSolutions-IAM5",),
        types=CARRIERS,
        remediation=_NAME_THE_RESOURCES.format("the buckets, tables, queues, secrets or parameters that are needed"),
        check=_refuse(DATA, "their responses contain data"),
    ),
    Rule(
        id="iam-no-logs-of-everything",
        title="No policy allows reading every log",
        problem="A policy allows reading every log",
        severity=Severity.MEDIUM,
        concern=Concern.PRIVILEGE,
        checkov=(
            "CKV_AWS_355",
            "CKV_AWS_356",
        ),
        types=CARRIERS,
        remediation=_NAME_THE_RESOURCES.format("the log groups that are needed"),
        check=_refuse(LOGS, "their responses contain the logs of applications"),
    ),
    Rule(
        id="iam-no-permissions-of-everything",
        title="No policy allows changing who may access every resource of a service",
        problem="A policy allows changing who may access every resource of a service",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        checkov=(
            "CKV_AWS_109",
            "CKV_AWS_289",
            "CKV_AWS_355",
            "CKV_AWS_356",
        ),
        types=CARRIERS,
        remediation=_NAME_THE_RESOURCES.format("the resources whose permissions it may change"),
        check=_refuse(PERMISSIONS, "they change who may do what"),
    ),
    Rule(
        id="iam-no-writing-to-everything",
        title="No policy allows changing or removing every resource of a service",
        problem="A policy allows changing or removing every resource of a service",
        severity=Severity.MEDIUM,
        concern=Concern.PRIVILEGE,
        checkov=(
            "CKV_AWS_111",
            "CKV_AWS_290",
            "CKV_AWS_355",
            "CKV_AWS_356",
        ),
        cdk_nag=("AwsSolutions-IAM5",),
        trivy=("AWS-0057",),
        types=CARRIERS,
        remediation=_NAME_THE_RESOURCES.format("the resources that it may change"),
        check=_refuse(WRITING, "they can be limited to some resources"),
    ),
)
