"""Allowed forms of AWS account ids, organization ids, Regions, partitions and networks."""

import re
from ipaddress import IPv4Network, ip_network

from spot_planning.declarations import Allowed, matching, one_of, passing

REGION = matching(r"[a-z]{2,4}(?:-[a-z]+)+-[1-9]", "a Region such as us-east-1")
"""The name of a Region of any partition."""

COMMERCIAL_REGION = matching(
    r"(?!cn-|us-gov-|us-iso|eu-isoe-)[a-z]{2}(?:-[a-z]+)+-[1-9]",
    "a Region such as us-east-1, outside China and GovCloud (CloudFront and its certificates live in us-east-1)",
)

ACCOUNT_ID = matching(r"[0-9]{12}", "12 digits in quotes")

ORGANIZATION_ID = matching(r"o-[a-z0-9]{10,32}", "an organization's id, such as o-a1b2c3d4e5")


_IN_A_VPC = re.compile(r"vpce?-[0-9a-f]{8,17}")


def _is_network(value: str) -> bool:
    return _IN_A_VPC.fullmatch(value) is not None or ("/" in value and passing(ip_network)(value))


NETWORK = Allowed(
    "a VPC (vpc-...), an endpoint of a VPC (vpce-...) or a range of addresses such as 203.0.113.0/24", _is_network
)

IPV4_RANGE = Allowed(
    "an IPv4 range in CIDR notation, such as 10.0.0.0/16",
    lambda value: "/" in value and passing(IPv4Network)(value),
)

AVAILABILITY_ZONE = matching(
    r"[a-z]{2,}(?:-[a-z]+)+-[0-9]+[a-z]", "the name of an availability zone, such as us-east-1a"
)

PARTITION = one_of(("aws", "aws-cn", "aws-us-gov"))
