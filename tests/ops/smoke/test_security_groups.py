"""Which networks outside of private ones the ingress rules of security groups let in."""

from typing import Any

import boto3
import pytest
from moto import mock_aws

from ops.smoke.security_groups import public_sources, read_public_sources


def group(**rule: Any) -> dict[str, Any]:
    return {"GroupId": "sg-1", "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, **rule}]}


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ({"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, ["sg-1: 0.0.0.0/0"]),
        ({"IpRanges": [{"CidrIp": "10.0.0.0/16"}, {"CidrIp": "8.8.8.0/24"}]}, ["sg-1: 8.8.8.0/24"]),
        ({"IpRanges": [{"CidrIp": "10.0.0.0/7"}]}, ["sg-1: 10.0.0.0/7"]),
        ({"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}, ["sg-1: ::/0"]),
        (
            {"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
            ["sg-1: 0.0.0.0/0"],
        ),
        ({"FromPort": 1, "ToPort": 65535, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, ["sg-1: 0.0.0.0/0"]),
        ({"PrefixListIds": [{"PrefixListId": "pl-open"}]}, ["sg-1: 203.0.113.0/24"]),
        ({"PrefixListIds": [{"PrefixListId": "pl-office"}]}, []),
        ({"UserIdGroupPairs": [{"GroupId": "sg-2"}]}, []),
        ({"IpRanges": [{"CidrIp": "10.0.0.0/16"}], "Ipv6Ranges": [{"CidrIpv6": "fd00::/8"}]}, []),
        ({"FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, []),
        ({"IpProtocol": "udp", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, []),
    ],
)
def test_what_is_let_in_from_outside_of_private_networks(rule: dict[str, Any], found: list[str]) -> None:
    lists = {"pl-open": ["203.0.113.0/24"], "pl-office": ["192.168.7.0/24"]}
    assert public_sources([group(**rule)], 5432, lists) == found


@mock_aws
def test_groups_and_the_prefix_lists_that_they_name_are_read() -> None:
    ec2 = boto3.client("ec2", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    made = ec2.create_security_group(GroupName="database", Description="database")["GroupId"]
    assert read_public_sources(ec2, [made], 5432) == []
    entries = [{"Cidr": "203.0.113.0/24"}]
    listed = ec2.create_managed_prefix_list(
        PrefixListName="offices", MaxEntries=1, AddressFamily="IPv4", Entries=entries
    )["PrefixList"]["PrefixListId"]
    rule: Any = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "PrefixListIds": [{"PrefixListId": listed}]}
    ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[rule])
    assert read_public_sources(ec2, [made], 5432) == [f"{made}: 203.0.113.0/24"]
