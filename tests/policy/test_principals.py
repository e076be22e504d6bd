"""The accounts of a provider are read from every form in which the engine sends them."""

from typing import Any

import pytest

from policy.principals import AWS_PROVIDER, bound_accounts
from tests.policy.nodes import UNKNOWN, Node, resolved, view

ACCOUNT = "444455556666"


@pytest.mark.parametrize(
    ("given", "accounts"),
    [
        (f'["{ACCOUNT}"]', [ACCOUNT]),
        (f'"{ACCOUNT}"', [ACCOUNT]),
        ([ACCOUNT], [ACCOUNT]),
        ([ACCOUNT, UNKNOWN], [ACCOUNT]),
        ([UNKNOWN], []),
        ("not JSON", []),
        ("{}", []),
        (UNKNOWN, []),
        (None, []),
    ],
)
def test_accounts_that_a_provider_is_bound_to(given: Any, accounts: list[str]) -> None:
    (provider,) = resolved({"aws": Node(AWS_PROVIDER, {"allowedAccountIds": given})}, preview=False)
    assert bound_accounts(view(provider)) == accounts
