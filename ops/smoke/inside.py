"""Checks that the load balancer and the database, which are inside the network, cannot be reached from outside."""

import ipaddress
import socket
from typing import Any, Final, cast

import httpx

from ops.smoke.visit import Check, Finding, Visit, failed, passed, skipped

CONNECT_SECONDS: Final = 3.0
HEALTH_PATH: Final = "/health"
"""A path that every service answers (docs/container-contract.md)."""
UNKNOWN_NAME: Final = "leads nowhere"
"""A text in the edge's page for a host name that it does not serve (`toolchain.datapath.edge.pages`)."""


def balancer_closed(visit: Visit) -> Finding:
    """Check that the load balancer is internal and cannot be reached from this machine."""
    balancer = _balancer(visit)
    if balancer is None:
        return skipped("the service has no load balancer yet")
    if balancer.get("Scheme") != "internal":
        return failed(f"{balancer['DNSName']} is {balancer.get('Scheme')}, not internal")
    return _closed(visit, str(balancer["DNSName"]), 80)


def database_closed(visit: Visit) -> Finding:
    """Check that the database is not publicly accessible and cannot be reached from this machine."""
    identifier = visit.session.outputs.get("database_identifier")
    if identifier is None:
        return skipped("the stack has no database")
    found = visit.session.client("rds").describe_db_instances(DBInstanceIdentifier=str(identifier))["DBInstances"]
    if not found:
        return skipped(f"the database {identifier} is not there yet")
    if found[0].get("PubliclyAccessible"):
        return failed(f"the database {identifier} is publicly accessible")
    endpoint = cast("dict[str, Any]", found[0].get("Endpoint", {}))
    if "Address" not in endpoint:
        return skipped("the database has no endpoint yet")
    return _closed(visit, str(endpoint["Address"]), int(endpoint["Port"]))


def _balancer(visit: Visit) -> dict[str, Any] | None:
    ecs, elbv2 = visit.session.client("ecs"), visit.session.client("elbv2")
    services = ecs.describe_services(
        cluster=visit.session.output("cluster_name"), services=[visit.session.output("service_name")]
    )["services"]
    groups = [each["targetGroupArn"] for service in services for each in service.get("loadBalancers", [])]
    if not groups:
        return None
    arns = elbv2.describe_target_groups(TargetGroupArns=groups)["TargetGroups"][0]["LoadBalancerArns"]
    return elbv2.describe_load_balancers(LoadBalancerArns=arns)["LoadBalancers"][0] if arns else None


def _closed(visit: Visit, host: str, port: int) -> Finding:
    if visit.session.is_local:
        return _closed_at_the_edge(visit, host)
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError:
        return passed(f"{host} has no address out here")
    public = sorted(each for each in found if not ipaddress.ip_address(each).is_private)
    if public:
        return failed(f"{host} has the public address {public[0]}")
    try:
        socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
    except OSError:
        return passed(f"{host} has private addresses only, and nobody answers from here")
    return failed(f"{host}:{port} can be connected to from here; is this machine inside the network?")


def _closed_at_the_edge(visit: Visit, host: str) -> Finding:
    try:
        page = visit.ask(visit.site.beside(host), HEALTH_PATH)
    except httpx.HTTPError:
        return passed(f"the edge does not serve {host}")
    # The status proves nothing, because the service may answer with an error too. Only the edge's own page shows that
    # the request did not reach the load balancer.
    if UNKNOWN_NAME.encode() in page.body:
        return passed(f"the edge does not serve {host}")
    return failed(f"{host} is served by the edge: {HEALTH_PATH} answers {page.status}")


CHECKS: Final = (
    Check("balancer", "the load balancer cannot be reached from outside", balancer_closed),
    Check("database", "the database cannot be reached from outside", database_closed),
)
