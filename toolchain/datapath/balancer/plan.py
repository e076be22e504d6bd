"""Load balancers, listeners and target groups. Pure: rows of boto3 in, plans out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from toolchain.datapath.balancer.health import Check, matcher_of

NETWORK: Final = "network"
APPLICATION: Final = "application"
PLAYED_PROTOCOLS: Final = {NETWORK: "TCP", APPLICATION: "HTTP"}
NETWORK_IDLE_SECONDS: Final = 350
"""A Network Load Balancer's ("Update the TCP idle timeout for your Network Load Balancer listener")."""
APPLICATION_IDLE_SECONDS: Final = 60
"""An Application Load Balancer's ("Edit attributes for your Application Load Balancer")."""
DEREGISTRATION_SECONDS: Final = 300
CONDITIONS: Final = {"path-pattern": "PathPatternConfig", "host-header": "HostHeaderConfig"}
"""Fields of a rule's conditions that are played, with the key of their values."""


@dataclass(frozen=True)
class Action:
    """What a listener does with a connection or a request."""

    kind: str
    """``forward``, ``redirect`` or ``fixed-response``."""
    target_group: str = ""
    """ARN, for ``forward``."""
    status: int = 0
    """For the others."""
    text: str = ""
    """Location with placeholders, or body."""
    content_type: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule of a listener: all its conditions, each met by one of its values."""

    action: Action
    conditions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Field and patterns."""


@dataclass(frozen=True)
class Listener:
    """A listener that is played."""

    port: int
    rules: tuple[Rule, ...]
    """In the order in which they are tried; the last has no conditions."""


@dataclass(frozen=True)
class LoadBalancer:
    """A load balancer."""

    arn: str
    name: str
    kind: str
    dns_name: str
    security_groups: frozenset[str]
    subnets: tuple[str, ...]
    idle_seconds: int
    listeners: tuple[Listener, ...]

    def target_groups(self) -> tuple[str, ...]:
        """ARNs of the groups that it forwards to."""
        found = {rule.action.target_group for listener in self.listeners for rule in listener.rules}
        return tuple(sorted(found - {""}))


@dataclass(frozen=True)
class TargetGroup:
    """A target group."""

    arn: str
    kind: str
    """Of the load balancers that may forward to it."""
    check: Check
    deregistration_seconds: int
    ends_connections_of_deregistered: bool
    ends_connections_of_unhealthy: bool
    algorithm: str
    """HAProxy's."""


def load_balancer(row: Mapping[str, Any], attributes: Mapping[str, str], listeners: Sequence[Listener]) -> LoadBalancer:
    """A load balancer as DescribeLoadBalancers and DescribeLoadBalancerAttributes tell it."""
    kind = row["Type"]
    idle = int(attributes.get("idle_timeout.timeout_seconds", APPLICATION_IDLE_SECONDS))
    return LoadBalancer(
        arn=row["LoadBalancerArn"],
        name=row["LoadBalancerName"],
        kind=kind,
        dns_name=row["DNSName"],
        security_groups=frozenset(row.get("SecurityGroups", ())),
        subnets=tuple(zone["SubnetId"] for zone in row.get("AvailabilityZones", ()) if "SubnetId" in zone),
        idle_seconds=NETWORK_IDLE_SECONDS if kind == NETWORK else idle,
        listeners=tuple(listeners),
    )


def listener(
    kind: str, row: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]
) -> tuple[Listener | None, list[str]]:
    """A listener as DescribeListeners and DescribeRules tell it.

    Args:
        kind: Of its load balancer.
        row: The listener.
        rules: Its rules, where it has any; the default one may be among them.

    Returns:
        The listener, None when it is not played; and what is not played of it, one sentence each.
    """
    named = f"listener {row['Protocol']}:{row['Port']} of {row['LoadBalancerArn'].split('/')[-2]}"
    if row["Protocol"] != PLAYED_PROTOCOLS.get(kind):
        return None, [f"{named} is not played: only TCP of a Network and HTTP of an Application Load Balancer are"]
    unplayed: list[str] = []
    made: list[Rule] = []
    ordered = sorted((rule for rule in rules if not rule.get("IsDefault")), key=lambda rule: int(rule["Priority"]))
    default: Mapping[str, Any] = {"Actions": row["DefaultActions"], "Conditions": ()}
    for rule in (*ordered, default):
        action = _action(rule["Actions"])
        conditions = _conditions(rule["Conditions"])
        if action is None or conditions is None:
            unplayed.append(f"{named}: its rule {rule.get('Priority', 'default')} is not played")
        else:
            made.append(Rule(action, conditions))
    return Listener(int(row["Port"]), tuple(made)), unplayed


