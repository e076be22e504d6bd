"""AWS Lambda: callers, runtimes, encryption and safeguards of functions."""

import re
from collections.abc import Iterator
from typing import Final

from policy.checks import is_one_of, is_own_key, setting_texts, texts_setting
from policy.documents import names_every_site
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, violation
from policy.rules.clear_secrets import FUNCTION
from policy.rules.foreign_principals import PERMISSION, names_a_source
from policy.values import State, Value

FUNCTION_URL: Final = "aws:lambda/functionUrl:FunctionUrl"
SUPPORTED: Final = re.compile(
    r"nodejs(2[2468])\.x|python3\.1[0-4]|java(11|17|21|25)|java8\.al2|dotnet(8|10)|ruby3\.[3-5]|provided\.al202\d"
)
"""Runtimes that AWS still supports in November 2026 ("Lambda runtimes": supported runtimes)."""


def _not_public(permission: ResourceView, _config: Config) -> Iterator[Verdict]:
    principal = permission.at("principal")
    if principal.text() == "*" and not names_a_source(permission):
        yield violation(principal.path, f"{principal}; it must name who may call the function")
    url = permission.at("functionUrlAuthType")
    if url.text() == "NONE":
        yield violation(url.path, f"{url}; it must be AWS_IAM")


def _runtime(function: ResourceView, _config: Config) -> Iterator[Verdict]:
    runtime = function.at("runtime")
    if function.text("packageType") != "Image" and not SUPPORTED.fullmatch(runtime.text() or ""):
        yield violation(runtime.path, f"{runtime}; it must be a runtime that AWS still supports")


def _key(function: ResourceView, config: Config) -> Iterator[Verdict]:
    variables = function.at("environment.variables")
    if variables.state is State.UNKNOWN or variables.members():
        yield from is_own_key("kmsKeyArn")(function, config)


def _safeguards(function: ResourceView, config: Config) -> Iterator[Verdict]:
    for safeguard in setting_texts(config, "safeguards"):
        if safeguard in SAFEGUARDS:
            yield from guarded(_has(function.at(SAFEGUARDS[safeguard])))


SAFEGUARDS: Final = {
    "dead-letters": "deadLetterConfig.targetArn",
    "network": "vpcConfig.subnetIds",
    "reserved-concurrency": "reservedConcurrentExecutions",
    "signature": "codeSigningConfigArn",
}
"""Safeguard -> the property that sets it."""
NOTHING: Final = ("", -1, 0)


def _has(value: Value) -> Iterator[Verdict]:
    if value.state is State.UNKNOWN:
        return
    content = value.known()
    if not content or content in NOTHING:
        yield violation(value.path, f"{value}; it must be given")


def _cors(url: ResourceView, _config: Config) -> Iterator[Verdict]:
    origins = url.at("cors.allowOrigins")
    if names_every_site(origins):
        yield violation(origins.path, f"{origins}; it must name the sites")


RULES = (
    Rule(
        id="lambda-not-public",
        title="Functions are not open to the whole world",
        problem="Anybody in the world may call the function",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        fsbp=("Lambda.1",),
        checkov=("CKV_AWS_301",),
        prowler=("awslambda_function_not_publicly_accessible",),
        types=(PERMISSION,),
        remediation="Name the principal, with sourceArn or sourceAccount for a service.",
        check=_not_public,
    ),
    Rule(
        id="lambda-url-authorized",
        title="A function's URL authorizes its callers",
        problem="Anybody who knows the function's URL may call it",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        checkov=("CKV_AWS_258",),
        prowler=("awslambda_function_url_public",),
        types=(FUNCTION_URL,),
        remediation="Set authorizationType to AWS_IAM.",
        check=is_one_of("authorizationType", "AWS_IAM"),
    ),
    Rule(
        id="lambda-url-cors",
        title="Browsers reach a function's URL from named sites only",
        problem="Every site in the world may call the function through a browser",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        checkov=("CKV2_AWS_75",),
        prowler=("awslambda_function_url_cors_policy",),
        types=(FUNCTION_URL,),
        remediation="Name the sites in cors.allowOrigins.",
        check=_cors,
    ),
    Rule(
        id="lambda-supported-runtime",
        title="Functions run on a runtime that AWS still supports",
        problem="The function's runtime gets no more security updates",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("Lambda.2",),
        checkov=("CKV_AWS_363",),
        cdk_nag=("AwsSolutions-L1",),
        prowler=("awslambda_function_using_supported_runtimes",),
        types=(FUNCTION,),
        remediation="Set runtime to a supported one, such as python3.13 or nodejs22.x.",
        check=_runtime,
    ),
    Rule(
        id="lambda-variables-encrypted",
        title="A function's variables are encrypted with a customer-managed key",
        problem="The function's variables are encrypted with a key of AWS",
        severity=Severity.LOW,
        concern=Concern.ENCRYPTION,
        checkov=("CKV_AWS_173",),
        prowler=("awslambda_function_env_vars_not_encrypted_with_cmk",),
        types=(FUNCTION,),
        remediation="Give kmsKeyArn.",
        check=_key,
    ),
    Rule(
        id="lambda-safeguards",
        title="Functions have the safeguards that the configuration requires",
        problem="The function lacks a safeguard that the configuration requires",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        fsbp=("Lambda.3",),
        checkov=(
            "CKV_AWS_115",
            "CKV_AWS_116",
            "CKV_AWS_117",
            "CKV_AWS_272",
        ),
        prowler=(
            "awslambda_function_inside_vpc",
            "awslambda_function_no_dead_letter_queue",
        ),
        types=(FUNCTION,),
        remediation="Give the property that the message names.",
        check=_safeguards,
        asks_for="safeguards",
        config={"safeguards": texts_setting([*SAFEGUARDS], f"Any of {', '.join(SAFEGUARDS)}.")},
        note=(
            "Not every function needs a VPC, a dead-letter queue, reserved concurrency or signed code, so this "
            "platform's profiles require none of them."
        ),
    ),
    Rule(
        id="lambda-traced",
        title="Functions are traced",
        problem="The function is not traced",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        checkov=("CKV_AWS_50",),
        trivy=("AWS-0066",),
        types=(FUNCTION,),
        remediation="Set tracingConfig.mode to Active.",
        check=is_one_of("tracingConfig.mode", "Active"),
    ),
)
