"""Checks that the load balancer and the database, which are inside the network, cannot be reached from outside."""

import ipaddress
import socket
from collections.abc import Sequence
from typing import Any, Final, cast

import psutil

from ops.addresses import served
from ops.smoke.security_groups import read_public_sources
from ops.smoke.visit import Check, Finding, Visit, failed, passed, skipped

CONNECT_SECONDS: Final = 3.0


def balancer_closed(visit: Visit) -> Finding:
    """Check that the load balancer is internal and cannot be reached from this machine."""
    balancer = _balancer(visit)
    if balancer is None:
        return skipped("the service has no load balancer yet")
    if balancer.get("Scheme") != "internal":
        return failed(f"{balancer['DNSName']} is {balancer.get('Scheme')}, not internal")
    listeners = visit.session.client("elbv2").describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])
    ports = [int(each["Port"]) for each in listeners["Listeners"]]
    if not ports:
        return skipped("the load balancer has no listener yet")
    # A Network Load Balancer may have no security group (User Guide for Network Load Balancers, "Update the security
    # groups for your Network Load Balancer"). Then only its scheme keeps the internet out.
    return _closed(visit, str(balancer["DNSName"]), ports, balancer.get("SecurityGroups", ()))


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
    groups = [each["VpcSecurityGroupId"] for each in found[0].get("VpcSecurityGroups", ())]
    if not groups:
        return failed(f"the database {identifier} has no security group")
    return _closed(visit, str(endpoint["Address"]), [int(endpoint["Port"])], groups)


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


def _closed(visit: Visit, host: str, ports: Sequence[int], groups: Sequence[str]) -> Finding:
    if visit.session.is_local:
        return _closed_on_this_machine(visit, host, ports, groups)
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, ports[0], type=socket.SOCK_STREAM)}
    except OSError:
        return passed(f"{host} has no address out here")
    public = sorted(each for each in found if not ipaddress.ip_address(each).is_private)
    if public:
        return failed(f"{host} has the public address {public[0]}")
    for port in ports:
        if _is_open(host, port):
            return failed(f"{host}:{port} can be connected to from here; is this machine inside the network?")
    return passed(f"{host} has private addresses only, and nobody answers from here")


def _closed_on_this_machine(visit: Visit, host: str, ports: Sequence[int], groups: Sequence[str]) -> Finding:
    """Check the local stack.

    Its network exists in the emulator only, so its names have no addresses to connect to. The security groups in the
    emulator say who could connect in AWS. The port of this machine that stands for the host must not be open at the
    machine's addresses in networks.
    """
    for port in ports:
        sources = read_public_sources(visit.session.client("ec2"), groups, port) if groups else []
        if sources:
            return failed(f"{host}:{port} lets in addresses of the internet, {sources[0]}")
    kept_out = f"no rule of {', '.join(groups)} lets in the internet" if groups else "it is internal"
    played = served()
    local = [played[name] for name in (f"{host}:{each}" for each in ports) if name in played]
    if not local:
        return failed(f"{kept_out}, but the local data path does not serve {host} yet: look at its log")
    addresses = _network_addresses()
    for address in addresses:
        for port in local:
            number = int(port.rpartition(":")[2])
            if _is_open(address, number):
                return failed(f"{host} is at port {number} of {address}, which other machines can reach")
    tried = f"nothing answers for it at {', '.join(addresses)}" if addresses else "this machine is in no network"
    return passed(f"{kept_out}; {', '.join(local)} stands for {host}, and {tried}")


def _network_addresses() -> list[str]:
    """Return this machine's IPv4 addresses at which other machines could reach it."""
    found = [each.address for addresses in psutil.net_if_addrs().values() for each in addresses if _is_ipv4(each)]
    return sorted(address for address in found if not ipaddress.ip_address(address).is_loopback)


def _is_ipv4(address: Any) -> bool:
    return address.family == socket.AF_INET


def _is_open(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
    except OSError:
        return False
    return True


CHECKS: Final = (
    Check("balancer", "the load balancer cannot be reached from outside", balancer_closed),
    Check("database", "the database cannot be reached from outside", database_closed),
)
