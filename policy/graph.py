"""The stack's resources and what depends on what.

Correlation goes by property dependencies: ids are unknown in a preview, dependencies never are. A resource
that is named by its id (made elsewhere) has none; where a rule needs it, that is undecided.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from policy.resources import ResourceView

ROUTE_TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ROUTE = "aws:ec2/route:Route"
SUBNET = "aws:ec2/subnet:Subnet"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
MAIN_ASSOCIATION = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
DEFAULT_ROUTE_TABLE = "aws:ec2/defaultRouteTable:DefaultRouteTable"


PASSED_ON: Final = {
    "aws:acm/certificateValidation:CertificateValidation": "certificateArn",
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": "clusterName",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "bucket",
    "aws:s3/bucketPolicy:BucketPolicy": "bucket",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "bucket",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": "bucket",
    "aws:s3/bucketVersioning:BucketVersioning": "bucket",
    "aws:secretsmanager/secretVersion:SecretVersion": "secretId",
    "aws:sns/topicPolicy:TopicPolicy": "arn",
}
"""Types that a program takes another resource's name from, so that it waits for both: the bucket's name from its
policy, the certificate's ARN from its validation. The property is where they have it from."""


class Graph:
    """All resources of a stack, by URN and by type, and the edges between them."""

    def __init__(self, resources: Iterable[ResourceView]) -> None:
        self.resources = tuple(resources)
        self.by_urn = {resource.urn: resource for resource in self.resources}
        self._edges = {
            (resource.urn, property_): tuple(dict.fromkeys(self._meant(urns)))
            for resource in self.resources
            for property_, urns in resource.depends_on.items()
        }

    def _meant(self, urns: Iterable[str]) -> Iterator[str]:
        for urn in urns:
            yield urn
            between = self.by_urn.get(urn)
            if between is not None and between.type in PASSED_ON:
                yield from between.depends_on.get(PASSED_ON[between.type], ())

    @cached_property
    def _by_type(self) -> dict[str, list[ResourceView]]:
        found: dict[str, list[ResourceView]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    @cached_property
    def _dependents(self) -> dict[tuple[str, str, str], list[ResourceView]]:
        found: dict[tuple[str, str, str], list[ResourceView]] = {}
        for (urn, property_), targets in self._edges.items():
            resource = self.by_urn[urn]
            for target in targets:
                found.setdefault((target, resource.type, property_), []).append(resource)
        return found

    def of_type(self, *types: str) -> Iterator[ResourceView]:
        """Find resources by type.

        Args:
            types: Normalised type tokens.

        Yields:
            Each resource of one of them.
        """
        for type_ in types:
            yield from self._by_type.get(type_, ())

    def targets(self, resource: ResourceView, property_: str, *types: str) -> list[ResourceView]:
        """Find what a property of a resource refers to.

        Args:
            resource: Whose property.
            property_: A top-level property.
            types: Only resources of these types; all when none is given.

        Returns:
            The resources of the stack that the property's value depends on.
        """
        found = (self.by_urn.get(urn) for urn in self._edges.get((resource.urn, property_), ()))
        return [view for view in found if view is not None and (not types or view.type in types)]

    def dependents(self, resource: ResourceView, type_: str, property_: str) -> list[ResourceView]:
        """Find the resources that refer to a resource.

        Args:
            resource: What they refer to.
            type_: Their type.
            property_: The top-level property that refers to it.

        Returns:
            Those resources, in the order of registration.
        """
        return self._dependents.get((resource.urn, type_, property_), [])

    def route_tables(self, subnet: ResourceView) -> list[ResourceView]:
        """Find the route tables that apply to a subnet: its own, or else the main one of its VPC.

        Args:
            subnet: A subnet of the stack.

        Returns:
            The tables of the stack; empty when the VPC's main table is as AWS made it, with local routes only.
        """
        own = [
            table
            for association in self.dependents(subnet, ROUTE_TABLE_ASSOCIATION, "subnetId")
            for table in self.targets(association, "routeTableId", ROUTE_TABLE, DEFAULT_ROUTE_TABLE)
        ]
        if own:
            return own
        main: list[ResourceView] = []
        for vpc in self.targets(subnet, "vpcId"):
            for association in self.dependents(vpc, MAIN_ASSOCIATION, "vpcId"):
                main += self.targets(association, "routeTableId", ROUTE_TABLE)
            main += self.dependents(vpc, DEFAULT_ROUTE_TABLE, "defaultRouteTableId")
        return main

    def way_to_internet(self, subnet: ResourceView) -> ResourceView | None:
        """Find the route that makes a subnet public.

        Args:
            subnet: A subnet of the stack.

        Returns:
            The route, or the table with it inline, that reaches an internet gateway; None for a private subnet.
            A NAT gateway and an egress-only gateway let nobody in, so a subnet behind them is private.
        """
        for table in self.route_tables(subnet):
            carriers = [(table, "routes")]
            carriers += [(route, "gatewayId") for route in self.dependents(table, ROUTE, "routeTableId")]
            for carrier, property_ in carriers:
                if self.targets(carrier, property_, INTERNET_GATEWAY) or _names_gateway(carrier):
                    return carrier
        return None


def _names_gateway(carrier: ResourceView) -> bool:
    gateways = [carrier.at("gatewayId").content]
    routes = carrier.at("routes").content
    if isinstance(routes, list):
        gateways += [item.at("gatewayId").content for item in carrier.at("routes").items()]
    return any(isinstance(gateway, str) and gateway.startswith("igw-") for gateway in gateways)
