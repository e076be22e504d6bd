"""Makes plans of load balancers, listeners and target groups from boto3's responses. It has no side effects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from toolchain.datapath.balancer.health import Check, matcher_of

NETWORK: Final = "network"
APPLICATION: Final = "application"
PLAYED_PROTOCOLS: Final = {NETWORK: "TCP", APPLICATION: "HTTP"}
NETWORK_IDLE_SECONDS: Final = 350
"""Network Load Balancer's idle timeout ("Update the TCP idle timeout for your Network Load Balancer listener")."""
APPLICATION_IDLE_SECONDS: Final = 60
"""Application Load Balancer's default idle timeout ("Edit attributes for your Application Load Balancer")."""
DEREGISTRATION_SECONDS: Final = 300
CROSS_ZONE: Final = "load_balancing.cross_zone.enabled"
CONDITIONS: Final = {"path-pattern": "PathPatternConfig", "host-header": "HostHeaderConfig"}
"""Supported fields of a rule's conditions -> key of their values in the response."""


@dataclass(frozen=True)
class Action:
    """The action of a listener on a connection or a request."""

    kind: str
    """``forward``, ``redirect`` or ``fixed-response``."""
    target_group: str = ""
    """ARN of the target group, for ``forward``."""
    status: int = 0
    """HTTP status, for ``redirect`` and ``fixed-response``."""
    text: str = ""
    """Location with placeholders, for ``redirect``; body, for ``fixed-response``."""
    content_type: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule of a listener. It matches if all conditions match; a condition matches if one of its patterns does."""

    action: Action
    conditions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Field and patterns of each condition."""


@dataclass(frozen=True)
class Listener:
    """A listener that the data path runs."""

    port: int
    rules: tuple[Rule, ...]
    """Supported rules in order of evaluation. The default rule is the last and has no conditions."""


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
    crosses_zones: bool
    """Whether it balances across zones, unless the target group says otherwise."""
    drops_invalid_headers: bool
    """Whether it drops request headers whose names have other characters than letters, digits and hyphens."""
    listeners: tuple[Listener, ...]

    def target_groups(self) -> tuple[str, ...]:
        """Return the ARNs of the target groups that its rules forward to."""
        found = {rule.action.target_group for listener in self.listeners for rule in listener.rules}
        return tuple(sorted(found - {""}))


@dataclass(frozen=True)
class TargetGroup:
    """A target group."""

    arn: str
    kind: str
    """Kind of the load balancers that may forward to it: `NETWORK` or `APPLICATION`."""
    check: Check
    deregistration_seconds: int
    ends_connections_of_deregistered: bool
    ends_connections_of_unhealthy: bool
    algorithm: str
    """HAProxy's name of the load balancing algorithm."""
    crosses_zones: bool | None
    """Whether its load balancer balances across zones; None if the load balancer's own attribute decides."""
    sends_proxy_protocol: bool
    """Whether each connection to a target begins with a header of proxy protocol version 2."""


def load_balancer(row: Mapping[str, Any], attributes: Mapping[str, str], listeners: Sequence[Listener]) -> LoadBalancer:
    """Make a load balancer from the responses of DescribeLoadBalancers and DescribeLoadBalancerAttributes."""
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
        crosses_zones=kind == APPLICATION or attributes.get(CROSS_ZONE) == "true",
        drops_invalid_headers=attributes.get("routing.http.drop_invalid_header_fields.enabled") == "true",
        listeners=tuple(listeners),
    )


def listener(
    kind: str, row: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]
) -> tuple[Listener | None, list[str]]:
    """Make a listener from the responses of DescribeListeners and DescribeRules.

    Args:
        kind: Kind of its load balancer.
        row: The listener's item in the response.
        rules: The listener's rules; empty for none. The default rule may be included.

    Returns:
        The listener, or None if it is not supported; and a sentence for each thing that is not supported.
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
    """Make a target group from the responses of DescribeTargetGroups and DescribeTargetGroupAttributes."""
    kind = APPLICATION if row["Protocol"] in {"HTTP", "HTTPS"} else NETWORK
    healthy = int(row.get("HealthyThresholdCount", 5))
    sends_proxy_protocol = kind == NETWORK and attributes.get("proxy_protocol_v2.enabled") == "true"
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
        sends_proxy_protocol=sends_proxy_protocol,
    )
    ends = attributes.get("deregistration_delay.connection_termination.enabled", "false") == "true"
    unhealthy = attributes.get("target_health_state.unhealthy.connection_termination.enabled", "true") == "true"
    return TargetGroup(
        arn=row["TargetGroupArn"],
        kind=kind,
        check=check,
        deregistration_seconds=int(attributes.get("deregistration_delay.timeout_seconds", DEREGISTRATION_SECONDS)),
        # An Application Load Balancer always closes them ("Edit target group attributes", deregistration delay).
        ends_connections_of_deregistered=ends or kind == APPLICATION,
        ends_connections_of_unhealthy=unhealthy and kind == NETWORK,
        algorithm=_algorithm(kind, attributes),
        crosses_zones={"true": True, "false": False}.get(attributes.get(CROSS_ZONE, "")),
        sends_proxy_protocol=sends_proxy_protocol,
    )


def crosses_zones(balancer: LoadBalancer, group: TargetGroup) -> bool:
    """Check whether a load balancer balances across zones when it forwards to a target group."""
    return balancer.crosses_zones if group.crosses_zones is None else group.crosses_zones


def _algorithm(kind: str, attributes: Mapping[str, str]) -> str:
    if kind == NETWORK:
        # A Network Load Balancer hashes the connection's addresses and ports: a new connection can get any target.
        sticky = attributes.get("stickiness.enabled") == "true"
        return "source" if sticky else "random(1)"
    by_type = {"least_outstanding_requests": "leastconn", "weighted_random": "random(1)"}
    return by_type.get(attributes.get("load_balancing.algorithm.type", ""), "roundrobin")


def _action(actions: Sequence[Mapping[str, Any]]) -> Action | None:
    """Make the action of a rule; None if its kind is not supported, or if it has more actions, as authentication."""
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
    """Make a forward to the only group with a weight; None for several groups, because weights are not supported."""
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
