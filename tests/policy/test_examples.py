"""The examples pass the pack as dev stacks, with the exemptions that the pack has: the components' defaults are allowed.

What a caller must give is in the examples: a KMS key. No component makes one by itself, because each key costs money and
one is enough for a stack.
"""

import runpy
from collections.abc import Callable
from datetime import date

import pulumi
import pytest

from policy.enforcement import exemptions_file
from spot_platform import (
    Cluster,
    ClusterArgs,
    FargateSpotService,
    FargateSpotServiceArgs,
    InternalLoadBalancer,
    InternalLoadBalancerArgs,
    ObjectStorage,
    ObjectStorageArgs,
    SpaFrontend,
    SpaFrontendArgs,
    Vpc,
    VpcArgs,
)
from tests.library.conftest import ROOT
from tests.policy.engine_calls import Pack
from tests.policy.nodes import from_recording, resolved
from tests.program import record_as_aws

ACCOUNT, REGION = "123456789012", "us-east-1"
EXAMPLES = sorted(path.parent.name for path in (ROOT / "examples").glob("*/__main__.py"))


def mandatory(program: Callable[[], object]) -> list[str]:
    """Return the mandatory findings about a program in a dev stack; a preview would stop at them."""
    recording = record_as_aws(program)
    assert recording.resources
    pack = Pack(entries=exemptions_file.read(), today=date(2026, 11, 30), stack="dev")
    findings = pack.run(resolved(from_recording(recording), preview=False))
    return [f"{finding.policy}: {finding.name}" for finding in findings if finding.level == "mandatory"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_passes_the_pack(example: str) -> None:
    def program() -> None:
        config = {f"spot-platform:{key}": value for key, value in (("account_id", ACCOUNT), ("region", REGION))}
        pulumi.runtime.set_all_config(config)
        runpy.run_path(str(ROOT / "examples" / example / "__main__.py"))

    assert mandatory(program) == []


def test_default_arguments_pass_the_pack_but_for_the_key_of_logs() -> None:
    def program() -> None:
        vpc = Vpc("shop", VpcArgs(region=REGION, availability_zones=[f"{REGION}a", f"{REGION}b"]))
        load_balancer = InternalLoadBalancer(
            "shop", InternalLoadBalancerArgs(vpc_id=vpc.vpc_id, subnet_ids=vpc.private_subnet_ids)
        )
        cluster = Cluster("shop", ClusterArgs(account_id=ACCOUNT, region=REGION))
        FargateSpotService(
            "web",
            FargateSpotServiceArgs(
                account_id=ACCOUNT,
                region=REGION,
                cluster=cluster.reference,
                vpc_id=vpc.vpc_id,
                subnet_ids=vpc.private_subnet_ids,
                load_balancer=load_balancer.reference,
            ),
        )
        SpaFrontend("shop", SpaFrontendArgs())
        ObjectStorage("shop", ObjectStorageArgs(account_id=ACCOUNT))

    found = mandatory(program)
    assert {finding.split(":")[0] for finding in found} == {"log-group-encrypted", "s3-encrypted"}
