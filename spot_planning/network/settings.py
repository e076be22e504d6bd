"""Settings of the network."""

from enum import StrEnum

from spot_planning.declarations import Allowed, arguments, matching, setting
from spot_planning.monitoring.log_retention import LOG_RETENTION_DAYS
from spot_planning.network.nat import is_arm64_instance_type
from spot_planning.network.vpc_endpoints import GATEWAY_SERVICES, is_interface_endpoint
from spot_planning.problems import listed

_INTERFACE_ENDPOINT = Allowed(
    f"a service as in com.amazonaws.<region>.<service>, such as ecr.api; {listed(GATEWAY_SERVICES)} always have a free "
    "gateway endpoint",
    is_interface_endpoint,
)

ARM64_INSTANCE_TYPE = Allowed("an arm64 (Graviton) EC2 instance type, such as t4g.nano", is_arm64_instance_type)


class Nat(StrEnum):
    """How the private subnets reach the internet: NAT gateways (per zone, regional or single), a NAT instance, or none.

    A regional gateway is one resource that works in every zone (Amazon VPC User Guide, "Regional NAT gateways for
    automatic multi-AZ expansion").
    """

    PER_AZ = "per-az"
    REGIONAL = "regional"
    SINGLE = "single"
    INSTANCE = "instance"
    NONE = "none"


class FlowLogDestination(StrEnum):
    """Destination of flow logs: CloudWatch Logs, or a separate bucket."""

    CLOUDWATCH = "cloudwatch"
    S3 = "s3"


@arguments
class EgressSettings:
    """The network's address range, and how traffic leaves it."""

    cidr_block: str = setting(
        default="10.0.0.0/16", allowed=Allowed("a private IPv4 range, /16 to /25, large enough for the zones")
    )
    """Address range. It cannot be changed later: AWS does not move a database or cache to another network, so `up`
    refuses another range before it begins. To change it, create another stack and restore the data there from a
    backup."""
    nat: Nat = Nat.PER_AZ
    """How the private subnets reach the internet: a NAT gateway in each zone (37 USD a month each), a regional NAT
    gateway (the same price for each zone; AWS chooses its addresses and may change them), a single NAT gateway for all
    zones, a small NAT instance (7 USD a month), or none, with interface endpoints only."""
    nat_instance_type: str = setting(
        default="t4g.nano",
        allowed=matching("[a-z][a-z0-9-]*\\.[a-z0-9-]+", ARM64_INSTANCE_TYPE.text),
    )
    """Instance type for `nat: instance`."""
    ipv6: bool = False
    """Whether the network also has IPv6, with an egress-only internet gateway."""


@arguments
class VpcEndpointsSettings:
    """VPC endpoints."""

    interface_endpoints: list[str] = setting(default_factory=list[str], each=_INTERFACE_ENDPOINT)
    """AWS services that are reached through interface endpoints (7.30 USD a month each in each zone). The endpoints'
    policies allow only principals of this account."""


@arguments
class VpcFlowLogsSettings:
    """Flow logs."""

    flow_log_retention_days: int = setting(default=30, allowed=LOG_RETENTION_DAYS)
    """Days that the network's flow logs are kept."""
    flow_log_destination: FlowLogDestination = FlowLogDestination.CLOUDWATCH
    """Destination of the flow logs: CloudWatch Logs, where they can be searched at once, or a bucket, for half the
    price: 0.25 USD per GB written, 0.023 per GB-month kept. A change deletes the existing flow logs."""
    flow_log_force_destroy: bool = False
    """Whether destroying the stack deletes a bucket with flow logs in it."""


@arguments
class VpcSettings(VpcFlowLogsSettings, VpcEndpointsSettings, EgressSettings):
    """The network: zones, subnets, NAT and VPC endpoints."""
