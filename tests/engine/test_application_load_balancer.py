"""A stack with an application load balancer in place of its network load balancer, in the real engine with the offline
provider and the policy pack."""

import pytest

from tests.engine.conftest import Checkout
from tests.engine.test_local_offline import resources, up

pytestmark = pytest.mark.engine


def test_a_stack_changes_to_an_application_load_balancer_and_goes(checkout: Checkout):
    made = up(checkout)
    assert made.returncode == 0, made.stdout + made.stderr
    assert {"aws:apigateway/vpcLink:VpcLink"} <= set(resources(checkout).values())

    checkout.configure("local", lambda config: config["spot-platform:api"].update(load_balancer_kind="application"))
    changed = up(checkout)
    assert changed.returncode == 0, changed.stdout + changed.stderr
    assert "spot-platform@v" in changed.stdout, "the policy pack was not attached"
    types = set(resources(checkout).values())
    # API Gateway reaches an application load balancer only through a link of version 2.
    assert "aws:apigatewayv2/vpcLink:VpcLink" in types
    assert "aws:apigateway/vpcLink:VpcLink" not in types
    unchanged = checkout.run("preview", "local", "--expect-no-changes")
    assert unchanged.returncode == 0, unchanged.stdout + unchanged.stderr

    destroyed = checkout.run("destroy", "local")
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
    assert resources(checkout) == {}
