"""The stack's resources and the dependencies between them.

The edges are property dependencies: a preview knows them, but knows no ids. A resource outside the stack that is given
by its id has no dependency, so a rule that needs it is undecided. A bucket's name is unique and is its id, so a part of
a bucket, such as its policy, is also joined to the bucket whose name it gives.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final, TypeVar, cast

from policy.enforcement.exemptions import stack_of
from policy.resources import ResourceView
from policy.values import State, UndecidableError, Value, WrongTypeError

_T = TypeVar("_T")

VPC = "aws:ec2/vpc:Vpc"
ROUTE_TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ROUTE = "aws:ec2/route:Route"
SUBNET = "aws:ec2/subnet:Subnet"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
VPN_GATEWAY = "aws:ec2/vpnGateway:VpnGateway"
MAIN_ASSOCIATION = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
DEFAULT_ROUTE_TABLE = "aws:ec2/defaultRouteTable:DefaultRouteTable"


BUCKET = "aws:s3/bucket:Bucket"
_PARTS_OF_BUCKETS: Final = ("aws:s3/bucket", "aws:s3/accessPoint:")
"""The beginnings of the types of resources that configure one bucket. The bucket's own type begins so too."""
NAMES_OF_BUCKETS: Final = ("bucket", "targetBucket")
"""Their properties with a bucket's name."""

PASSED_ON: Final = {
    "aws:acm/certificateValidation:CertificateValidation": "certificateArn",
    "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment": "internetGatewayId",
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": "vpcId",
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": "clusterName",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "bucket",
    "aws:s3/bucketPolicy:BucketPolicy": "bucket",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "bucket",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": "bucket",
    "aws:s3/bucketVersioning:BucketVersioning": "bucket",
    "aws:secretsmanager/secretVersion:SecretVersion": "secretId",
    "aws:sns/topicPolicy:TopicPolicy": "arn",
}
"""Type of a resource that passes on another resource's name -> the property with that name. A program may take a
bucket's name from the bucket's policy, or a certificate's ARN from its validation, in order to wait for both."""


