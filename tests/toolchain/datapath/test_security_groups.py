"""Security groups allow and deny TCP connections as in AWS."""

import asyncio
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.security_groups import SecurityGroups, Side, read_security_groups, side
from toolchain.security_group_rules import Group, Rule, group_of

TO_TASKS = Rule("tcp", 3333, 3333, groups=frozenset({"sg-task"}))
FROM_BALANCER = Rule("tcp", 3333, 3333, groups=frozenset({"sg-balancer"}))
ANYWHERE = ip_network("0.0.0.0/0")
GROUPS = SecurityGroups(
    {
        "sg-balancer": Group(egress=(TO_TASKS,)),
        "sg-task": Group(ingress=(FROM_BALANCER,), egress=(Rule("tcp", 443, 443, networks=(ANYWHERE,)),)),
        "sg-mute": Group(ingress=(FROM_BALANCER,)),
        "sg-closed": Group(),
        "sg-all": Group(
            ingress=(Rule("-1", networks=(ANYWHERE,)),), egress=(Rule("-1", networks=(ANYWHERE, ip_network("::/0"))),)
        ),
        "sg-list": Group(egress=(Rule("tcp", 443, 443, prefix_lists=frozenset({"pl-s3"})),)),
    },
    {"pl-s3": (ip_network("52.216.0.0/15"), ip_network("3.5.0.0/19"))},
)


@pytest.mark.parametrize(
    ("source", "destination", "port", "comes_through"),
    [
        (side(["sg-balancer"]), side(["sg-task"]), 3333, True),
        (side(["sg-balancer"]), side(["sg-task"]), 3334, False),
        (side(["sg-balancer"]), side(["sg-closed"]), 3333, False),
        (side(["sg-mute"]), side(["sg-task"]), 3333, False),
        (side(["sg-closed", "sg-balancer"]), side(["sg-closed", "sg-task"]), 3333, True),
        (side(["sg-task"]), side([], "93.184.216.34"), 443, True),
        (side(["sg-task"]), side([], "93.184.216.34"), 80, False),
        (side(["sg-all"], "10.0.0.7"), side(["sg-all"], "10.0.1.7"), 22, True),
        (side([], "10.0.0.7"), side(["sg-all"]), 22, True),
        (side([]), side(["sg-all"]), 22, False),  # an unknown address matches no range
        (side([]), side(["sg-task"]), 3333, False),
        (side([]), side([]), 3333, True),  # neither side has a group
        (side(["sg-list"]), side([], "52.217.1.1"), 443, True),
        (side(["sg-list"]), side([], "52.217.1.0/24", "3.5.4.0/24"), 443, True),
        (side(["sg-list"]), side([], "52.217.1.0/24", "54.0.0.0/24"), 443, False),
        (side(["sg-task"]), side([], "2001:db8::1"), 443, False),
        (side(["sg-all"]), side([], "2001:db8::1"), 443, True),
        (side(["sg-gone"]), side([], "10.0.0.1"), 443, False),
    ],
)
def test_a_connection_needs_a_rule_on_both_sides(
    source: Side, destination: Side, port: int, *, comes_through: bool
) -> None:
    assert GROUPS.allow(source, destination, port) is comes_through


def test_a_refusal_names_the_groups_and_the_port() -> None:
    assert GROUPS.refusal(side(["sg-mute"]), side(["sg-task"]), 3333) == (
        "no egress rule of sg-mute allows TCP port 3333 to sg-task"
    )
    assert GROUPS.refusal(side([], "10.0.0.7"), side(["sg-task"]), 3333) == (
        "no ingress rule of sg-task allows TCP port 3333 from 10.0.0.7/32"
    )


def test_a_rule_for_another_protocol_allows_no_tcp() -> None:
    group = group_of({"IpPermissions": [{"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "IpRanges": [_ALL]}]})
    assert not SecurityGroups({"sg": group}).allow(side([], "10.0.0.1"), side(["sg"]), 53)


_ALL = {"CidrIp": "0.0.0.0/0"}


@given(st.integers(0, 65535), st.integers(0, 65535), st.integers(0, 65535))
def test_a_range_allows_its_ports_and_no_other(first: int, last: int, port: int) -> None:
    groups = SecurityGroups({"sg": Group(ingress=(Rule("6", first, last, networks=(ANYWHERE,)),))})
    assert groups.allow(side([], "10.0.0.1"), side(["sg"]), port) is (first <= port <= last)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """One event loop for several calls: the control plane keeps its connections."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.mark.emulator
def test_groups_are_read_from_the_emulator(control_plane: ControlPlane, runner: asyncio.Runner) -> None:
    ec2 = control_plane.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    def made(name: str) -> str:
        group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [_ALL]}])
        return group

    task, database = made("task"), made("database")
    port = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
    ec2.authorize_security_group_egress(
        GroupId=task, IpPermissions=[{**port, "UserIdGroupPairs": [{"GroupId": database}]}]
    )
    groups = runner.run(read_security_groups(control_plane))
    assert groups.refusal(side([task]), side([database]), 5432) == (
        f"no ingress rule of {database} allows TCP port 5432 from {task}"
    )
    ec2.authorize_security_group_ingress(
        GroupId=database, IpPermissions=[{**port, "UserIdGroupPairs": [{"GroupId": task}]}]
    )
    lists = ec2.describe_managed_prefix_lists()["PrefixLists"]
    s3 = next(row["PrefixListId"] for row in lists if row["PrefixListName"].endswith(".s3"))
    ec2.authorize_security_group_egress(
        GroupId=task,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": s3}]}],
    )
    groups = runner.run(read_security_groups(control_plane))
    assert groups.allow(side([task]), side([database]), 5432)
    assert groups.prefix_lists[s3]
    assert groups.allow(side([task]), Side(networks=groups.prefix_lists[s3]), 443)
    assert not groups.allow(side([task]), side([], "192.0.2.1"), 443)
