"""Secrets in clear text: in any input of any resource, by the form of the secret and by the name it stands under."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from policy.graph import Graph
from policy.principals import AWS_PROVIDER
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, per_resource, violation
from policy.rules import api_gateway, cloudfront, compute, rds
from policy.rules.spot import TASK_DEFINITION
from policy.rules.step_functions import STATE_MACHINE
from policy.rules.ways_round import STATIC_KEYS
from policy.secrets_in_text import (
    decoded,
    gives_password,
    is_secret_name,
    kind_of_secret,
    named_secrets,
    tells_of_secret,
    texts,
)
from policy.values import State, Value

FUNCTION: Final = "aws:lambda/function:Function"
HTTP_STAGE: Final = "aws:apigatewayv2/stage:Stage"
LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
LAUNCH_CONFIGURATION: Final = "aws:ec2/launchConfiguration:LaunchConfiguration"
PARAMETER: Final = "aws:ssm/parameter:Parameter"
DOCUMENT: Final = "aws:ssm/document:Document"
CODEBUILD: Final = "aws:codebuild/project:Project"

KEPT_SECRET: Final = {
    "aws:secretsmanager/secretVersion:SecretVersion": ("secretString", "secretBinary"),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("authToken",),
    "aws:elasticache/user:User": ("passwords",),
    AWS_PROVIDER: STATIC_KEYS,
    rds.INSTANCE: ("password",),
    rds.CLUSTER: ("masterPassword",),
}
"""Type -> the properties that are for secrets; rules of their own are about some of them."""
DECLARED_SECRET: Final = {cloudfront.DISTRIBUTION: "origins"}
"""Type -> the property with headers in it by which an origin knows the distribution: they are right where the program
declares them secret, which keeps them encrypted in the state."""
VARIABLES: Final = {
    FUNCTION: "environment.variables",
    api_gateway.STAGE: "variables",
    HTTP_STAGE: "stageVariables",
}
"""Type -> the map of variables that anybody who may describe the resource can read."""
SCRIPTS: Final = {
    compute.INSTANCE: ("userData", "userDataBase64"),
    LAUNCH_TEMPLATE: ("userData",),
    LAUNCH_CONFIGURATION: ("userData", "userDataBase64"),
    DOCUMENT: ("content",),
}
"""Type -> the properties with scripts that instances run."""
PASSWORDS: Final = {rds.INSTANCE: "password", rds.CLUSTER: "masterPassword"}


def _no_secret_anywhere(graph: Graph, _config: Config) -> Iterator[Verdict]:
    for resource in graph.resources:
        if not resource.type.startswith("spot-platform:"):
            yield from _in(resource)


def _in(resource: ResourceView) -> Iterator[Verdict]:
    kept = KEPT_SECRET.get(resource.type, ())
    for path, text in texts(resource.inputs):
        if path.split(".")[0].split("[")[0] in kept:
            continue
        kind = kind_of_secret(text) or (kind_of_secret(decoded(text)) if path.startswith("userData") else "")
        if kind:
            yield violation(path, f"{path} has {kind} in it", resource)
    if resource.type not in NAMED_BY_OTHERS:
        declared = DECLARED_SECRET.get(resource.type)
        for path, name in named_secrets(resource.inputs):
            top = path.split(".")[0].split("[")[0]
            if top not in kept and not (top == declared and replace(resource.whole, path=path).secret):
                yield violation(path, f"{path} gives {name} a text of its own, by its name a secret", resource)


NAMED_BY_OTHERS: Final = frozenset({*VARIABLES, PARAMETER, TASK_DEFINITION, AWS_PROVIDER})
"""Types of which rules of their own know secrets by their names."""


def _no_secret_variable(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    if resource.type in SCRIPTS:
        for name in SCRIPTS[resource.type]:
            yield from guarded(_script(resource.at(name)))
    elif resource.type == PARAMETER:
        yield from _parameter(resource)
    else:
        variables = resource.at(VARIABLES[resource.type])
        yield from _variables((name, value) for name, value in variables.members().items())


def _variables(named: Iterable[tuple[str, Value]]) -> Iterator[Verdict]:
    for name, value in named:
        yield from guarded(_variable(name, value))


def _variable(name: str, value: Value) -> Iterator[Verdict]:
    if tells_of_secret(name, str(value.content) if value.state is State.KNOWN else None):
        yield violation(value.path, f"{value.path} has the name of a secret")


def _script(script: Value) -> Iterator[Verdict]:
    text = script.content if isinstance(script.content, str) else ""
    if script.state is State.KNOWN and not isinstance(script.content, str):
        script.document().members()
    if gives_password(text):
        yield violation(script.path, f"{script.path} gives a password, a token or a key to a command")


def _parameter(parameter: ResourceView) -> Iterator[Verdict]:
    name = parameter.at("name")
    own_name = name.content if isinstance(name.content, str) else parameter.name
    if parameter.text("type") != "SecureString" and is_secret_name(own_name):
        yield violation("type", f"{parameter.at('type')}, and {own_name} is the name of a secret")


def _password_not_written_down(_graph: Graph, database: ResourceView, _config: Config) -> Iterator[Verdict]:
    password = database.at(PASSWORDS[database.type])
    if password.present and not database.depends_on.get(PASSWORDS[database.type]):
        yield violation(password.path, f"{password.path} is written down in the program or the stack file")


RULES = (
    Rule(
        id="no-secret-in-clear",
        title="No input of any resource has a secret in it",
        problem="A secret stands in clear text",
        severity=Severity.CRITICAL,
        concern=Concern.PRIVILEGE,
        checkov=(
            "CKV_AWS_41",
            "CKV_AWS_45",
            "CKV_AWS_46",
            "CKV_AWS_384",
        ),
        prowler=(
            "apigateway_restapi_no_secrets_in_stage_variables",
            "autoscaling_find_secrets_ec2_launch_configuration",
            "awslambda_function_no_secrets_in_variables",
            "ec2_instance_secrets_user_data",
            "ec2_launch_template_no_secrets",
            "ssm_document_secrets",
            "stepfunctions_statemachine_no_secrets_in_definition",
        ),
        trivy=(
            "AWS-0029",
            "AWS-0129",
        ),
        types=(*VARIABLES, *SCRIPTS, PARAMETER, STATE_MACHINE, CODEBUILD),
        remediation="Keep it in Secrets Manager and pass its ARN; then change it, since it stands in files by now.",
        check_graph=_no_secret_anywhere,
        note="By their form in every property of every resource, and by the names of variables; it never shows one.",
    ),
    Rule(
        id="no-secret-in-variables",
        title="No variable, script or plain parameter holds a secret",
        problem="A secret is passed in a variable, a script or a parameter that can be read",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        checkov=(
            "CKV_AWS_45",
            "CKV_AWS_46",
            "CKV_AWS_384",
        ),
        prowler=(
            "apigateway_restapi_no_secrets_in_stage_variables",
            "autoscaling_find_secrets_ec2_launch_configuration",
            "awslambda_function_no_secrets_in_variables",
            "ec2_instance_secrets_user_data",
            "ec2_launch_template_no_secrets",
            "ssm_document_secrets",
        ),
        trivy=(
            "AWS-0029",
            "AWS-0129",
        ),
        types=(*VARIABLES, *SCRIPTS, PARAMETER),
        remediation="Read it from Secrets Manager at run time; make a parameter a SecureString.",
        check=_no_secret_variable,
        note="By names that end like a secret's, such as SMTP_PASS; an ARN under such a name is no secret.",
    ),
    Rule(
        id="rds-password-managed",
        title="Nobody writes the database's password down",
        problem="The database's password is written down",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        types=tuple(PASSWORDS),
        remediation="Set manageMasterUserPassword to true, so that RDS makes the password and rotates it.",
        check_graph=per_resource(_password_not_written_down, *PASSWORDS),
        note="A password that another resource makes, such as a secret's random value, is not written down.",
    ),
)
