"""The program with other networks than those of the stack files keeps the rules of its profile."""

from typing import Any

import pytest

from policy.housekeeping import UNDECIDED
from tests.policy.nodes import from_recording
from tests.policy.test_program import IMAGE, named, pack
from tests.program import record_changed

OFFLINE_ACCOUNT = {"account_id": "123456789012"}
"""The account of the ARNs that the recording makes up."""

ENDPOINTS = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "sts", "email-smtp"]


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("vpc", [{"interface_endpoints": ENDPOINTS, "nat": "none"}, {"nat": "regional"}])
def test_other_networks_keep_the_rules_of_prod(vpc: dict[str, Any], preview: bool) -> None:
    recording = record_changed("prod", preview=preview, aws=OFFLINE_ACCOUNT, service={"image": IMAGE}, vpc=vpc)
    assert len(recording.all("VpcEndpoint")) >= len(vpc.get("interface_endpoints", []))
    findings = pack("prod").run(named("prod", from_recording(recording)))
    assert [finding for finding in findings if finding.level == "mandatory"] == []
    if not preview:
        assert [finding for finding in findings if finding.policy == UNDECIDED] == []
