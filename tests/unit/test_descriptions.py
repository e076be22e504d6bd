"""Descriptions of every stack's resources contain only characters that AWS accepts.

Neither the provider nor the emulator checks descriptions. AWS would refuse them in the middle of an `up`.
"""

import re

import pytest

from tests.program import STACKS, record_with_options

pytestmark = pytest.mark.xdist_group("whole program")

# Amazon EC2 API Reference: for rules of security groups "IpRange" and "UserIdGroupPair", Description ("up to 255
# characters; a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=;{}!$*"); for groups "CreateSecurityGroup", GroupDescription (the
# same characters and &, which is not allowed here).
EC2 = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=;{}!$*]{1,255}")
TAKEN = {
    "aws:ec2/securityGroup:SecurityGroup": EC2,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": EC2,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": EC2,
    # AWS IAM API Reference, "CreateRole", Description.
    "aws:iam/role:Role": re.compile(r"[\t\n\r\x20-\x7e\xa1-\xff]{0,1000}"),
    # AWS WAFV2 API Reference, "CreateWebACL", Description.
    "aws:wafv2/webAcl:WebAcl": re.compile(r"[\w+=:#@/\-,.][\w+=:#@/\-,.\s]{1,254}[\w+=:#@/\-,.]", re.ASCII),
}
OPTIONAL = {"aws:iam/role:Role"}


@pytest.mark.parametrize("load_balancer_kind", ["network", "application"])
@pytest.mark.parametrize("stack", STACKS)
def test_aws_takes_every_description(stack, load_balancer_kind):
    recording = record_with_options(stack, load_balancer_kind)
    refused: dict[str, str] = {}
    for token, pattern in TAKEN.items():
        resources = recording.all(token)
        assert resources
        for resource in resources:
            description = resource.inputs.get("description")
            if description is None:
                assert token in OPTIONAL, f"{resource.name} has no description"
            elif not pattern.fullmatch(description):
                refused[f"{token} {resource.name}"] = description
    assert refused == {}
