"""What a stack decides: network."""

from enum import StrEnum

from spot_planning.declarations import Allowed, arguments, matching, setting
from spot_planning.monitoring.log_retention import LOG_RETENTION_DAYS
from spot_planning.network.vpc_endpoints import GATEWAY_SERVICES, is_interface_endpoint
from spot_planning.problems import listed

_INTERFACE_ENDPOINT = Allowed(
    f"a service as in com.amazonaws.<region>.<service>, such as ecr.api; {listed(GATEWAY_SERVICES)} always have a free "
    "gateway endpoint",
    is_interface_endpoint,
)


class Nat(StrEnum):
    """The way out of the private subnets: a NAT gateway in each zone, one for all, one instance, or none.

    A regional gateway is one resource that stands in every zone (Amazon VPC User Guide, "Regional NAT gateways for
    automatic multi-AZ expansion").
    """

    PER_AZ = "per-az"
    REGIONAL = "regional"
    SINGLE = "single"
    INSTANCE = "instance"
    NONE = "none"


class FlowLogDestination(StrEnum):
    """Where flow logs go: to CloudWatch Logs, or to a bucket of their own."""

    CLOUDWATCH = "cloudwatch"
    S3 = "s3"


@arguments
class VpcSettings:
    """The network: zones, subnets, the way out, and endpoints inside."""

    cidr_block: str = setting(
        default="10.0.0.0/16", allowed=Allowed("a private IPv4 range, /16 to /25, large enough for the zones")
    )
    """Address range, chosen once: AWS moves no database or cache to another network, so `up` refuses another range
    before it begins. Make another stack with it, and restore the data there from a backup."""
    nat: Nat = Nat.PER_AZ
    """Way out of the private subnets: a NAT gateway in each zone (37 USD a month each), a regional one (the same price
    for each zone; AWS chooses its addresses and may change them), one for all, one small instance (7 USD a month), or
    none, with interface endpoints only."""
    nat_instance_type: str = setting(
        default="t4g.nano",
        allowed=matching("[a-z][a-z0-9-]*\\.[a-z0-9-]+", "an arm64 (Graviton) EC2 instance type, such as t4g.nano"),
    )
    """Instance type for `nat: instance`."""
    interface_endpoints: list[str] = setting(default_factory=list[str], each=_INTERFACE_ENDPOINT)
    """AWS services reached through interface endpoints (7.30 USD a month each in each zone), which let through
    the account's own principals only."""
    ipv6: bool = False
    """Whether the network also has IPv6, with an egress-only gateway."""
    flow_log_retention_days: int = setting(default=30, allowed=LOG_RETENTION_DAYS)
    """Days that the network's flow logs are kept."""
    flow_log_destination: FlowLogDestination = FlowLogDestination.CLOUDWATCH
    """Where they go: to CloudWatch Logs, where they can be searched at once, or to a bucket, for half the price: 0.25
    USD per GB written, 0.023 per GB-month kept. A change deletes the logs so far."""
    flow_log_force_destroy: bool = False
    """Whether destroying the stack deletes a bucket with flow logs in it."""
