"""The services that send a source when they assume a role; every role of the stacks must require exactly that."""

import json
import re

import pytest

from policy.rules.foreign_principals import SENDS_SOURCE
from spot_planning.iam.policy_documents import assume_role_document
from spot_planning.iam.service_principals import ROLE_SERVICES
from tests.program import STACKS, record_with_image

pytestmark = pytest.mark.xdist_group("whole program")

ACCOUNT = "123456789012"

PROD_ROLES = {
    "halalsphere-prod": "backup.amazonaws.com",
    "halalsphere-prod-database-monitoring": "monitoring.rds.amazonaws.com",
    "halalsphere-prod-flow-logs": "vpc-flow-logs.amazonaws.com",
    "halalsphere-prod-account": "apigateway.amazonaws.com",
    "halalsphere-prod-execution": "ecs-tasks.amazonaws.com",
    "halalsphere-prod-task": "ecs-tasks.amazonaws.com",
    "halalsphere-prod-migration": "ecs-tasks.amazonaws.com",
    "halalsphere-prod-redeploy": "states.amazonaws.com",
    "halalsphere-prod-rotation": "events.amazonaws.com",
}
"""Role -> service that assumes it, in the stack `prod` with an image."""


def trusts(stack: str) -> dict[str, tuple[str, set[str]]]:
    """Return role -> its service and the condition keys that it requires."""
    found: dict[str, tuple[str, set[str]]] = {}
    for role in record_with_image(stack).all("aws:iam/role:Role"):
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        conditions = statement.get("Condition", {})
        found[role.name] = (statement["Principal"]["Service"], {key for keys in conditions.values() for key in keys})
    return found


def test_the_services_that_take_the_roles_of_prod() -> None:
    assert {role: service for role, (service, _) in trusts("prod").items()} == PROD_ROLES


@pytest.mark.parametrize("stack", STACKS)
def test_every_role_asks_its_service_for_all_that_it_sends_and_nothing_else(stack: str) -> None:
    found = trusts(stack)
    assert found
    for role, (service, keys) in found.items():
        assert keys == ROLE_SERVICES[service].sends, f"{role}: {ROLE_SERVICES[service].source}"


def test_the_sources_are_written_down() -> None:
    assert all(re.search(r'"[A-Z][^"]+" \(', service.source) for service in ROLE_SERVICES.values())


def test_the_policy_pack_asks_for_it_of_the_same_services() -> None:
    assert {name for name, service in ROLE_SERVICES.items() if service.sends} <= SENDS_SOURCE
    assert SENDS_SOURCE.isdisjoint(name for name, service in ROLE_SERVICES.items() if not service.sends)


@pytest.mark.parametrize(
    ("service", "given", "message"),
    [
        ("nobody.amazonaws.com", {}, "service='nobody.amazonaws.com' is not in ROLE_SERVICES; allowed: apigateway"),
        ("ecs-tasks.amazonaws.com", {}, "a role for ecs-tasks.amazonaws.com needs aws:SourceAccount, aws:SourceArn in"),
        (
            "ecs-tasks.amazonaws.com",
            {"account_id": ACCOUNT},
            "a role for ecs-tasks.amazonaws.com needs aws:SourceAccount, aws:SourceArn in its trust policy",
        ),
        (
            "apigateway.amazonaws.com",
            {"account_id": ACCOUNT},
            "a role for apigateway.amazonaws.com needs no condition in its trust policy",
        ),
    ],
)
def test_a_condition_that_a_service_never_meets_is_refused(service: str, given: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        assume_role_document(service, **given)
