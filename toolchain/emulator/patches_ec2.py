"""Patches of moto's EC2. moto's objects are practically untyped, hence Any."""

from inspect import signature
from ipaddress import ip_address, ip_network
from threading import Lock
from typing import Any, Final

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_network_interfaces import NetworkInterfaceBackend
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPCBackend

from toolchain.emulator.patching import wrap

_RESERVED_FIRST: Final = 4
_RESERVED_LAST: Final = 1
"""Numbers of addresses of a subnet that nobody gets (Amazon VPC User Guide, "Subnet CIDR blocks")."""
_one_by_one: Final = Lock()
_last_given: Final[dict[str, int]] = {}
"""Id of a subnet -> index, in the subnet, of the address that was given last."""


def read_descriptions_of_rules_back() -> None:
    """DescribeSecurityGroupRules. Reason: moto returns the description only for rules with a CIDR block.

    A rule with a security group or a prefix list loses its description, so every preview after a refresh shows a
    change. Not offered upstream: no internet here.
    """

    def initialising(initialise: Any) -> Any:
        def initialised(self: Any, *arguments: Any, **named: Any) -> None:
            initialise(self, *arguments, **named)
            bound: dict[str, Any] = signature(initialise).bind(self, *arguments, **named).arguments
            for given in (bound.get("source_group"), bound.get("prefix_list_id")):
                if given and "Description" in given:
                    # ModifySecurityGroupRules writes the description here, too, for every rule
                    self.ip_range["Description"] = given["Description"]

        return initialised

    wrap(SecurityGroupRule, "__init__", initialising)


def tell_ipv6_blocks_of_subnets() -> None:
    """DescribeSubnets. Reason: moto has no filter by the association of an IPv6 block, and nests its state twice.

    The provider asks with this filter until a subnet's block is associated, so `up` with ``vpc.ipv6`` fails. Not
    offered upstream: no internet here.
    """

    def finding(get_filter_value: Any) -> Any:
        def found(self: Any, filter_name: str, *arguments: Any, **named: Any) -> Any:
            if filter_name == "ipv6-cidr-block-association.association-id":
                return list(self.ipv6_cidr_block_associations)
            return get_filter_value(self, filter_name, *arguments, **named)

        return found

    def telling(read: Any) -> Any:
        def told(self: Any) -> list[dict[str, Any]]:
            return [
                {**association, "ipv6CidrBlockState": {"state": association["ipv6CidrBlockState"]["state"]["State"]}}
                for association in read.fget(self)
            ]

        return property(told)

    wrap(Subnet, "get_filter_value", finding)
    wrap(Subnet, "ipv6_cidr_block_association_set", telling)


def route_to_changed_endpoints() -> None:
    """ModifyVpcEndpoint with route tables. Reason: moto changes no routes, so DeleteVpcEndpoints misses them and fails.

    Not offered upstream: no internet here.
    """

    def modifying(modify: Any) -> Any:
        def modified(self: Any, *arguments: Any, **named: Any) -> None:
            bound: dict[str, Any] = signature(modify).bind(self, *arguments, **named).arguments
            (endpoint,) = self.describe_vpc_endpoints(vpc_end_point_ids=[bound["vpc_id"]])
            added: list[str] = bound.get("add_route_tables") or []
            removed: list[str] = bound.get("remove_route_tables") or []
            prefixes = endpoint.destination_prefix_list_id
            for table in added:
                self.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefixes)
            for table in removed:
                self.delete_route(table, prefixes)
            modify(self, *arguments, **named)

        return modified

    wrap(VPCBackend, "modify_vpc_endpoint", modifying)


def give_each_interface_a_free_address() -> None:
    """CreateNetworkInterface, RunTask, CreateVpcEndpoint. Reason: moto makes addresses up, and two can be the same.

    Two tasks with the same address are one target of a load balancer. An address that moto makes up for a task is not
    even in the task's subnet. Not offered upstream: no internet here.
    """

    def creating(create: Any) -> Any:
        def created(self: Any, *arguments: Any, **named: Any) -> Any:
            bound = signature(create).bind(self, *arguments, **named)
            given: dict[str, Any] = bound.arguments
            subnet = self.get_subnet(given["subnet"]) if isinstance(given["subnet"], str) else given["subnet"]
            with _one_by_one:
                if subnet.cidr_block and not given.get("private_ip_addresses") and not _is_in(subnet, given):
                    given["private_ip_address"] = _free_address(self, subnet)
                return create(*bound.args, **bound.kwargs)

        return created

    wrap(NetworkInterfaceBackend, "create_network_interface", creating)


def _is_in(subnet: Any, given: dict[str, Any]) -> bool:
    addresses: list[str] | str = given.get("private_ip_address") or ""
    address = addresses if isinstance(addresses, str) else addresses[0]
    return address != "" and ip_address(address) in ip_network(subnet.cidr_block)


def _free_address(backend: Any, subnet: Any) -> str:
    """Return a free address of a subnet. A released address is used again last: its target may still drain.

    Raises:
        EC2ClientError: All addresses are taken.
    """
    network = ip_network(subnet.cidr_block)
    taken = {address["PrivateIpAddress"] for each in backend.enis.values() for address in each.private_ip_addresses}
    first, end = _RESERVED_FIRST, network.num_addresses - _RESERVED_LAST
    begin = _last_given.get(subnet.id, first - 1) + 1
    for index in (*range(begin, end), *range(first, begin)):
        if str(network[index]) not in taken:
            _last_given[subnet.id] = index
            return str(network[index])
    raise EC2ClientError("InsufficientFreeAddressesInSubnet", f"The subnet {subnet.id} has no free addresses.")
