"""The program with other networks than in the stack files complies with the rules of its profile."""

from typing import Any

import pytest

from policy.reporting.housekeeping import UNDECIDED
from tests.policy.engine_calls import Finding
from tests.policy.nodes import from_recording
from tests.policy.test_program import named, pack
from tests.program import PUBLIC_IMAGE, record_changed

OFFLINE_ACCOUNT = {"account_id": "123456789012"}
"""Account in the ARNs that the recording makes up."""

EXISTING = {
    "existing_id": "vpc-0123456789abcdef0",
    "existing_private_subnet_tags": {"Tier": "private"},
    "existing_isolated_subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
}
ENDPOINTS = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "sts", "email-smtp"]


def findings(vpc: dict[str, Any], *, preview: bool) -> list[Finding]:
    recording = record_changed("prod", preview=preview, aws=OFFLINE_ACCOUNT, service={"image": PUBLIC_IMAGE}, vpc=vpc)
    assert len(recording.all("VpcEndpoint")) >= len(vpc.get("interface_endpoints", []))
    return pack("prod").run(named("prod", from_recording(recording)))


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("vpc", [{"interface_endpoints": ENDPOINTS, "nat": "none"}, {"nat": "regional"}])
def test_other_networks_keep_the_rules_of_prod(vpc: dict[str, Any], preview: bool) -> None:
    found = findings(vpc, preview=preview)
    assert [finding for finding in found if finding.level == "mandatory"] == []
    if not preview:
        assert [finding for finding in found if finding.policy == UNDECIDED] == []


@pytest.mark.parametrize("preview", [False, True])
def test_an_existing_network_keeps_the_rules_and_its_subnets_are_not_judged(preview: bool) -> None:
    """The pack knows only the stack's own resources; the program has already checked the existing subnets."""
    found = findings(EXISTING, preview=preview)
    assert [finding for finding in found if finding.level == "mandatory"] == []
    undecided = {finding.message.rpartition("asked by ")[2] for finding in found if "not part of" in finding.message}
    assert undecided == {
        "ecs-private-subnets.",
        "elasticache-private-subnets.",
        "load-balancer-private-subnets.",
        "rds-private-subnets.",
    }
