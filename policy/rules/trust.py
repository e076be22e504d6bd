"""AWS IAM: who may assume a role."""

from collections.abc import Iterator
from typing import Final

from policy.documents import Statement, statements
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, violation
from policy.rules.iam import ROLE
from policy.web_identities import Reach, reaches

EVERY: Final = {"Service": "every service", "Federated": "every provider of identities"}
"""Kind of principal -> what ``*`` means there."""


def _not_taken_by_all(role: ResourceView, _config: Config) -> Iterator[Verdict]:
    for statement in statements(role.at("assumeRolePolicy")):
        open_kinds = {"Service": "every service", "Federated": "every provider of identities"}
        who = next(
            (open_kinds[kind] for kind, name in statement.principals if kind in open_kinds and name == "*"), None
        )
        if statement.public or (who and statement.allows):
            who = who or "anybody"
            yield violation(statement.path, f"{statement.path} lets {who} take the role")
        for issuer in _letting_in(statement, Reach.EVERYBODY):
            yield violation(
                statement.path, f"{statement.path} lets every account of {issuer} take the role; ask whose it is"
            )


def _not_taken_by_all_of_one(role: ResourceView, _config: Config) -> Iterator[Verdict]:
    for statement in statements(role.at("assumeRolePolicy")):
        for issuer in _letting_in(statement, Reach.ORGANIZATION):
            yield violation(
                statement.path, f"{statement.path} lets everything of one organization of {issuer} take the role"
            )


def _letting_in(statement: Statement, how_many: Reach) -> list[str]:
    return [issuer for issuer, reach in reaches(statement).items() if reach is how_many]


RULES = (
    Rule(
        id="iam-trust",
        title="Not everybody can take a role",
        problem="Too many can take the role",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        checkov=(
            "CKV_AWS_60",
            "CKV_AWS_358",
            "CKV_AWS_393",
        ),
        types=(ROLE,),
        remediation="Name the service or the role in the trust policy, and for a federated one who asks (sub).",
        check=_not_taken_by_all,
    ),
    Rule(
        id="iam-trust-one-project",
        title="Tokens of one repository, workspace or service account take a role, not those of a whole organization",
        problem="Every repository, workspace or service account of an organization can take the role",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        types=(ROLE,),
        remediation="Name the repository or the like in the condition on sub, such as repo:ORGANIZATION/REPOSITORY:*.",
        check=_not_taken_by_all_of_one,
        note=(
            "Of GitHub, repository_owner, enterprise_id and job_workflow_ref are about a whole organization; of "
            "Kubernetes, a namespace is. iam-trust is about everybody of a provider."
        ),
    ),
)
