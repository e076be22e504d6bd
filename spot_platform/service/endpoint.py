"""The target group, the listener and the security group through which requests reach the tasks of a service."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.network.load_balancer import LoadBalancerKind
from spot_planning.service.capacity import UNHEALTHY_THRESHOLD, health_check_timeout_seconds
from spot_platform.component import Component, Transform
from spot_platform.service.arguments import FargateSpotServiceArgs, LoadBalancerReference

_ANY_IPV4 = "0.0.0.0/0"
_ANY_IPV6 = "::/0"


@dataclass(frozen=True, kw_only=True)
class ServiceEndpointTransforms:
    """Changes to the arguments of `ServiceEndpoint`'s resources."""

    target_group: Transform | None = None
    listener: Transform | None = None
    security_group: Transform | None = None
    security_group_rule: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceEndpointNodes:
    """The resources of `ServiceEndpoint`."""

    target_group: aws.lb.TargetGroup | None
    listener: aws.lb.Listener | None
    security_group: aws.ec2.SecurityGroup
    security_group_rules: list[pulumi.Resource]


class ServiceEndpoint(Component):
    """spot-platform:index:ServiceEndpoint: the connection between a load balancer and the tasks of a service.

    Makes: a target group of IP addresses, a listener that forwards to it, the tasks' security group with ingress from
    the load balancer only and egress to `egress_ports`, and the load balancer's egress rule to the tasks. A worker has
    only the security group, without ingress.

    Costs: nothing by itself; a network load balancer counts its connections (0.006 USD per NLCU-hour).

    Risks: between load balancer and task the traffic is plain HTTP inside the VPC. A task that gets SIGTERM fails its
    readiness check at once, so the target group does not close the connections of an unhealthy target, as a network
    load balancer does by default.
    """

    target_group_arn: pulumi.Output[str | None]
    """ARN of the target group; None for a worker."""
    target_group_arn_suffix: pulumi.Output[str]
    """The target group's name in CloudWatch, ``targetgroup/NAME/ID``; empty for a worker."""
    load_balancer_arn_suffix: pulumi.Output[str]
    """The load balancer's name in CloudWatch, ``net/NAME/ID``; empty for a worker."""
    listener_arn: pulumi.Output[str | None]
    """ARN of the listener; None for a worker."""
    security_group_id: pulumi.Output[str]
    """Id of the tasks' security group."""

    def __init__(
        self,
        name: str,
        args: FargateSpotServiceArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ServiceEndpointTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        self._transforms = transforms or ServiceEndpointTransforms()
        target_group, listener = None, None
        if args.load_balancer is not None:
            target_group = self._target_group(name, args, args.load_balancer)
            listener = self._listener(name, args, args.load_balancer, target_group)
        security_group = aws.ec2.SecurityGroup(
            name,
            description="Tasks of the service: requests from the load balancer only",
            vpc_id=args.vpc_id,
            # A rule in another group may refer to this group, and AWS does not delete a group that is referred to.
            revoke_rules_on_delete=True,
            tags={"Name": f"{name}-tasks"},
            opts=self.child(self._transforms.security_group),
        )
        self.nodes = ServiceEndpointNodes(
            target_group=target_group,
            listener=listener,
            security_group=security_group,
            security_group_rules=self._rules(name, args, security_group),
        )
        self.target_group_arn = pulumi.Output.from_input(None if target_group is None else target_group.arn)
        self.target_group_arn_suffix = pulumi.Output.from_input("" if target_group is None else target_group.arn_suffix)
        self.load_balancer_arn_suffix = pulumi.Output.from_input(
            "" if args.load_balancer is None else args.load_balancer.arn
        ).apply(lambda arn: arn.partition(":loadbalancer/")[2])
        self.listener_arn = pulumi.Output.from_input(None if listener is None else listener.arn)
        self.security_group_id = security_group.id
        self.finish()

    def _listener(
        self,
        name: str,
        args: FargateSpotServiceArgs,
        load_balancer: LoadBalancerReference,
        target_group: aws.lb.TargetGroup,
    ) -> aws.lb.Listener:
        return aws.lb.Listener(
            name,
            load_balancer_arn=load_balancer.arn,
            port=args.listener_port,
            protocol="TCP" if load_balancer.kind == LoadBalancerKind.NETWORK else "HTTP",
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=target_group.arn)],
            opts=self.child(self._transforms.listener),
        )

    def _target_group(
        self, name: str, args: FargateSpotServiceArgs, load_balancer: LoadBalancerReference
    ) -> aws.lb.TargetGroup:
        health_check = aws.lb.TargetGroupHealthCheckArgs(
            enabled=True,
            protocol="HTTP",
            port="traffic-port",
            path=args.health_check_path,
            matcher="200",
            interval=args.health_check_interval_seconds,
            timeout=health_check_timeout_seconds(args.health_check_interval_seconds),
            healthy_threshold=2,
            unhealthy_threshold=UNHEALTHY_THRESHOLD,
        )
        if load_balancer.kind == LoadBalancerKind.APPLICATION:
            return aws.lb.TargetGroup(
                name,
                vpc_id=args.vpc_id,
                port=args.container_port,
                protocol="HTTP",
                target_type="ip",
                health_check=health_check,
                deregistration_delay=args.deregistration_delay_seconds,
                # Spot tasks are replaced at any time, and a new, cold task should not get an equal share at once.
                load_balancing_algorithm_type="least_outstanding_requests",
                tags={"Name": name},
                opts=self.child(self._transforms.target_group),
            )
        return aws.lb.TargetGroup(
            name,
            vpc_id=args.vpc_id,
            port=args.container_port,
            protocol="TCP",
            target_type="ip",
            health_check=health_check,
            deregistration_delay=args.deregistration_delay_seconds,
            # Amazon ECS sends SIGTERM only after the target is deregistered. With termination, the load balancer would
            # close API Gateway's keep-alive connections, with requests on them, before the application gets SIGTERM.
            connection_termination=False,
            # Behind a VPC link every client has an address of the load balancer in any case.
            preserve_client_ip="false",
            target_health_states=[
                aws.lb.TargetGroupTargetHealthStateArgs(
                    enable_unhealthy_connection_termination=False,
                    unhealthy_draining_interval=args.stop_timeout_seconds,
                )
            ],
            tags={"Name": name},
            opts=self.child(self._transforms.target_group),
        )

    def _rules(
        self, name: str, args: FargateSpotServiceArgs, security_group: aws.ec2.SecurityGroup
    ) -> list[pulumi.Resource]:
        port = args.container_port
        options = self.child(self._transforms.security_group_rule)
        rules: list[pulumi.Resource] = []
        if args.load_balancer is not None:
            rules += [
                aws.vpc.SecurityGroupIngressRule(
                    f"{name}-from-load-balancer",
                    description="Requests and health checks from the load balancer",
                    security_group_id=security_group.id,
                    referenced_security_group_id=args.load_balancer.security_group_id,
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    opts=options,
                ),
                aws.vpc.SecurityGroupEgressRule(
                    f"{name}-to-tasks",
                    description="Requests and health checks to the tasks",
                    security_group_id=args.load_balancer.security_group_id,
                    referenced_security_group_id=security_group.id,
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    opts=options,
                ),
            ]
        ranges = {"ipv4": _ANY_IPV4, **({"ipv6": _ANY_IPV6} if args.ipv6 else {})}
        rules += [
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-to-{egress_port}-{family}",
                description="AWS APIs and services on the internet",
                security_group_id=security_group.id,
                cidr_ipv4=cidr if family == "ipv4" else None,
                cidr_ipv6=cidr if family == "ipv6" else None,
                ip_protocol="tcp",
                from_port=egress_port,
                to_port=egress_port,
                opts=options,
            )
            for egress_port in args.egress_ports
            for family, cidr in ranges.items()
        ]
        return rules
