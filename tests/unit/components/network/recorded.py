"""Vpc on mocks: its arguments, and the recording of its resources with the outputs that AWS would give."""

from typing import Any

import pulumi

from spot_platform.network.vpc import Vpc, VpcArgs, VpcTransforms
from tests.recording import Recording, record

VPC_ARN = "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0a1b"
LOG_GROUP_ARN = "arn:aws:logs:us-east-1:123456789012:log-group:main-flow-logs"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/k"
OUTPUTS = {
    "aws:ec2/vpc:Vpc": {"arn": VPC_ARN, "ipv6CidrBlock": "2600:1f18:1234:5600::/56"},
    "aws:cloudwatch/logGroup:LogGroup": {"arn": LOG_GROUP_ARN},
    "aws:ec2/instance:Instance": {"primaryNetworkInterfaceId": "eni-nat"},
    "aws:ec2/eip:Eip": {"publicIp": "198.51.100.2"},
}
ARGS = VpcArgs(availability_zones=["us-east-1a", "us-east-1b"], region="us-east-1")


def build(
    args: VpcArgs = ARGS,
    transforms: VpcTransforms | None = None,
    *,
    preview: bool = False,
    outputs: dict[str, dict[str, Any]] | None = None,
) -> Recording:
    def program() -> dict[str, pulumi.Output[Any]]:
        vpc = Vpc("main", args, transforms=transforms)
        return {key: getattr(vpc, key) for key in Vpc.__annotations__}

    return record(program, outputs={**OUTPUTS, **(outputs or {})}, preview=preview)


def default_routes(recording: Recording) -> dict[str, dict[str, str]]:
    return {r.name: r.inputs for r in recording.all("aws:ec2/route:Route")}
