"""AWS IAM: who may assume a role."""

from collections.abc import Iterator
from typing import Final

from policy.documents import Statement, statements
from policy.iam.web_identities import Reach, reaches
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, violation
from policy.rules.iam import ROLE

EVERY: Final = {"Service": "every service", "Federated": "every provider of identities"}
"""Kind of principal -> what ``*`` means there."""


def _not_taken_by_all(role: ResourceView, _config: Config) -> Iterator[Verdict]:
    for statement in statements(role.at("assumeRolePolicy")):
        who = next((EVERY[kind] for kind, name in statement.principals if kind in EVERY and name == "*"), None)
        if statement.public or (who and statement.allows):
            who = who or "anybody"
            yield violation(statement.path, f"{statement.path} lets {who} assume the role")
        for issuer in _letting_in(statement, Reach.EVERYBODY):
            yield violation(
                statement.path,
                f"{statement.path} lets every account of {issuer} assume the role; name one in a condition",
            )


def _not_taken_by_all_of_one(role: ResourceView, _config: Config) -> Iterator[Verdict]:
    for statement in statements(role.at("assumeRolePolicy")):
        for issuer in _letting_in(statement, Reach.ORGANIZATION):
            yield violation(
                statement.path, f"{statement.path} lets everything of one organization of {issuer} assume the role"
            )


def _letting_in(statement: Statement, how_many: Reach) -> list[str]:
    return [issuer for issuer, reach in reaches(statement).items() if reach is how_many]


RULES = (
    Rule(
        id="iam-trust",
        title="Not everybody can assume a role",
        problem="Too many principals can assume the role",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        checkov=(
            "CKV_AWS_60",
            "CKV_AWS_358",
            "CKV_AWS_393",
        ),
        types=(ROLE,),
        remediation="Name the service or role in the trust policy; for a federated principal, add a condition on sub.",
        check=_not_taken_by_all,
    ),
    Rule(
        id="iam-trust-one-project",
        title="A role is for tokens of one repository, workspace or service account, not of a whole organization",
        problem="Every repository, workspace or service account of an organization can assume the role",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        types=(ROLE,),
        remediation="Name the repository or the like in the condition on sub, such as repo:ORGANIZATION/REPOSITORY:*.",
        check=_not_taken_by_all_of_one,
        note=(
            "GitHub's claims repository_owner, enterprise_id and job_workflow_ref identify only a whole organization, "
            "and so does a namespace of Kubernetes. iam-trust refuses roles for all tokens of a provider."
        ),
    ),
)