class Graph:
    """All resources of a stack, by URN and by type, and the edges between them."""

    def __init__(self, resources: Iterable[ResourceView], account: str = "") -> None:
        """Build the edges between the resources.

        Args:
            resources: All resources of the stack.
            account: The id of the account that the stack file names; empty when it names none.
        """
        self.resources = tuple(resources)
        self.account = account
        self.by_urn = {resource.urn: resource for resource in self.resources}
        self._answers: dict[object, object] = {}
        self._buckets = {
            resource.inputs["bucket"]: resource.urn
            for resource in self.resources
            if resource.type == BUCKET and isinstance(resource.inputs.get("bucket"), str)
        }
        self._edges: dict[tuple[str, str], tuple[str, ...]] = {}
        self._dependents: dict[tuple[str, str], dict[str, list[ResourceView]]] = {}

    def _edge(self, resource: ResourceView, property_: str) -> tuple[str, ...]:
        """Return the URNs that a property refers to. They are found when a rule asks: rules ask for few of them."""
        key = (resource.urn, property_)
        found = self._edges.get(key)
        if found is None:
            urns = (*resource.depends_on.get(property_, ()), *self._named(resource, property_))
            found = self._edges[key] = tuple(dict.fromkeys(self._meant(urns)))
        return found

    def _named(self, resource: ResourceView, property_: str) -> tuple[str, ...]:
        """Find the bucket of the stack that a part of a bucket gives by name. Names of buckets are unique."""
        is_name = property_ in NAMES_OF_BUCKETS
        if not is_name or resource.type == BUCKET or not resource.type.startswith(_PARTS_OF_BUCKETS):
            return ()
        urn = self._bucket(resource.inputs.get(property_))
        return () if urn is None else (urn,)

    def has_bucket(self, name: object) -> bool:
        """Check whether the stack has a bucket of this name, as far as its buckets' names are known."""
        return self._bucket(name) is not None

    def _bucket(self, name: object) -> str | None:
        return self._buckets.get(name) if isinstance(name, str) else None

    def _meant(self, urns: Iterable[str]) -> Iterator[str]:
        for urn in urns:
            yield urn
            between = self.by_urn.get(urn)
            if between is not None and between.type in PASSED_ON:
                yield from between.depends_on.get(PASSED_ON[between.type], ())

    @property
    def stack(self) -> str:
        """The stack's name; empty without resources."""
        return stack_of(self.resources[0].urn) if self.resources else ""

    @cached_property
    def _by_type(self) -> dict[str, list[ResourceView]]:
        found: dict[str, list[ResourceView]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    def _index(self, type_: str, property_: str) -> dict[str, list[ResourceView]]:
        """Return the resources of a type, by what their property refers to."""
        key = (type_, property_)
        if key not in self._dependents:
            found = self._dependents[key] = {}
            for resource in self._by_type.get(type_, ()):
                for target in self._edge(resource, property_):
                    found.setdefault(target, []).append(resource)
        return self._dependents[key]

    def once(self, question: object, answer: Callable[[], _T]) -> _T:
        """Compute something about the whole stack once, and cache it.

        Without the cache, a rule that scans all resources of one kind for each resource of another kind takes time in
        proportion to their product.

        Args:
            question: The key of the cache; no two computations have the same.
            answer: Computes the answer when it is not cached.

        Returns:
            The answer.

        Raises:
            UndecidableError: The answer cannot be decided; raised by each call.
            WrongTypeError: A value that the answer needs is of a wrong type; raised by each call.
        """
        if question not in self._answers:
            try:
                self._answers[question] = answer()
            except (UndecidableError, WrongTypeError) as error:
                self._answers[question] = error
        found = self._answers[question]
        if isinstance(found, (UndecidableError, WrongTypeError)):
            raise found
        return cast("_T", found)

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
            resource: The resource that has the property.
            property_: A top-level property.
            types: The types of resources to return; all when none is given.

        Returns:
            The resources of the stack that the property's value depends on.
        """
        found = (self.by_urn.get(urn) for urn in self._edge(resource, property_))
        return [view for view in found if view is not None and (not types or view.type in types)]

    def depends_on_others(self, resource: ResourceView, property_: str, *types: str) -> bool:
        """Check whether a property's value may come from something else than resources of some types.

        Args:
            resource: The resource that has the property.
            property_: A top-level property.
            types: The types. A resource that passes on the name of a resource of these types counts as one of them.

        Returns:
            Whether the value depends on a resource of another type, or on one outside the stack.
        """
        return any(not self._leads_to(urn, types) for urn in self._edge(resource, property_))

    def _leads_to(self, urn: str, types: Sequence[str]) -> bool:
        view = self.by_urn.get(urn)
        if view is None:
            return False
        return view.type in types or (view.type in PASSED_ON and bool(self.targets(view, PASSED_ON[view.type], *types)))

    def dependents(self, resource: ResourceView, type_: str, property_: str) -> list[ResourceView]:
        """Find the resources that refer to a resource.

        Args:
            resource: The resource that they refer to.
            type_: The type of the referring resources.
            property_: Their top-level property that contains the reference.

        Returns:
            The referring resources, in the order of registration.
        """
        return self._index(type_, property_).get(resource.urn, [])

    def route_tables(self, subnet: ResourceView) -> list[ResourceView]:
        """Find the route tables of a subnet: its own, or else the main route table of its VPC.

        Args:
            subnet: A subnet of the stack.

        Returns:
            Route tables. The VPC itself stands for the main route table that AWS made. That table has local routes,
            and the routes that the stack adds to it by an output of the VPC.

        Raises:
            UndecidableError: A table, or the VPC, is not part of the stack.
        """
        associations = self.dependents(subnet, ROUTE_TABLE_ASSOCIATION, "subnetId")
        if associations:
            return [table for association in associations for table in self._associated(association)]
        vpcs = self.targets(subnet, "vpcId", VPC)
        if not vpcs:
            raise UndecidableError("vpcId", subnet.urn, "the main route table of its VPC is not part of this stack")
        return [table for vpc in vpcs for table in self._main_tables(vpc)]

    def _associated(self, association: ResourceView) -> Iterator[ResourceView]:
        tables = self.targets(association, "routeTableId", ROUTE_TABLE, DEFAULT_ROUTE_TABLE, VPC)
        if not tables:
            raise UndecidableError("routeTableId", association.urn, "the route table is not part of this stack")
        for table in tables:
            yield from self._main_tables(table) if table.type == VPC else [table]

    def _main_tables(self, vpc: ResourceView) -> Iterator[ResourceView]:
        replaced = self.dependents(vpc, MAIN_ASSOCIATION, "vpcId")
        for association in replaced:
            yield from self._associated(association)
        if not replaced:
            yield vpc
            yield from self.dependents(vpc, DEFAULT_ROUTE_TABLE, "defaultRouteTableId")

    def way_to_internet(self, subnet: ResourceView) -> ResourceView | None:
        """Find the route that makes a subnet public.

        Args:
            subnet: A subnet of the stack.

        Returns:
            The route that reaches an internet gateway, or the table that has it inline; None for a private subnet.
            A NAT gateway and an egress-only gateway accept no inbound connections, so a subnet behind them is private.

        Raises:
            UndecidableError: No known route reaches an internet gateway, but a route or its target is not known.
        """
        undecidable: UndecidableError | None = None
        for table in self.route_tables(subnet):
            for carrier in (table, *self.dependents(table, ROUTE, "routeTableId")):
                try:
                    if self._reaches_internet(carrier):
                        return carrier
                except UndecidableError as error:
                    undecidable = undecidable or error
        if undecidable is not None:
            raise undecidable
        return None

    def _reaches_internet(self, carrier: ResourceView) -> bool:
        if carrier.type == VPC:
            return False
        property_ = "gatewayId" if carrier.type == ROUTE else "routes"
        gateways = [carrier.at(property_)]
        if carrier.type != ROUTE and gateways[0].state is not State.UNKNOWN:
            gateways = [item.at("gatewayId") for item in gateways[0].items()]
        if self.targets(carrier, property_, INTERNET_GATEWAY) or any(map(_is_internet_gateway, gateways)):
            return True
        unknown = [gateway for gateway in gateways if gateway.state is State.UNKNOWN]
        # The unknown gateway may come from another stack or a look-up, and then it may be an internet gateway.
        if unknown and not self.targets(carrier, property_, VPN_GATEWAY):
            raise UndecidableError(unknown[0].path, carrier.urn)
        return False


def _is_internet_gateway(gateway: Value) -> bool:
    return gateway.state is State.KNOWN and (gateway.text() or "").startswith("igw-")


def names_more(
    graph: Graph, owner: ResourceView, property_: str, values: Sequence[Value], type_: str, *, shared_beside: str = ""
) -> bool:
    """Check whether values name more than the resources that their property depends on.

    Values cannot be matched to resources: before the update they are unknown, afterwards they are only names. Several
    unknown values may all come from one resource. If the property also depends on something else, or if there are more
    unknown values than resources, one of the values may be an output of another stack.

    Args:
        graph: The stack.
        owner: The resource that has the property.
        property_: A top-level property.
        values: Names or ids, all in that property.
        type_: The type of the resources that they name.
        shared_beside: A type that the property refers to at other places, if several values usually come from one of
            its resources. The unknown values then count as one, even if there are more of them than resources.

    Raises:
        WrongTypeError: A value is not a string.
    """
    targets = graph.targets(owner, property_, type_)
    known = {value.text() for value in values if value.state is State.KNOWN}
    unknown = sum(value.state is State.UNKNOWN for value in values)
    may_be_shared = bool(shared_beside) or unknown <= len(targets)
    if may_be_shared and not graph.depends_on_others(owner, property_, type_, shared_beside):
        unknown = min(unknown, 1)
    return len(known) + unknown > len(targets)
