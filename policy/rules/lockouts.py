"""Policies that lock the account itself out, so that nobody in it can change them again."""

import re
from collections.abc import Iterator
from typing import Final

from policy.documents import OUTPUT, Statement, statements
from policy.graph import Graph
from policy.iam.arns import NOBODYS, has_wildcard, matches
from policy.iam.conditions import is_bound, is_narrow
from policy.iam.principals import account_of, own_accounts
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, per_resource, violation
from policy.rules.foreign_principals import DOCUMENTS, ENDPOINTS
from policy.rules.iam import ROLE
from policy.rules.resource_policies import KEY, KEY_POLICY, OTHER_KEYS

LOCKABLE: Final = tuple(type_ for type_ in DOCUMENTS if type_ not in {ROLE, *ENDPOINTS})
KEYS: Final = (KEY, *OTHER_KEYS, KEY_POLICY)

MENDING: Final = {
    "backup": ("backup:PutBackupVaultAccessPolicy", "backup:DeleteBackupVaultAccessPolicy"),
    "dynamodb": ("dynamodb:PutResourcePolicy", "dynamodb:DeleteResourcePolicy"),
    "ecr": ("ecr:SetRepositoryPolicy", "ecr:DeleteRepositoryPolicy"),
    "elasticfilesystem": ("elasticfilesystem:PutFileSystemPolicy", "elasticfilesystem:DeleteFileSystemPolicy"),
    "es": ("es:UpdateDomainConfig",),
    "events": ("events:PutPermission", "events:RemovePermission"),
    "glacier": ("glacier:SetVaultAccessPolicy", "glacier:DeleteVaultAccessPolicy"),
    "kms": ("kms:PutKeyPolicy",),
    "s3": ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy"),
    "secretsmanager": ("secretsmanager:PutResourcePolicy", "secretsmanager:DeleteResourcePolicy"),
    "sns": ("sns:SetTopicAttributes",),
    "sqs": ("sqs:SetQueueAttributes",),
}
"""Service -> all actions that change or delete its policies. Whoever may use one of them can repair a policy."""

SERVICES: Final = {
    "cloudwatch": "events",
    "efs": "elasticfilesystem",
    "elasticsearch": "es",
    "opensearch": "es",
}
"""Module in a resource type -> the prefix of the service's actions, where the two differ."""

ABSENT: Final = (
    "aws:calledvia",
    "aws:referer",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:vpcsourceip",
)
"""Prefixes of the condition keys that an administrator's request from a browser or a shell does not have. A negated
operator is true for a key that is absent ("IAM JSON policy elements: Condition operators")."""
OF_ADMINISTRATORS: Final = {
    "aws:principalisawsservice": "false",
    "aws:securetransport": "true",
    "aws:viaawsservice": "false",
}
"""Key -> its value in an administrator's request."""
PRESENT: Final = ("aws:principalarn", "aws:principalaccount", "aws:userid", "aws:sourceip", "aws:securetransport")
"""Keys that every administrator's request has."""


