"""A change of the network of a database, in the real engine with the offline provider."""

import pytest

from tests.engine.conftest import Checkout
from tests.engine.test_local_offline import resources, up

pytestmark = pytest.mark.engine


def test_a_stack_with_a_database_does_not_move_to_another_network(checkout: Checkout):
    assert up(checkout).returncode == 0
    before = resources(checkout)
    checkout.configure("local", lambda config: config.update({"spot-platform:vpc": {"cidr_block": "10.9.0.0/16"}}))
    refused = up(checkout)
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert "local would move to another network, and AWS moves no database or cache there:" in refused.stderr
    assert "\n  rds.SubnetGroup halalsphere-local" in refused.stderr
    assert (
        "nothing has changed; give vpc.cidr_block or vpc.existing_id its former value in Pulumi.local.yaml"
        in refused.stderr
    )
    assert resources(checkout) == before
    assert checkout.run("preview", "local").returncode == 2
    # a further zone keeps the network
    checkout.configure("local", lambda config: config.update({"spot-platform:vpc": {"zones": 3}}))
    grown = up(checkout)
    assert grown.returncode == 0, grown.stdout + grown.stderr
    before = resources(checkout)
    # in place of us-east-1d
    other = {"availability_zones": ["us-east-1a", "us-east-1b", "us-east-1e"]}
    for vpc in ({"zones": 2}, other):
        checkout.configure("local", lambda config, vpc=vpc: config.update({"spot-platform:vpc": vpc}))
        refused = up(checkout)
        assert refused.returncode == 2, refused.stdout + refused.stderr
        assert "local would take subnets out of subnet groups, and AWS refuses that" in refused.stderr
        assert "\n  rds.SubnetGroup halalsphere-local-database: subnet-" in refused.stderr
        assert "\n  elasticache.SubnetGroup halalsphere-local-cache: subnet-" in refused.stderr
        assert resources(checkout) == before
    assert checkout.run("destroy", "local").returncode == 0
