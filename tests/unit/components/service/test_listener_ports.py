"""Two services cannot take the same listener port of one load balancer."""

from typing import Any

import pytest

from spot_planning.problems import ArgumentError
from spot_platform.service.arguments import ClusterReference, FargateSpotServiceArgs, LoadBalancerReference
from spot_platform.service.fargate_spot_service import FargateSpotService
from spot_platform.service.load_balancer import InternalLoadBalancer, InternalLoadBalancerArgs
from tests.recording import record

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/internal/50dc6c495c0c9188"
CLUSTER = ClusterReference(name="main", arn="arn:aws:ecs:eu-west-1:123456789012:cluster/main", event_namespace="main")


def service(name: str, load_balancer: LoadBalancerReference | None, **changes: Any) -> FargateSpotService:
    args: dict[str, Any] = {
        "account_id": "123456789012",
        "region": "eu-west-1",
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-a"],
        "cluster": CLUSTER,
        "load_balancer": load_balancer,
    }
    return FargateSpotService(name, FargateSpotServiceArgs(**args, **changes))


def written(arn: str = ARN) -> LoadBalancerReference:
    return LoadBalancerReference(arn=arn, security_group_id="sg-1")


def created(name: str = "inside") -> InternalLoadBalancer:
    return InternalLoadBalancer(name, InternalLoadBalancerArgs(vpc_id="vpc-1", subnet_ids=["subnet-a", "subnet-b"]))


REFUSED = (
    "FargateSpotService 'two': listener_port=80 is the port of service one; allowed: a port that no other service takes "
    "on this load balancer"
)


def test_the_second_service_on_a_port_is_refused() -> None:
    def program() -> list[str]:
        load_balancer = created()
        service("one", load_balancer.reference)
        with pytest.raises(ArgumentError) as raised:
            service("two", load_balancer.reference)
        return [str(raised.value)]

    recording = record(program)
    assert recording.result == [REFUSED]
    assert [r.name for r in recording.all("FargateSpotService")] == ["one"]


def test_an_existing_load_balancer_is_known_by_its_arn() -> None:
    def program() -> list[str]:
        service("one", written())
        with pytest.raises(ArgumentError) as raised:
            service("two", written())
        return [str(raised.value)]

    for _ in range(2):  # what one program has taken is nothing to the next
        assert record(program).result == [REFUSED]


def test_other_ports_other_load_balancers_and_workers_are_free() -> None:
    def program() -> None:
        load_balancer = created()
        service("one", load_balancer.reference)
        service("two", load_balancer.reference, listener_port=81)
        service("three", created("other").reference)
        service("four", written())
        service("five", written(f"{ARN}1"))
        service("six", None)
        service("seven", None)

    assert len(record(program).all("FargateSpotService")) == 7


def test_a_refused_service_takes_no_port() -> None:
    def program() -> None:
        with pytest.raises(ArgumentError):
            service("one", written(), cpu=1)
        service("two", written())

    assert [r.name for r in record(program).all("FargateSpotService")] == ["two"]
