"""A NAT instance, which costs a fifth of a NAT gateway."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.account import IPV4_RANGE
from spot_planning.declarations import arguments, setting
from spot_planning.documents import canonical_json
from spot_planning.iam.policy_documents import assume_role_document, document, statement
from spot_planning.network.nat import nat_instance_user_data
from spot_planning.network.settings import ARM64_INSTANCE_TYPE
from spot_platform.component import Component, Transform

_VOLUME_SIZE_GIB = 8
"""The size of Amazon Linux 2023's snapshot, GiB."""

_TRUST_POLICY = canonical_json(assume_role_document("ec2.amazonaws.com"))

# The actions that Session Manager needs ("Add Session Manager permissions to an existing IAM role", AWS Systems Manager
# User Guide). They cannot be limited to a resource. The managed policy AmazonSSMManagedInstanceCore would also allow
# reading every parameter of the account.
_SESSION_MANAGER_POLICY = canonical_json(
    document(
        statement(
            "SessionManager",
            [
                "ssm:UpdateInstanceInformation",
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            ["*"],
        )
    )
)


@arguments
class NatInstanceArgs:
    """Arguments of `NatInstance`."""

    vpc_id: pulumi.Input[str]
    """The VPC."""
    cidr_block: str = setting(allowed=IPV4_RANGE)
    """The VPC's IPv4 range; traffic inside it is not translated."""
    client_cidr_blocks: dict[str, str] = setting(each=IPV4_RANGE)
    """Name of the security group rule -> range that may use the instance, such as ``{"private-a": "10.0.0.0/20"}``."""
    subnet_id: pulumi.Input[str]
    """A public subnet."""
    image_id: pulumi.Input[str]
    """An Amazon Linux 2023 image for arm64. A newer image does not replace a running instance."""
    instance_type: str = setting(allowed=ARM64_INSTANCE_TYPE)
    """A Graviton instance type."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the root volume; None for the AWS managed key."""


@dataclass(frozen=True, kw_only=True)
class NatInstanceTransforms:
    """Changes to the arguments of `NatInstance`'s resources."""

    instance: Transform | None = None
    elastic_ip: Transform | None = None
    security_group: Transform | None = None
    security_group_rule: Transform | None = None
    role: Transform | None = None
    role_policy: Transform | None = None
    instance_profile: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class NatInstanceNodes:
    """The resources of `NatInstance`."""

    instance: aws.ec2.Instance
    elastic_ip: aws.ec2.Eip
    security_group: aws.ec2.SecurityGroup
    role: aws.iam.Role


class NatInstance(Component):
    """spot-platform:index:NatInstance: an EC2 instance that does NAT for private subnets.

    Makes: an instance (no source/destination check, IMDSv2, encrypted gp3 volume, simplified automatic recovery), its
    Elastic IP address, its security group (ingress from the clients, egress to any address), and a role with an
    instance profile for shells through Session Manager; there is no SSH.

    Costs: a t4g.nano 0.0042 USD an hour, its address 0.005 USD an hour, 8 GiB of gp3 0.64 USD a month: about 7.40 USD a
    month in total, and nothing per GB except for internet traffic. A NAT gateway costs 0.045 USD an hour and 0.045 USD
    per GB.

    Risks: there is one instance in one zone. If it fails, the egress of all zones fails; recovery takes minutes. The
    instance is not patched automatically, and a new image does not replace it: run ``dnf upgrade --releasever=latest``
    through Session Manager. A change of its script or type interrupts egress for a minute or two. Do not use it for
    production.
    """

    network_interface_id: pulumi.Output[str]
    """Id of the network interface that is the target of routes."""
    public_ip_address: pulumi.Output[str]
    """The public IPv4 source address of the traffic."""

    def __init__(
        self,
        name: str,
        args: NatInstanceArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: NatInstanceTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        transforms = transforms or NatInstanceTransforms()
        tags = {"Name": name}

        role = aws.iam.Role(
            name,
            description="NAT instance: Session Manager only",
            assume_role_policy=_TRUST_POLICY,
            opts=self.child(transforms.role),
        )
        aws.iam.RolePolicy(
            f"{name}-session-manager",
            role=role.name,
            policy=_SESSION_MANAGER_POLICY,
            opts=self.child(transforms.role_policy),
        )
        profile = aws.iam.InstanceProfile(name, role=role.name, opts=self.child(transforms.instance_profile))
        security_group = aws.ec2.SecurityGroup(
            name,
            vpc_id=args.vpc_id,
            description="NAT instance",
            tags=tags,
            opts=self.child(transforms.security_group),
        )
        for client, cidr_block in args.client_cidr_blocks.items():
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-{client}",
                security_group_id=security_group.id,
                description=f"To be forwarded, from {client}",
                ip_protocol="-1",
                cidr_ipv4=cidr_block,
                opts=self.child(transforms.security_group_rule),
            )
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-internet",
            security_group_id=security_group.id,
            description="Forwarded traffic, packages, Session Manager",
            ip_protocol="-1",
            cidr_ipv4="0.0.0.0/0",
            opts=self.child(transforms.security_group_rule),
        )
        instance = aws.ec2.Instance(
            name,
            ami=args.image_id,
            instance_type=args.instance_type,
            subnet_id=args.subnet_id,
            vpc_security_group_ids=[security_group.id],
            iam_instance_profile=profile.name,
            source_dest_check=False,
            user_data=nat_instance_user_data(args.cidr_block),
            # cloud-init runs the script at the first start only
            user_data_replace_on_change=True,
            metadata_options=aws.ec2.InstanceMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            maintenance_options=aws.ec2.InstanceMaintenanceOptionsArgs(auto_recovery="default"),
            root_block_device=aws.ec2.InstanceRootBlockDeviceArgs(
                volume_type="gp3", volume_size=_VOLUME_SIZE_GIB, encrypted=True, kms_key_id=args.kms_key_arn
            ),
            tags=tags,
            # A new image appears every few weeks, and must not interrupt the network.
            opts=self.child(transforms.instance, pulumi.ResourceOptions(ignore_changes=["ami"])),
        )
        # associatePublicIpAddress is not set: AWS reports true as soon as there is an Elastic IP address, and the
        # provider would replace the instance for the difference.
        elastic_ip = aws.ec2.Eip(
            name, domain="vpc", instance=instance.id, tags=tags, opts=self.child(transforms.elastic_ip)
        )

        self.nodes = NatInstanceNodes(
            instance=instance, elastic_ip=elastic_ip, security_group=security_group, role=role
        )
        self.network_interface_id = instance.primary_network_interface_id
        self.public_ip_address = elastic_ip.public_ip
        self.finish()
