"""The resource policy of a secret, evaluated like in AWS."""

import pytest

from spot_planning.secrets.secret_policy import secret_policy
from toolchain.datapath.edge.policies import Access, Decision, decision

ACCOUNT, OTHER = "123456789012", "210987654321"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:api-jwt-AbCdEf"
ACTIONS = ("secretsmanager:GetSecretValue", "secretsmanager:PutResourcePolicy", "secretsmanager:DeleteSecret")


def asked(action: str, *, account: str | None, service: str | None = None, principal: str | None = None) -> Decision:
    context = {"aws:PrincipalIsAWSService": "true" if service else "false"}
    if account is not None:
        context["aws:PrincipalAccount"] = account
    access = Access(action, SECRET, service=service, principal=principal, context=context)
    return decision(secret_policy(secret_arn=SECRET), access)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "principal",
    [
        f"arn:aws:iam::{ACCOUNT}:root",
        f"arn:aws:iam::{ACCOUNT}:role/administrator",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/rotation-function/lambda",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/api-execution/task",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForRDS/rds",
    ],
)
def test_nobody_of_the_account_is_refused(action: str, principal: str) -> None:
    assert asked(action, account=ACCOUNT, principal=principal) == Decision.SILENT


@pytest.mark.parametrize("action", ACTIONS)
def test_other_accounts_are_refused(action: str) -> None:
    assert asked(action, account=OTHER, principal=f"arn:aws:iam::{OTHER}:role/administrator") == Decision.DENIED


def test_services_that_come_with_their_own_principal_are_not_refused() -> None:
    """These services have no account, and StringNotEquals is true for a missing key."""
    assert asked("secretsmanager:GetSecretValue", account=None, service="rds.amazonaws.com") == Decision.SILENT


def test_who_has_no_account_and_is_no_service_is_refused() -> None:
    assert asked("secretsmanager:GetSecretValue", account=None) == Decision.DENIED
