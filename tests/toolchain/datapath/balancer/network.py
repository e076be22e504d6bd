"""Creates a VPC with load balancers in the emulator."""

from functools import cached_property
from itertools import count
from typing import Any

from botocore.config import Config

from tests import emulated
from toolchain.datapath.control_plane import ControlPlane

PORT = 3333
_numbers = count(1)


class Network:
    """A VPC, with methods that create load balancers and targets in it."""

    def __init__(self, control_plane: ControlPlane) -> None:
        self.ec2 = control_plane.client("ec2")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)["Subnet"][
                "SubnetId"
            ]
            for number, zone in enumerate(("us-east-1a", "us-east-1b"))
        ]
        # The tests use shorter times than AWS allows; boto3's validation would refuse them.
        self.elb = emulated.client(
            control_plane.endpoint, "elbv2", control_plane.region, config=Config(parameter_validation=False)
        )

    @cached_property
    def balancer_group(self) -> str:
        return self.security_group("balancer")

    @cached_property
    def task_group(self) -> str:
        group = self.security_group("task")
        self.allow(group)
        return group

    def security_group(self, name: str) -> str:
        return self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]

    def _rule(self) -> list[dict[str, Any]]:
        pairs = [{"GroupId": self.balancer_group}]
        return [{"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "UserIdGroupPairs": pairs}]

    def allow(self, group: str) -> None:
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=self._rule())

    def refuse(self, group: str) -> None:
        self.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=self._rule())

    def interface(self, subnet: int = 0) -> str:
        """Create a network interface, as for a task, in one of the subnets; return its private address."""
        made = self.ec2.create_network_interface(SubnetId=self.subnets[subnet], Groups=[self.task_group])
        return made["NetworkInterface"]["PrivateIpAddress"]

    def target_group(self, protocol: str = "TCP", **attributes: str) -> str:
        group = self.elb.create_target_group(
            Name=f"group-{next(_numbers)}",
            Protocol=protocol,
            Port=PORT,
            VpcId=self.vpc,
            TargetType="ip",
            HealthCheckProtocol="HTTP",
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=1 if protocol == "TCP" else 2,
            HealthCheckTimeoutSeconds=1,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
            Matcher={"HttpCode": "200-299"},
        )["TargetGroups"][0]["TargetGroupArn"]
        given = {"deregistration_delay.timeout_seconds": "2", **attributes}
        self.elb.modify_target_group_attributes(
            TargetGroupArn=group, Attributes=[{"Key": key, "Value": value} for key, value in given.items()]
        )
        return group

    def load_balancer(self, kind: str, target_group: str, protocol: str, port: int = 80) -> dict[str, Any]:
        balancer = self.elb.create_load_balancer(
            Name=f"balancer-{next(_numbers)}", Type=kind, Subnets=self.subnets, SecurityGroups=[self.balancer_group]
        )["LoadBalancers"][0]
        listener = self.listener(balancer, target_group, protocol, port)
        return {**balancer, "ListenerArn": listener}

    def listener(self, balancer: dict[str, Any], target_group: str, protocol: str, port: int) -> str:
        return self.elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol=protocol,
            Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group}],
        )["Listeners"][0]["ListenerArn"]

    def register(self, target_group: str, address: str) -> None:
        self.elb.register_targets(TargetGroupArn=target_group, Targets=[{"Id": address, "Port": PORT}])

    def deregister(self, target_group: str, address: str) -> None:
        self.elb.deregister_targets(TargetGroupArn=target_group, Targets=[{"Id": address, "Port": PORT}])

    def health(self, target_group: str) -> dict[str, str]:
        """Return the state and the reason of each target, by its address."""
        rows = self.elb.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
        return {
            row["Target"]["Id"]: " ".join(
                filter(None, (row["TargetHealth"]["State"], row["TargetHealth"].get("Reason")))
            )
            for row in rows
        }
