"""Reads a provider's accounts from every form in which the engine sends them, and finds the stack's own accounts."""

import json
from dataclasses import replace
from typing import Any

import pytest

from policy.graph import Graph
from policy.iam.principals import AWS_PROVIDER, bound_accounts, knows_own_accounts, own_accounts, reached_accounts
from policy.rule import evaluate_graph
from policy.rules import BY_ID
from tests.policy.nodes import UNKNOWN, Json, Node, Stack, resolved, view

ACCOUNT = "444455556666"
STRANGER = "999999999999"


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


ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"


@pytest.mark.parametrize(
    ("inputs", "accounts"),
    [
        ({"assumeRoles": [{"roleArn": ROLE}]}, [ACCOUNT]),
        ({"assumeRoles": json.dumps([{"roleArn": f"arn:aws:iam::{STRANGER}:role/hub"}, {"roleArn": ROLE}])},
         [STRANGER, ACCOUNT]),
        ({"assumeRoleWithWebIdentity": json.dumps({"roleArn": ROLE, "webIdentityToken": "x"})}, [ACCOUNT]),
        ({"assumeRoleWithWebIdentity": {"roleArn": ROLE}, "allowedAccountIds": [STRANGER]}, [STRANGER, ACCOUNT]),
        ({"assumeRoles": [{"roleArn": UNKNOWN}]}, []),
        ({"assumeRoles": UNKNOWN}, []),
        ({"assumeRoles": ["odd", 7, {"roleArn": 7}, {}]}, []),
        ({"assumeRoles": "["}, []),
        ({"assumeRoles": "7"}, []),
    ],
)  # fmt: skip
def test_accounts_that_a_provider_reaches_are_those_of_its_roles_too(
    inputs: dict[str, Any], accounts: list[str]
) -> None:
    (provider,) = resolved({"aws": Node(AWS_PROVIDER, inputs)}, preview=False)
    assert reached_accounts(view(provider)) == accounts


def _providers(*given: Any) -> Stack:
    return {f"aws-{number}": Node(AWS_PROVIDER, {"allowedAccountIds": each}) for number, each in enumerate(given)}


def _deployed(*given: Any, account: str = "") -> Graph:
    """Return a graph: the first provider makes a queue that a foreign account may use; the others make nothing."""
    policy = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": STRANGER}, "Action": "sqs:*", "Resource": "*"}]}
    queue = Node("aws:sqs/queuePolicy:QueuePolicy", {"policy": Json(policy)})
    *providers, made = [view(node) for node in resolved({**_providers(*given), "queue": queue}, preview=False)]
    return Graph([*providers, replace(made, provider=providers[0])], account)


@pytest.mark.parametrize("unused", [[STRANGER], [UNKNOWN], f'["{STRANGER}"]', UNKNOWN])
def test_provider_that_makes_nothing_makes_no_account_the_stacks_own(unused: Any) -> None:
    graph = _deployed([ACCOUNT], unused)
    assert own_accounts(graph) == {ACCOUNT}
    assert knows_own_accounts(graph)
    found = evaluate_graph(BY_ID["no-foreign-accounts"], graph)
    assert [verdict.outcome.value for verdict in found] == ["violation"]


@pytest.mark.parametrize("bound", [[STRANGER], [UNKNOWN], None])
def test_account_of_the_stack_file_is_the_only_one_of_its_own(bound: Any) -> None:
    graph = _deployed(bound, account=ACCOUNT)
    assert (own_accounts(graph), knows_own_accounts(graph)) == ({ACCOUNT}, True)
    found = evaluate_graph(BY_ID["no-foreign-accounts"], graph)
    assert [verdict.outcome.value for verdict in found] == ["violation"]
    allowed = {"allowed-accounts": [STRANGER]}
    assert evaluate_graph(BY_ID["no-foreign-accounts"], graph, allowed) == []


def test_where_nobody_says_which_provider_makes_what_all_of_them_count() -> None:
    views = [view(node) for node in resolved(_providers([ACCOUNT], [STRANGER]), preview=False)]
    assert own_accounts(Graph(views)) == {ACCOUNT, STRANGER}
    assert not knows_own_accounts(Graph([view(node) for node in resolved(_providers([UNKNOWN]), preview=False)]))