def target_group(row: Mapping[str, Any], attributes: Mapping[str, str]) -> TargetGroup:
    """A target group as DescribeTargetGroups and DescribeTargetGroupAttributes tell it."""
    kind = APPLICATION if row["Protocol"] in {"HTTP", "HTTPS"} else NETWORK
    healthy = int(row.get("HealthyThresholdCount", 5))
    port = str(row.get("HealthCheckPort", "traffic-port"))
    check = Check(
        protocol=row.get("HealthCheckProtocol", "TCP"),
        path=row.get("HealthCheckPath") or "/",
        port=int(port) if port.isdigit() else None,
        interval_seconds=float(row.get("HealthCheckIntervalSeconds", 30)),
        timeout_seconds=float(row.get("HealthCheckTimeoutSeconds", 10)),
        healthy_threshold=healthy,
        unhealthy_threshold=int(row.get("UnhealthyThresholdCount", 2)),
        initial_threshold=1 if kind == APPLICATION else healthy,
        matcher=matcher_of(row.get("Matcher", {}).get("HttpCode") or "200"),
    )
    ends = attributes.get("deregistration_delay.connection_termination.enabled", "false") == "true"
    unhealthy = attributes.get("target_health_state.unhealthy.connection_termination.enabled", "true") == "true"
    return TargetGroup(
        arn=row["TargetGroupArn"],
        kind=kind,
        check=check,
        deregistration_seconds=int(attributes.get("deregistration_delay.timeout_seconds", DEREGISTRATION_SECONDS)),
        # An Application Load Balancer ends them always ("Edit target group attributes", deregistration delay).
        ends_connections_of_deregistered=ends or kind == APPLICATION,
        ends_connections_of_unhealthy=unhealthy and kind == NETWORK,
        algorithm=_algorithm(kind, attributes),
    )


def _algorithm(kind: str, attributes: Mapping[str, str]) -> str:
    if kind == NETWORK:
        # A Network Load Balancer hashes the connection's addresses and ports: each new connection falls anywhere.
        sticky = attributes.get("stickiness.enabled") == "true"
        return "source" if sticky else "random(1)"
    by_type = {"least_outstanding_requests": "leastconn", "weighted_random": "random(1)"}
    return by_type.get(attributes.get("load_balancing.algorithm.type", ""), "roundrobin")


def _action(actions: Sequence[Mapping[str, Any]]) -> Action | None:
    """The last action, which answers; None when it, or one before it such as authentication, is not played."""
    if len(actions) != 1:
        return None
    action = actions[0]
    if action["Type"] == "forward":
        return _forward(action)
    if action["Type"] == "redirect":
        given = action["RedirectConfig"]
        parts = {
            "Protocol": "#{protocol}",
            "Host": "#{host}",
            "Port": "#{port}",
            "Path": "/#{path}",
            "Query": "#{query}",
        }
        protocol, host, port, path, query = (given.get(name) or default for name, default in parts.items())
        location = f"{protocol.lower()}://{host}:{port}{path}" + (f"?{query}" if query else "")
        return Action("redirect", status=int(given["StatusCode"].removeprefix("HTTP_")), text=location)
    if action["Type"] == "fixed-response":
        given = action["FixedResponseConfig"]
        return Action(
            "fixed-response",
            status=int(given["StatusCode"]),
            text=given.get("MessageBody") or "",
            content_type=given.get("ContentType") or "text/plain",
        )
    return None


def _forward(action: Mapping[str, Any]) -> Action | None:
    """One group, or the one with the whole weight; a split of the traffic is not played."""
    groups = action.get("ForwardConfig", {}).get("TargetGroups", ())
    weighted = [group["TargetGroupArn"] for group in groups if group.get("Weight", 1) > 0]
    if len(weighted) == 1:
        return Action("forward", target_group=weighted[0])
    if not groups and "TargetGroupArn" in action:
        return Action("forward", target_group=action["TargetGroupArn"])
    return None


def _conditions(conditions: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
    made: list[tuple[str, tuple[str, ...]]] = []
    for condition in conditions:
        field = condition["Field"]
        if field not in CONDITIONS:
            return None
        values = condition.get(CONDITIONS[field], {}).get("Values") or condition.get("Values") or ()
        made.append((field, tuple(values)))
    return tuple(made)
