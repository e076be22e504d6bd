"""VPC endpoints for AWS services."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.account import REGION
from spot_planning.declarations import arguments, setting
from spot_planning.network.interface_endpoint_policies import interface_endpoint_policy, takes_policy
from spot_planning.network.rules import ENDPOINT_RULES
from spot_planning.network.settings import VpcEndpointsSettings
from spot_planning.network.vpc_endpoints import GATEWAY_SERVICES, gateway_endpoint_policy
from spot_platform.component import Component, Transform, check
from spot_platform.planned import planned


@arguments
class VpcEndpointsArgs(VpcEndpointsSettings):
    """Arguments of `VpcEndpoints`."""

    vpc_id: pulumi.Input[str]
    """The VPC."""
    vpc_arn: pulumi.Input[str]
    """The VPC's ARN, which contains the account id."""
    region: str = setting(allowed=REGION)
    """The Region, such as ``us-east-1``."""
    cidr_block: pulumi.Input[str]
    """The VPC's address range in CIDR notation, which may use the interface endpoints."""
    route_table_ids: list[pulumi.Input[str]]
    """The route tables that get routes to the gateway endpoints."""
    subnet_ids: list[pulumi.Input[str]]
    """The subnets of the interface endpoints, one for each zone."""


@dataclass(frozen=True, kw_only=True)
class VpcEndpointsTransforms:
    """Changes to the arguments of `VpcEndpoints`'s resources."""

    gateway_endpoint: Transform | None = None
    interface_endpoint: Transform | None = None
    security_group: Transform | None = None
    security_group_rule: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class VpcEndpointsNodes:
    """The resources of `VpcEndpoints`. The keys of endpoints are the services."""

    gateway_endpoints: dict[str, aws.ec2.VpcEndpoint]
    interface_endpoints: dict[str, aws.ec2.VpcEndpoint]
    security_group: aws.ec2.SecurityGroup | None


class VpcEndpoints(Component):
    """spot-platform:index:VpcEndpoints: AWS services reached inside the VPC instead of over the internet.

    Makes: gateway endpoints for S3 and DynamoDB and, for every service in `interface_endpoints`, an interface endpoint
    with private DNS (the service's usual host name resolves to addresses of the VPC), with one security group that
    allows HTTPS from the VPC.

    Costs: gateway endpoints nothing; an interface endpoint 0.01 USD an hour and zone (7.30 USD a month) and 0.01 USD
    per GB.

    Risks: gateway endpoints reach only the account's own buckets and tables, the layers of ECR's images and the
    packages of Amazon Linux 2023; a bucket of another account in the same Region needs another policy (the transform
    `gateway_endpoint`). Interface endpoints allow only the account's own principals, if the service's endpoints support
    policies; a caller with another account's credentials needs another policy (the transform `interface_endpoint`). Not
    every service has an endpoint in every zone; then the deployment fails with an error about it.
    """

    def __init__(
        self,
        name: str,
        args: VpcEndpointsArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: VpcEndpointsTransforms | None = None,
    ) -> None:
        check(VpcEndpoints, name, args, ENDPOINT_RULES)
        super().__init__(name, opts)
        transforms = transforms or VpcEndpointsTransforms()

        gateway_endpoints = {
            service: aws.ec2.VpcEndpoint(
                f"{name}-{service}",
                vpc_id=args.vpc_id,
                service_name=f"com.amazonaws.{args.region}.{service}",
                vpc_endpoint_type="Gateway",
                route_table_ids=args.route_table_ids,
                policy=planned(gateway_endpoint_policy, service=service, vpc_arn=args.vpc_arn, region=args.region),
                tags={"Name": f"{name}-{service}"},
                opts=self.child(transforms.gateway_endpoint),
            )
            for service in GATEWAY_SERVICES
        }
        interface_endpoints: dict[str, aws.ec2.VpcEndpoint] = {}
        security_group: aws.ec2.SecurityGroup | None = None
        if args.interface_endpoints:
            security_group = aws.ec2.SecurityGroup(
                name,
                vpc_id=args.vpc_id,
                description="Interface endpoints: HTTPS from the VPC",
                tags={"Name": name},
                opts=self.child(transforms.security_group),
            )
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-https",
                security_group_id=security_group.id,
                description="HTTPS from the VPC",
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                cidr_ipv4=args.cidr_block,
                opts=self.child(transforms.security_group_rule),
            )
            interface_endpoints = {
                service: aws.ec2.VpcEndpoint(
                    f"{name}-{service.replace('.', '-')}",
                    vpc_id=args.vpc_id,
                    service_name=f"com.amazonaws.{args.region}.{service}",
                    vpc_endpoint_type="Interface",
                    private_dns_enabled=True,
                    subnet_ids=args.subnet_ids,
                    security_group_ids=[security_group.id],
                    policy=planned(interface_endpoint_policy, service=service, vpc_arn=args.vpc_arn)
                    if takes_policy(service)
                    else None,
                    tags={"Name": f"{name}-{service}"},
                    opts=self.child(transforms.interface_endpoint),
                )
                for service in args.interface_endpoints
            }

        self.nodes = VpcEndpointsNodes(
            gateway_endpoints=gateway_endpoints,
            interface_endpoints=interface_endpoints,
            security_group=security_group,
        )
        self.finish()
