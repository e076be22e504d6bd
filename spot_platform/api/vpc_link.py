"""The VPC link between an API and a load balancer."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments
from spot_planning.network.load_balancer import ListenerSettings
from spot_platform.component import Component, Transform


@arguments
class ApiVpcLinkArgs(ListenerSettings):
    """Arguments of `ApiVpcLink`."""

    is_version_2: bool
    """Whether the VPC link has version 2, which reaches both kinds of load balancer. Version 1 reaches network load
    balancers only."""
    load_balancer_arn: pulumi.Input[str]
    """ARN of the internal load balancer."""
    load_balancer_security_group_id: pulumi.Input[str]
    """Security group of the load balancer. It gets a rule for a link of version 2."""
    vpc_id: pulumi.Input[str]
    """The VPC."""
    subnet_ids: pulumi.Input[list[str]]
    """Private subnets for a link of version 2."""


@dataclass(frozen=True, kw_only=True)
class ApiVpcLinkTransforms:
    """Changes to the arguments of `ApiVpcLink`'s resources."""

    vpc_link: Transform | None = None
    security_group: Transform | None = None
    security_group_rule: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class ApiVpcLinkNodes:
    """The resources of `ApiVpcLink`."""

    vpc_link: "aws.apigateway.VpcLink | aws.apigatewayv2.VpcLink"
    security_group: aws.ec2.SecurityGroup | None


class ApiVpcLink(Component):
    """spot-platform:index:ApiVpcLink: a VPC link from a REST API to an internal load balancer.

    Makes: a VPC link of version 1, or a VPC link of version 2 with a security group that allows only connections to the
    load balancer's listener, and the load balancer's rule for them.

    Costs: nothing.

    Risks: to create a link of version 1 takes 2 to 4 minutes. Any change of load balancer or subnets creates a new
    link. The stage, which refers to the link by a stage variable, changes to the new link before the old link is
    deleted. AWS calls version 1 legacy; version 2 reaches both kinds of load balancer. After 60 days without a request
    AWS removes the network interfaces of a link of version 2, and requests fail for some minutes until new interfaces
    exist ("Set up VPC links V2 in API Gateway").
    """

    vpc_link_id: pulumi.Output[str]
    """Id of the link, for the stage variable ``vpcLinkId``."""

    def __init__(
        self,
        name: str,
        args: ApiVpcLinkArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ApiVpcLinkTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        self._transforms = transforms = transforms or ApiVpcLinkTransforms()

        if not args.is_version_2:
            link = aws.apigateway.VpcLink(
                name,
                target_arn=args.load_balancer_arn,
                description=f"From {name} to the network load balancer",
                tags={"Name": name},
                opts=self.child(transforms.vpc_link),
            )
            self.nodes = ApiVpcLinkNodes(vpc_link=link, security_group=None)
            self.vpc_link_id = link.id
        else:
            security_group = self._security_group(name, args)
            link = aws.apigatewayv2.VpcLink(
                name,
                subnet_ids=args.subnet_ids,
                security_group_ids=[security_group.id],
                tags={"Name": name},
                opts=self.child(transforms.vpc_link),
            )
            self.nodes = ApiVpcLinkNodes(vpc_link=link, security_group=security_group)
            self.vpc_link_id = link.id
        self.finish()

    def _security_group(self, name: str, args: ApiVpcLinkArgs) -> aws.ec2.SecurityGroup:
        security_group = aws.ec2.SecurityGroup(
            name,
            vpc_id=args.vpc_id,
            description="VPC link of an API",
            tags={"Name": name},
            opts=self.child(self._transforms.security_group),
        )
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-to-load-balancer",
            security_group_id=security_group.id,
            referenced_security_group_id=args.load_balancer_security_group_id,
            ip_protocol="tcp",
            from_port=args.listener_port,
            to_port=args.listener_port,
            description="To the load balancer",
            opts=self.child(self._transforms.security_group_rule),
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-to-load-balancer",
            security_group_id=args.load_balancer_security_group_id,
            referenced_security_group_id=security_group.id,
            ip_protocol="tcp",
            from_port=args.listener_port,
            to_port=args.listener_port,
            description="From the VPC link of the API",
            opts=self.child(self._transforms.security_group_rule),
        )
        return security_group
