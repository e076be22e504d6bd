"""The internal load balancer."""

from collections.abc import Iterator
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments
from spot_planning.names.reserved_prefixes import LOAD_BALANCER_PREFIXES, SECURITY_GROUP_PREFIXES, name_problems
from spot_planning.network.load_balancer import LoadBalancerKind
from spot_planning.problems import Problem
from spot_platform.component import Component, Transform, check
from spot_platform.service.arguments import LoadBalancerReference


@arguments
class InternalLoadBalancerArgs:
    """Arguments of `InternalLoadBalancer`."""

    kind: LoadBalancerKind = LoadBalancerKind.NETWORK
    """``network``, which a REST API reaches through a VPC link of version 1 or 2, or ``application``, through version
    2."""
    vpc_id: pulumi.Input[str]
    """Id of the VPC."""
    subnet_ids: pulumi.Input[list[str]]
    """Private subnets, one for each zone; an application load balancer needs two zones."""
    deletion_protection: bool = True
    """Whether AWS refuses to delete the load balancer until this is turned off."""
    access_logs_bucket: pulumi.Input[str] | None = None
    """The bucket for access logs; None for no logs. Its policy must allow Elastic Load Balancing. A network load
    balancer logs only requests to TLS listeners. The bucket of an application load balancer must be encrypted with
    SSE-S3."""
    access_logs_prefix: str | None = None
    """Prefix of the access logs' keys; None for no prefix."""


@dataclass(frozen=True, kw_only=True)
class InternalLoadBalancerTransforms:
    """Changes to the arguments of `InternalLoadBalancer`'s resources."""

    load_balancer: Transform | None = None
    security_group: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class InternalLoadBalancerNodes:
    """The resources of `InternalLoadBalancer`."""

    load_balancer: aws.lb.LoadBalancer
    security_group: aws.ec2.SecurityGroup


class InternalLoadBalancer(Component):
    """spot-platform:index:InternalLoadBalancer: a load balancer that only the VPC and its VPC links reach.

    Makes: the load balancer, with cross-zone load balancing and without listeners, and its security group without
    rules. Other components add the rules: the service adds egress to its tasks, and an API adds ingress from its VPC
    link of version 2.

    Costs: 0.0225 USD an hour (16 USD a month), and 0.006 (network) or 0.008 USD (application) per capacity unit and
    hour; a network load balancer's traffic across zones 0.01 USD per GB each way.

    Risks: a network load balancer cannot get its first security group later, so it is created with a security group.
    Its rules do not apply to traffic of VPC links of version 1 (PrivateLink), which API Gateway's resource policy, keys
    and WAF protect instead. Targets see the load balancer's addresses as client addresses. A network load balancer goes
    on sending new connections to a deregistered target for some time, so the service must drain longer.
    """

    arn: pulumi.Output[str]
    """The load balancer's ARN."""
    arn_suffix: pulumi.Output[str]
    """The end of the ARN, which is the load balancer's name in CloudWatch."""
    dns_name: pulumi.Output[str]
    """The host name, which resolves to private addresses."""
    zone_id: pulumi.Output[str]
    """The hosted zone of the host name, for alias records."""
    security_group_id: pulumi.Output[str]
    """Id of the load balancer's security group, for ingress and egress rules."""

    def __init__(
        self,
        name: str,
        args: InternalLoadBalancerArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: InternalLoadBalancerTransforms | None = None,
    ) -> None:
        check(InternalLoadBalancer, name, args, further=_problems(name, args))
        super().__init__(name, opts)
        transforms = transforms or InternalLoadBalancerTransforms()
        self._kind = args.kind
        is_network = args.kind == LoadBalancerKind.NETWORK

        security_group = aws.ec2.SecurityGroup(
            name,
            vpc_id=args.vpc_id,
            description=f"Internal {args.kind} load balancer",
            tags={"Name": name},
            opts=self.child(transforms.security_group),
        )
        load_balancer = aws.lb.LoadBalancer(
            name,
            load_balancer_type=args.kind,
            internal=True,
            subnets=args.subnet_ids,
            security_groups=[security_group.id],
            # A VPC link of version 1 (PrivateLink) sends from addresses of API Gateway that no rule could name.
            enforce_security_group_inbound_rules_on_private_link_traffic="off" if is_network else None,
            enable_cross_zone_load_balancing=True,
            # Application Recovery Controller can then shift traffic away from a failing zone.
            enable_zonal_shift=True,
            enable_deletion_protection=args.deletion_protection,
            drop_invalid_header_fields=None if is_network else True,
            desync_mitigation_mode=None if is_network else "defensive",
            access_logs=None
            if args.access_logs_bucket is None
            else aws.lb.LoadBalancerAccessLogsArgs(
                bucket=args.access_logs_bucket, prefix=args.access_logs_prefix, enabled=True
            ),
            tags={"Name": name},
            opts=self.child(transforms.load_balancer),
        )

        self.nodes = InternalLoadBalancerNodes(load_balancer=load_balancer, security_group=security_group)
        self.arn = load_balancer.arn
        self.arn_suffix = load_balancer.arn_suffix
        self.dns_name = load_balancer.dns_name
        self.zone_id = load_balancer.zone_id
        self.security_group_id = security_group.id
        self.finish()

    @property
    def reference(self) -> LoadBalancerReference:
        """The reference to the load balancer that services need."""
        return LoadBalancerReference(kind=self._kind, arn=self.arn, security_group_id=self.security_group_id)


def _problems(name: str, args: InternalLoadBalancerArgs) -> Iterator[Problem]:
    yield from name_problems(name, (*LOAD_BALANCER_PREFIXES, *SECURITY_GROUP_PREFIXES))
    if args.access_logs_prefix is not None and args.access_logs_bucket is None:
        yield Problem(("access_logs_prefix",), "needs access_logs_bucket")
