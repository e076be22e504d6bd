"""How requests reach the tasks of a service: target group, listener and security group."""

from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from spot_planning.service.capacity import StopPlan
from spot_platform.component import Component, Transform

_ANY_IPV4 = "0.0.0.0/0"
_ANY_IPV6 = "::/0"


@dataclass(kw_only=True)
class ServiceEndpointArgs:
    """Arguments of `ServiceEndpoint`."""

    vpc_id: pulumi.Input[str]
    """The VPC of the tasks."""
    load_balancer_arn: pulumi.Input[str]
    """The load balancer that gets a listener."""
    load_balancer_kind: str = "network"
    """``network`` or ``application``."""
    load_balancer_security_group_id: pulumi.Input[str]
    """The load balancer's security group, which gets a way out to the tasks."""
    container_port: int = 3333
    """The port that the container listens on."""
    listener_port: int = 80
    """The port that the load balancer listens on."""
    health_check_path: str = "/health/ready"
    """The path that answers 200 while a task can serve."""
    health_check_interval_seconds: int = 10
    """Seconds between two health checks."""
    health_check_timeout_seconds: int = 5
    """Seconds that a health check may take."""
    unhealthy_threshold: int = 2
    """Failed health checks in a row after which a task gets nothing new."""
    deregistration_delay_seconds: int = 115
    """Seconds that a deregistered task keeps its connections."""
    stop_timeout_seconds: int = 115
    """Seconds that a stopping task lives on; an unhealthy one keeps its connections as long."""
    egress_ports: list[int] = field(default_factory=lambda: [443])
    """TCP ports that the tasks may reach anywhere."""
    ipv6: bool = False
    """Whether the tasks may reach those ports over IPv6 too."""


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

    target_group: aws.lb.TargetGroup
    listener: aws.lb.Listener
    security_group: aws.ec2.SecurityGroup
    security_group_rules: list[pulumi.Resource]


class ServiceEndpoint(Component):
    """spot-platform:index:ServiceEndpoint: what stands between a load balancer and the tasks of a service.

    Makes: a target group of IP addresses, a listener that forwards to it, the tasks' security group with ingress from
    the load balancer alone and egress to the given ports, and the load balancer's egress to the tasks.

    Costs: nothing by itself; a network load balancer counts its connections (0.006 USD per NLCU-hour).

    Risks: between load balancer and task the traffic is plain HTTP inside the VPC. A task that is told to stop fails
    its readiness check at once, so the target group is set up not to cut the connections of an unhealthy target, which
    a network load balancer does by default.
    """

    target_group_arn: pulumi.Output[str]
    """The target group."""
    target_group_arn_suffix: pulumi.Output[str]
    """The target group as CloudWatch names it: ``targetgroup/NAME/ID``."""
    load_balancer_arn_suffix: pulumi.Output[str]
    """The load balancer as CloudWatch names it: ``net/NAME/ID``."""
    listener_arn: pulumi.Output[str]
    """The listener."""
    security_group_id: pulumi.Output[str]
    """The security group of the tasks."""

    def __init__(
        self,
        name: str,
        args: ServiceEndpointArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ServiceEndpointTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        self._transforms = transforms or ServiceEndpointTransforms()
        target_group = self._target_group(name, args)
        listener = aws.lb.Listener(
            name,
            load_balancer_arn=args.load_balancer_arn,
            port=args.listener_port,
            protocol="TCP" if args.load_balancer_kind == "network" else "HTTP",
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=target_group.arn)],
            opts=self.child(self._transforms.listener),
        )
        security_group = aws.ec2.SecurityGroup(
            name,
            description="Tasks of the service: requests from the load balancer only",
            vpc_id=args.vpc_id,
            # A rule in another group may point here, and AWS deletes no group that is pointed at.
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
        self.target_group_arn = target_group.arn
        self.target_group_arn_suffix = target_group.arn_suffix
        self.load_balancer_arn_suffix = pulumi.Output.from_input(args.load_balancer_arn).apply(
            lambda arn: arn.partition(":loadbalancer/")[2]
        )
        self.listener_arn = listener.arn
        self.security_group_id = security_group.id
        self.register_outputs(
            {
                "target_group_arn": self.target_group_arn,
                "target_group_arn_suffix": self.target_group_arn_suffix,
                "load_balancer_arn_suffix": self.load_balancer_arn_suffix,
                "listener_arn": self.listener_arn,
                "security_group_id": self.security_group_id,
            }
        )

    def _target_group(self, name: str, args: ServiceEndpointArgs) -> aws.lb.TargetGroup:
        health_check = aws.lb.TargetGroupHealthCheckArgs(
            enabled=True,
            protocol="HTTP",
            port="traffic-port",
            path=args.health_check_path,
            matcher="200",
            interval=args.health_check_interval_seconds,
            timeout=args.health_check_timeout_seconds,
            healthy_threshold=2,
            unhealthy_threshold=args.unhealthy_threshold,
        )
        if args.load_balancer_kind == "application":
            return aws.lb.TargetGroup(
                name,
                vpc_id=args.vpc_id,
                port=args.container_port,
                protocol="HTTP",
                target_type="ip",
                health_check=health_check,
                deregistration_delay=args.deregistration_delay_seconds,
                # Spot replaces tasks at any time; a new, cold task should not get an equal share at once.
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
            # What is still open after the delay belongs to a task that is gone.
            connection_termination=True,
            # Behind a VPC link every client has an address of the load balancer anyhow.
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
        self, name: str, args: ServiceEndpointArgs, security_group: aws.ec2.SecurityGroup
    ) -> list[pulumi.Resource]:
        port = args.container_port
        options = self.child(self._transforms.security_group_rule)
        rules: list[pulumi.Resource] = [
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-from-load-balancer",
                description="Requests and health checks from the load balancer",
                security_group_id=security_group.id,
                referenced_security_group_id=args.load_balancer_security_group_id,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                opts=options,
            ),
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-to-tasks",
                description="Requests and health checks to the tasks",
                security_group_id=args.load_balancer_security_group_id,
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


def endpoint_timing(stop: StopPlan) -> dict[str, int]:
    """The part of a stop plan that the target group has to keep, as arguments of `ServiceEndpointArgs`."""
    return {
        "health_check_interval_seconds": stop.health_check_interval_seconds,
        "health_check_timeout_seconds": stop.health_check_timeout_seconds,
        "unhealthy_threshold": stop.unhealthy_threshold,
        "deregistration_delay_seconds": stop.deregistration_delay_seconds,
        "stop_timeout_seconds": stop.stop_timeout_seconds,
    }
