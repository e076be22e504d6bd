"""Patches of moto's EC2. moto's objects are practically untyped, hence Any."""

from inspect import signature
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPCBackend

from toolchain.emulator.patching import wrap


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
