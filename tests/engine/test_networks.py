"""Networks that no stack file has, in the real engine with the offline provider and the policy pack."""

from typing import Any

import pytest

from tests.engine.conftest import Checkout

pytestmark = pytest.mark.engine

EXISTING = {
    "existing_id": "vpc-0123456789abcdef0",
    "existing_private_subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    "existing_isolated_subnet_tags": {"Tier": "data"},
}
ENDPOINTS = {"nat": "none", "interface_endpoints": ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "email-smtp"]}


@pytest.mark.parametrize(
    ("vpc", "made", "not_made"),
    [
        (
            EXISTING,
            ["aws:rds:SubnetGroup"],
            ["aws:ec2:Vpc", "aws:ec2:Subnet ", "aws:ec2:NatGateway", "aws:ec2:FlowLog"],
        ),
        ({"nat": "regional"}, ["halalsphere-prod-nat-regional"], ["aws:ec2:Eip"]),
        (ENDPOINTS, ["halalsphere-prod-endpoints-email-smtp"], ["aws:ec2:NatGateway"]),
    ],
)
def test_prod_previews_with_another_network(
    checkout: Checkout, vpc: dict[str, Any], made: list[str], not_made: list[str]
):
    before = (checkout.root / "Pulumi.prod.yaml").read_text()
    try:
        checkout.configure("prod", lambda config: config.update({"spot-platform:vpc": vpc}))
        result = checkout.run("preview", "prod", "--offline")
    finally:
        (checkout.root / "Pulumi.prod.yaml").write_text(before)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "spot-platform@v" in result.stdout, "the policy pack was not attached"
    assert [each for each in made if each not in result.stdout] == []
    assert [each for each in not_made if each in result.stdout] == []
