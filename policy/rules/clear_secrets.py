"""Secrets in clear text in any input of any resource, found by the form of the value or by the name it has."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from policy.graph import Graph
from policy.iam.principals import AWS_PROVIDER
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, per_resource, undecided, violation
from policy.rules import api_gateway, cloudfront, compute, rds
from policy.rules.spot import TASK_DEFINITION
from policy.rules.step_functions import STATE_MACHINE
from policy.rules.ways_round import STATIC_KEYS
from policy.secrets.forms import kind_of_secret
from policy.secrets.in_text import DOCUMENTS, commands, flags_with_secrets, named_secrets, texts, top_of
from policy.secrets.names import is_location_name, is_secret_name, tells_of_secret
from policy.secrets.references import names_a_secret
from policy.secrets.scripts import gives_password
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
"""Type -> the properties that are meant for secrets; other rules check some of them."""
DECLARED_SECRET: Final = {cloudfront.DISTRIBUTION: "origins"}
"""Type -> the property that contains headers by which an origin recognizes the distribution. They may stand there if
the program declares them secret, so that they are encrypted in the state."""
VALUED: Final = {"aws:apigateway/apiKey:ApiKey": "value"}
"""Type -> the property whose value is a secret; AWS generates it if the property is left out."""
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
PASSWORDS: Final = {
    rds.INSTANCE: "password",
    rds.CLUSTER: "masterPassword",
    "aws:docdb/cluster:Cluster": "masterPassword",
    "aws:redshift/cluster:Cluster": "masterPassword",
    "aws:redshiftserverless/namespace:Namespace": "adminUserPassword",
}
"""Type of a database -> the property with its password, which Secrets Manager can generate and keep instead."""
WRITE_ONLY: Final = "Wo"
"""Suffix of the provider's second property for a password, whose value the state does not keep."""


def _no_secret_anywhere(_graph: Graph, resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    if not resource.type.startswith("spot-platform:"):
        yield from _in(resource)


def _in(resource: ResourceView) -> Iterator[Verdict]:
    kept = KEPT_SECRET.get(resource.type, ())
    for path, text in texts(resource.inputs):
        if top_of(path) in kept:
            continue
        if kind := kind_of_secret(text):
            yield violation(path, f"{path} has {kind} in it", resource)
        elif not _judged_apart(resource, path) and not _POLICY.match(text) and gives_password(text):
            yield violation(path, f"{path} gives a password, a token or a key in clear", resource)
    if resource.type in VALUED:
        yield from _valued(resource, resource.at(VALUED[resource.type]))
    for path, words in commands(resource.inputs):
        if not _is_of_container(resource, path) and _gives_word(words):
            yield violation(path, f"{path} gives a command a password, a token or a key in clear", resource)
    for path, name in named_secrets(resource.inputs, marked=resource.secrets):
        if top_of(path) not in kept and not _is_variable(resource.type, path) and not _is_declared(resource, path):
            yield violation(path, f"{path} gives {name} in clear text; by its name it is a secret", resource)


def _valued(resource: ResourceView, value: Value) -> Iterator[Verdict]:
    if value.state is State.KNOWN and not value.secret and not names_a_secret(str(value.content)):
        yield violation(value.path, f"{value.path} is a secret", resource)


def _gives_word(words: list[str]) -> bool:
    return any(flags_with_secrets(words)) or gives_password(" ".join(words))


def _is_declared(resource: ResourceView, path: str) -> bool:
    """Check whether a value is in a property of `DECLARED_SECRET` and the program declares it secret."""
    return top_of(path) == DECLARED_SECRET.get(resource.type) and replace(resource.whole, path=path).secret


def _judged_apart(resource: ResourceView, path: str) -> bool:
    """Check whether a text is a script that another rule checks, or a document that contains examples of data."""
    top = top_of(path)
    return top in DOCUMENTS or top in SCRIPTS.get(resource.type, ()) or path == CONTAINERS


def _is_of_container(resource: ResourceView, path: str) -> bool:
    """Check whether a command is in a container definition; another rule checks those commands."""
    return resource.type == TASK_DEFINITION and top_of(path) == CONTAINERS


CONTAINERS: Final = "containerDefinitions"
_POLICY: Final = re.compile(r'\s*\{\s*(?:"(?:Version|Id)"\s*:\s*"[^"]*"\s*,\s*)*"Statement"')
"""The beginning of an IAM policy. Its conditions compare names, which can look like a password that is given."""


def _is_variable(resource_type: str, path: str) -> bool:
    """Check whether another rule checks a variable, or a parameter, by its name."""
    if resource_type == PARAMETER:
        return not path.startswith("tags")
    if resource_type == TASK_DEFINITION:
        return _ENVIRONMENT.match(path) is not None
    return resource_type in VARIABLES and path.startswith(VARIABLES[resource_type])


_ENVIRONMENT: Final = re.compile(rf"{CONTAINERS}\[\d+\]\.environment\[")


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
    if value.state is State.UNKNOWN and is_location_name(name):
        yield undecided(value.path)
    elif tells_of_secret(name, str(value.content) if value.state is State.KNOWN else None):
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
    if parameter.text("type") == "SecureString" or not is_secret_name(own_name):
        return
    value = next((each for each in (parameter.at("value"), parameter.at("insecureValue")) if each.present), None)
    text = str(value.content) if value is not None and value.state is State.KNOWN else None
    if text is None and is_location_name(own_name):
        yield undecided("value")
    elif tells_of_secret(own_name, text):
        yield violation("type", f"{parameter.at('type')}, and {own_name} is the name of a secret")


def _password_not_written_down(_graph: Graph, database: ResourceView, _config: Config) -> Iterator[Verdict]:
    for name in (PASSWORDS[database.type], f"{PASSWORDS[database.type]}{WRITE_ONLY}"):
        password = database.at(name)
        if password.present and not database.depends_on.get(name):
            yield violation(password.path, f"{password.path} is written in the program or the stack file")


RULES = (
    Rule(
        id="no-secret-in-clear",
        title="No input of any resource contains a secret in clear text",
        problem="An input contains a secret in clear text",
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
        remediation="Keep it in Secrets Manager and pass its ARN; then change it, since files already contain it.",
        check_graph=per_resource(_no_secret_anywhere),
        note="It finds secrets by their form in every property, and by names of variables. It never prints a secret.",
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
        note="It looks for names that end like a secret's, such as SMTP_PASS; an ARN under such a name is no secret.",
    ),
    Rule(
        id="rds-password-managed",
        title="The database's password is not written in the program or the stack file",
        problem="The database's password is written in the program or the stack file",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        types=tuple(PASSWORDS),
        remediation="Set manageMasterUserPassword (Redshift: manageMasterPassword) to true instead.",
        check_graph=per_resource(_password_not_written_down, *PASSWORDS),
        note="A password from another resource, such as a secret's random value, is allowed.",
    ),
)
