"""AWS Systems Manager: parameters and documents."""

from collections.abc import Iterator
from typing import Final

from policy.checks import is_own_key
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, violation
from policy.rules.clear_secrets import DOCUMENT, PARAMETER

EVERYBODY: Final = "all"


def _is_secure(parameter: ResourceView) -> bool:
    return parameter.text("type") == "SecureString"


def _not_public(document: ResourceView, _config: Config) -> Iterator[Verdict]:
    accounts = document.at("permissions.accountIds")
    if EVERYBODY in [part.strip().lower() for part in (accounts.text() or "").split(",")]:
        yield violation(accounts.path, f"{accounts}; it must name accounts")


RULES = (
    Rule(
        id="ssm-parameter-encrypted",
        title="Secure parameters are encrypted with a customer-managed key",
        problem="The parameter is encrypted with a key of AWS",
        severity=Severity.LOW,
        concern=Concern.ENCRYPTION,
        checkov=("CKV_AWS_337",),
        types=(PARAMETER,),
        remediation="Give keyId.",
        check=is_own_key("keyId", when=_is_secure),
        note="Not required for plain parameters; no-secret-in-variables checks that they contain no secret.",
    ),
    Rule(
        id="ssm-document-not-public",
        title="Documents are not shared with everybody",
        problem="Anybody in the world may read the document",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("SSM.4",),
        checkov=("CKV_AWS_303",),
        prowler=("ssm_documents_set_as_public",),
        types=(DOCUMENT,),
        remediation="Name the accounts in permissions.accountIds.",
        check=_not_public,
    ),
)