def _nobody_locked_out(graph: Graph, resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    own = own_accounts(graph)
    module = re.split("[:/]", resource.type)[1]
    service = SERVICES.get(module, module)
    found: list[Statement] = []
    for statement in statements(resource.at(DOCUMENTS[resource.type])):
        found.append(statement)
        if not statement.allows and _is_about_administrators(statement, own) and _denies_mending(statement, service):
            path = statement.path
            yield violation(path, f"{path} {_denies(statement)}: only the account's root user can repair it")
    if found and resource.type in KEYS and not any(map(_lets_somebody_mend, found)):
        path = DOCUMENTS[resource.type]
        yield violation(path, f"{path} allows kms:PutKeyPolicy to nobody: only AWS Support can repair it")


def _denies(statement: Statement) -> str:
    excepted = [identity for _kind, identity in statement.not_principals]
    whom = f"everybody but {', '.join(excepted)}" if excepted else "everybody, or the account itself,"
    return f"denies {whom} the actions that change it"


def _lets_somebody_mend(statement: Statement) -> bool:
    kinds = {kind for kind, _identity in statement.principals}
    return statement.allows and bool(kinds & {"AWS", "*"}) and statement.covers("kms:PutKeyPolicy")


def _is_about_administrators(statement: Statement, own: set[str]) -> bool:
    excepted = [OUTPUT in name or _is_account(name, own) for _kind, name in statement.not_principals]
    named = [_is_account(name, own) for kind, name in statement.principals if kind in {"AWS", "*"}]
    is_about = statement.everybody or any(named) or (bool(excepted) and not any(excepted))
    return is_about and all(
        _is_met(operator.lower(), key, values) or _is_own(operator.lower(), key, values, own)
        for operator, keys in statement.conditions.items()
        for key, values in keys.items()
    )


def _is_account(name: str, own: set[str]) -> bool:
    """Check whether a principal is a whole account. In a Deny it stands for everybody in that account."""
    account = account_of(name)
    is_whole = name == account or name.endswith(f":iam::{account}:root")
    return bool(account) and is_whole and (not own or account in own)


def _is_own(operator: str, key: str, values: tuple[str, ...], own: set[str]) -> bool:
    """Check whether a condition matches everybody in the stack's own account."""
    if "not" in operator:
        return False
    if key == "aws:principalaccount":
        return not own.isdisjoint(values)
    everybody = [f"arn:aws:iam::{account}:role/{NOBODYS}" for account in own]
    return key == "aws:principalarn" and any(matches(value, arn) for value in values for arn in everybody)


def _denies_mending(statement: Statement, service: str) -> bool:
    if service in MENDING:
        return all(map(statement.covers, MENDING[service]))
    whole = statement.every_action or any(action.endswith(":*") for action in statement.actions)
    return whole and not statement.conditions


def _is_met(operator: str, key: str, values: tuple[str, ...]) -> bool:
    """Check whether a condition is true for an administrator's request from outside the account's networks.

    A condition that is not known to be true counts as an exception for administrators.
    """
    name = operator.removeprefix("forallvalues:").removeprefix("foranyvalue:").removesuffix("ifexists")
    may_lack = operator.startswith("forallvalues:") or operator.endswith("ifexists")
    lacks = key.startswith(ABSENT)
    if name == "null":
        return values == (("true",) if lacks else ("false",)) and (lacks or key in PRESENT)
    if name == "bool":
        return key in OF_ADMINISTRATORS and values == (OF_ADMINISTRATORS[key],)
    if lacks:
        # ForAnyValue needs at least one value of the key, and the request has none.
        return ("not" in name and not operator.startswith("foranyvalue:")) or may_lack
    if name == "notipaddress":
        # Administrators who come from a narrow range of the internet that is excepted can repair the policy.
        return key == "aws:sourceip" and not any(map(is_narrow, values))
    # A wildcard that names no particular principal matches everybody.
    open_ = any(has_wildcard(value) and not is_bound(key, value) for value in values)
    return "not" not in name and key in PRESENT and open_


RULES = (
    Rule(
        id="policies-lock-nobody-out",
        title="No policy locks the account itself out",
        problem="A policy locks the account itself out of a resource",
        severity=Severity.HIGH,
        concern=Concern.AVAILABILITY,
        checkov=("CKV_AWS_93",),
        types=LOCKABLE,
        remediation=(
            "Except the account's administrators, such as with ArnNotLike on aws:PrincipalArn, or deny only what does "
            "not change the policy."
        ),
        check_graph=per_resource(_nobody_locked_out, *LOCKABLE),
        note=(
            "A Deny affects administrators if it is about everybody, about the whole account, or about everybody "
            "except principals other than the account itself. A condition on a VPC endpoint or on the source of a "
            "request does not except administrators; a condition on the principal, TLS or internet addresses may. A "
            "key's policy must let somebody change it."
        ),
    ),
)
