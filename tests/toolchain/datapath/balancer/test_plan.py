"""HAProxy's configuration, made from boto3's descriptions of load balancers."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolchain.datapath.balancer.attributes import unplayed_by_balancer, unplayed_by_group
from toolchain.datapath.balancer.configuration import Server, backend, configuration, quoted
from toolchain.datapath.balancer.haproxy import program
from toolchain.datapath.balancer.plan import (
    Listener,
    LoadBalancer,
    TargetGroup,
    crosses_zones,
    listener,
    load_balancer,
    target_group,
)

GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef"
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/web/0123"


def balancer_row(kind: str) -> dict[str, Any]:
    return {"LoadBalancerArn": BALANCER, "LoadBalancerName": "web", "DNSName": "web.example", "Type": kind}


def group_row(protocol: str) -> dict[str, Any]:
    return {"TargetGroupArn": GROUP, "Protocol": protocol, "HealthCheckProtocol": protocol}


def listener_row(protocol: str, *actions: dict[str, Any]) -> dict[str, Any]:
    return {"LoadBalancerArn": BALANCER, "Port": 80, "Protocol": protocol, "DefaultActions": actions or (FORWARD,)}


FORWARD = {"Type": "forward", "TargetGroupArn": GROUP}


def made(kind: str, protocol: str, attributes: dict[str, str]) -> tuple[LoadBalancer, TargetGroup]:
    one, unplayed = listener(kind, listener_row(protocol), ())
    assert unplayed == []
    assert isinstance(one, Listener)
    return load_balancer(balancer_row(kind), attributes, [one]), target_group(group_row(protocol), attributes)


def test_a_network_load_balancer_passes_connections_on() -> None:
    balancer, group = made("network", "TCP", {"deregistration_delay.timeout_seconds": "115"})
    assert group.deregistration_seconds == 115
    assert not group.ends_connections_of_deregistered
    assert group.ends_connections_of_unhealthy
    text = configuration(balancer, {GROUP: group}, {80: 7}, "admin", {GROUP: [Server("a-1", 4000, is_ready=False)]})
    assert "mode tcp" in text
    assert "timeout client 350s" in text
    assert "bind fd@7" in text
    assert f"backend {backend(GROUP)}\n    balance random(1)\n    server a-1 127.0.0.1:4000 weight 1 disabled\n" in text


@pytest.mark.parametrize(
    ("attributes", "line"),
    [
        ({}, "balance roundrobin"),
        ({"load_balancing.algorithm.type": "least_outstanding_requests"}, "balance leastconn"),
        ({"idle_timeout.timeout_seconds": "75"}, "timeout client 75s"),
    ],
)
def test_attributes_of_an_application_load_balancer_hold(attributes: dict[str, str], line: str) -> None:
    balancer, group = made("application", "HTTP", attributes)
    assert line in configuration(balancer, {GROUP: group}, {80: 7}, "admin", {})
    assert group.ends_connections_of_deregistered


@pytest.mark.parametrize(
    ("kind", "of_balancer", "of_group", "expected"),
    [
        ("network", {}, {}, False),
        ("network", {"load_balancing.cross_zone.enabled": "true"}, {}, True),
        (
            "network",
            {"load_balancing.cross_zone.enabled": "true"},
            {"load_balancing.cross_zone.enabled": "false"},
            False,
        ),
        ("network", {}, {"load_balancing.cross_zone.enabled": "true"}, True),
        ("application", {}, {"load_balancing.cross_zone.enabled": "use_load_balancer_configuration"}, True),
        ("application", {}, {"load_balancing.cross_zone.enabled": "false"}, False),
    ],
)
def test_the_target_group_decides_on_zones_before_the_load_balancer(
    kind: str, of_balancer: dict[str, str], of_group: dict[str, str], expected: bool
) -> None:
    protocol = "TCP" if kind == "network" else "HTTP"
    balancer, _ = made(kind, protocol, of_balancer)
    assert crosses_zones(balancer, target_group(group_row(protocol), of_group)) is expected


def test_what_is_not_played_is_said() -> None:
    one, unplayed = listener("network", listener_row("TLS"), ())
    assert one is None
    assert "listener TLS:80 of web is not played" in unplayed[0]
    weighted = {
        "Type": "forward",
        "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": arn, "Weight": 1} for arn in (GROUP, f"{GROUP}2")]},
    }
    conditions = [{"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}}]
    rules = [
        {"Priority": "2", "Conditions": [], "Actions": [weighted]},
        {"Priority": "1", "Conditions": conditions, "Actions": [FORWARD]},
        {"Priority": "default", "IsDefault": True, "Conditions": [], "Actions": [FORWARD]},
    ]
    one, unplayed = listener("application", listener_row("HTTP"), rules)
    assert one is not None
    assert len(one.rules) == 1
    assert [line.split(": ")[1] for line in unplayed] == ["its rule 1 is not played", "its rule 2 is not played"]


def test_attributes_that_are_not_played_are_said() -> None:
    asked = {
        "preserve_client_ip.enabled": "true",
        "proxy_protocol_v2.enabled": "true",
        "slow_start.duration_seconds": "30",
        "load_balancing.cross_zone.enabled": "false",
        "target_group_health.dns_failover.minimum_healthy_targets.count": "2",
    }
    group = {"TargetGroupArn": GROUP, "TargetGroupName": "web", "Protocol": "TCP"}
    assert unplayed_by_group(group, asked) == [
        "target group web: preserve_client_ip.enabled=true is not played: a target sees 127.0.0.1",
        "target group web: slow_start.duration_seconds=30 is not played",
        "target group web: target_group_health.dns_failover.minimum_healthy_targets.count=2 is not played",
    ]
    sticky = {"stickiness.enabled": "true", "stickiness.type": "source_ip"}
    assert unplayed_by_group(group, sticky) == []
    assert unplayed_by_group({**group, "Protocol": "HTTP"}, sticky | {"stickiness.type": "lb_cookie"}) == [
        "target group web: stickiness.type=lb_cookie is not played: every request can get any target"
    ]
    kept = {"access_logs.s3.enabled": "true", "load_balancing.cross_zone.enabled": "false"}
    assert unplayed_by_balancer(balancer_row("network"), kept) == [
        "load balancer web: access_logs.s3.enabled=true is not played"
    ]
    kept["routing.http.xff_header_processing.mode"] = "preserve"
    assert unplayed_by_balancer(balancer_row("application"), kept)[1:] == [
        "load balancer web: routing.http.xff_header_processing.mode=preserve is not played"
    ]


def test_attributes_of_the_platform_itself_are_played() -> None:
    group = {
        "deregistration_delay.timeout_seconds": "115",
        "deregistration_delay.connection_termination.enabled": "false",
        "preserve_client_ip.enabled": "false",
        "proxy_protocol_v2.enabled": "false",
        "stickiness.enabled": "false",
        "stickiness.type": "source_ip",
        "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
        "load_balancing.algorithm.type": "least_outstanding_requests",
        "slow_start.duration_seconds": "0",
        "target_health_state.unhealthy.connection_termination.enabled": "false",
        "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    }
    assert unplayed_by_group({"TargetGroupName": "web", "Protocol": "TCP"}, group) == []
    balancer = {
        "access_logs.s3.enabled": "false",
        "access_logs.s3.bucket": "",
        "deletion_protection.enabled": "true",
        "load_balancing.cross_zone.enabled": "true",
        "idle_timeout.timeout_seconds": "60",
        "routing.http.drop_invalid_header_fields.enabled": "true",
        "routing.http.desync_mitigation_mode": "defensive",
        "zonal_shift.config.enabled": "true",
    }
    for kind in ("network", "application"):
        assert unplayed_by_balancer(balancer_row(kind), balancer) == []


@given(st.text(st.characters(codec="ascii", exclude_characters="\0\r"), max_size=60))
def test_no_text_ends_its_word(text: str) -> None:
    word = quoted(text)
    assert "\n" not in word
    inside = word[1:-1]
    position = 0
    while position < len(inside):
        assert inside[position] not in '"$'
        position += 2 if inside[position] == "\\" else 1
    assert position == len(inside)


def test_haproxy_takes_the_configuration(tmp_path: Path) -> None:
    haproxy = program()
    if haproxy is None:
        pytest.skip("haproxy is not on PATH")
    fixed = {
        "Type": "fixed-response",
        "FixedResponseConfig": {
            "StatusCode": "503",
            "MessageBody": 'a "b" %[src] \\ $c\n',
            "ContentType": "text/plain",
        },
    }
    redirect = {"Type": "redirect", "RedirectConfig": {"Path": "/new/#{path}", "StatusCode": "HTTP_302"}}
    path_is = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a b/*", "/?.(x)"]}}]
    rules = [
        {"Priority": "1", "Conditions": path_is, "Actions": [fixed]},
        {"Priority": "2", "Conditions": path_is, "Actions": [redirect]},
    ]
    one, unplayed = listener("application", listener_row("HTTP"), rules)
    assert one is not None
    assert unplayed == []
    balancer = load_balancer(balancer_row("application"), {}, [one])
    group = target_group(group_row("HTTP"), {"stickiness.enabled": "true"})
    text = configuration(balancer, {GROUP: group}, {80: 0}, "admin", {}).replace("fd@0", "127.0.0.1:8080")
    file = tmp_path / "haproxy.cfg"
    file.write_text(text)
    checked = subprocess.run([haproxy, "-c", "-f", str(file)], check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
