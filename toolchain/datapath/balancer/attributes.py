"""Names the attributes of load balancers and target groups that the data path does not play.

Sources of the names and defaults: "LoadBalancerAttribute" and "TargetGroupAttribute" (Elastic Load Balancing API
Reference).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_SEEN: Final = "a target sees 127.0.0.1"
_ONE_ADDRESS: Final = "a load balancer has one address here"
_DNS: Final = "target_group_health.dns_failover.minimum_healthy_targets"
_ROUTING: Final = "target_group_health.unhealthy_state_routing.minimum_healthy_targets"

_OF_GROUPS: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "preserve_client_ip.enabled": (frozenset({"false"}), _SEEN),
    "slow_start.duration_seconds": (frozenset({"0"}), ""),
    "load_balancing.algorithm.anomaly_mitigation": (frozenset({"off"}), ""),
    f"{_DNS}.count": (frozenset({"1", "off"}), ""),
    f"{_DNS}.percentage": (frozenset({"off"}), ""),
    f"{_ROUTING}.count": (frozenset({"1"}), ""),
    f"{_ROUTING}.percentage": (frozenset({"off"}), ""),
}
"""Attribute of a target group -> values that ask for nothing, and what happens instead with another value."""

_OF_BALANCERS: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "access_logs.s3.enabled": (frozenset({"false"}), ""),
    "client_keep_alive.seconds": (frozenset({"3600"}), "only the idle timeout ends a connection"),
    "connection_logs.s3.enabled": (frozenset({"false"}), ""),
    "health_check_logs.s3.enabled": (frozenset({"false"}), ""),
    "dns_record.client_routing_policy": (frozenset({"any_availability_zone"}), _ONE_ADDRESS),
    "routing.http.desync_mitigation_mode": (frozenset({"defensive"}), ""),
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": (frozenset({"false"}), ""),
    "routing.http.xff_client_port.enabled": (frozenset({"false"}), ""),
    "routing.http.xff_header_processing.mode": (frozenset({"append"}), ""),
}
"""Attribute of a load balancer -> as above."""


def unplayed_by_group(row: Mapping[str, Any], attributes: Mapping[str, str]) -> list[str]:
    """Return one sentence for each attribute of a target group that is not played.

    Args:
        row: The group's item in the response of DescribeTargetGroups.
        attributes: Its attributes.
    """
    sentences = list(_sentences(f"target group {row['TargetGroupName']}", attributes, _OF_GROUPS))
    kind = attributes.get("stickiness.type", "")
    if attributes.get("stickiness.enabled") == "true" and kind.endswith("_cookie"):
        named = f"target group {row['TargetGroupName']}: stickiness.type={kind}"
        sentences.append(f"{named} is not played: every request can get any target")
    return sentences


def unplayed_by_balancer(row: Mapping[str, Any], attributes: Mapping[str, str]) -> list[str]:
    """Return one sentence for each attribute of a load balancer that is not played.

    Args:
        row: The load balancer's item in the response of DescribeLoadBalancers.
        attributes: Its attributes.
    """
    return list(_sentences(f"load balancer {row['LoadBalancerName']}", attributes, _OF_BALANCERS))


def _sentences(
    named: str, attributes: Mapping[str, str], known: Mapping[str, tuple[frozenset[str], str]]
) -> Iterator[str]:
    for attribute, value in attributes.items():
        asks_for_nothing, instead = known.get(attribute, (frozenset({value}), ""))
        if value not in asks_for_nothing:
            yield f"{named}: {attribute}={value} is not played" + (f": {instead}" if instead else "")
