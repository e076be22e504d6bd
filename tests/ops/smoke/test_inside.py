"""The smoke test detects that the database or the load balancer of the local stack can be reached from outside."""

import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import psutil
import pytest
from moto import mock_aws

from ops.addresses import served
from ops.smoke import inside as smoke_inside
from ops.smoke.visit import Status, Visit
from toolchain.datapath.addresses import Addresses

REGION = "us-east-1"
CHECKS = {check.name: check for check in smoke_inside.CHECKS}
OPEN: Any = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 65535, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test")  # type: ignore[call-overload]


class World:
    """A database and a load balancer in moto, each with a port of this machine that stands for it."""

    def __init__(self, folder: Path) -> None:
        ec2, rds, elbv2 = client("ec2"), client("rds"), client("elbv2")
        self.ec2 = ec2
        subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]]
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        self.groups = {
            name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in CHECKS
        }
        database = rds.create_db_instance(
            DBInstanceIdentifier="db",
            DBInstanceClass="db.t4g.micro",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="root",
            MasterUserPassword="not-a-secret",
            PubliclyAccessible=False,
            VpcSecurityGroupIds=[self.groups["database"]],
        )["DBInstance"]
        self.balancer = elbv2.create_load_balancer(
            Name="api", Type="network", Scheme="internal", Subnets=subnets[:1], SecurityGroups=[self.groups["balancer"]]
        )["LoadBalancers"][0]
        arn = self.balancer["LoadBalancerArn"]
        target = elbv2.create_target_group(Name="api", Protocol="TCP", Port=8080, VpcId=vpc)["TargetGroups"][0]
        elbv2.create_listener(
            LoadBalancerArn=arn,
            Protocol="TCP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": target["TargetGroupArn"]}],
        )
        self.hosts = {
            "database": (str(database["Endpoint"]["Address"]), int(database["Endpoint"]["Port"])),
            "balancer": (str(self.balancer["DNSName"]), 80),
        }
        self.addresses = Addresses(folder)

    def look(self, name: str) -> Any:
        session: Any = SimpleNamespace(
            is_local=True, stack="local", outputs={"database_identifier": "db"}, client=client
        )
        return CHECKS[name].look(Visit(session))

    def open_group(self, name: str) -> None:
        self.ec2.authorize_security_group_ingress(GroupId=self.groups[name], IpPermissions=[OPEN])


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # moto would make 1 300 images for each test
    with mock_aws():
        made = World(tmp_path)
        monkeypatch.setattr(smoke_inside, "_balancer", lambda _: made.balancer)
        monkeypatch.setattr(smoke_inside, "served", partial(served, tmp_path))
        yield made


@pytest.fixture
def listening(world: World) -> Iterator[Callable[[str, str], None]]:
    """Start listening in place of the data path, for a check, at an address of this machine."""
    opened: list[socket.socket] = []

    def listen(name: str, address: str) -> None:
        one = socket.create_server((address, 0))
        opened.append(one)
        world.addresses.serve(*world.hosts[name], one.getsockname()[1])

    yield listen
    for one in opened:
        one.close()


@pytest.mark.parametrize("name", CHECKS)
def test_ports_on_the_loopback_interface_pass(name: str, world: World, listening: Callable[[str, str], None]) -> None:
    listening(name, "127.0.0.1")
    finding = world.look(name)
    assert finding.status is Status.OK, finding
    assert f"no rule of {world.groups[name]} lets in the internet" in finding.reason


@pytest.mark.parametrize("name", CHECKS)
def test_a_security_group_that_lets_in_the_internet_fails(
    name: str, world: World, listening: Callable[[str, str], None]
) -> None:
    listening(name, "127.0.0.1")
    world.open_group(name)
    finding = world.look(name)
    assert finding.status is Status.FAILED
    assert f"lets in addresses of the internet, {world.groups[name]}: 0.0.0.0/0" in finding.reason


@pytest.mark.parametrize("name", CHECKS)
def test_a_port_that_other_machines_can_reach_fails(
    name: str, world: World, listening: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    # 127.0.0.2 is in place of an address in a network, which not every machine has.
    monkeypatch.setattr(smoke_inside, "_network_addresses", lambda: ["127.0.0.2"])
    listening(name, "0.0.0.0")
    finding = world.look(name)
    assert finding.status is Status.FAILED
    assert "of 127.0.0.2, which other machines can reach" in finding.reason
    listening(name, "127.0.0.1")
    assert world.look(name).status is Status.OK


@pytest.mark.parametrize("name", CHECKS)
def test_what_the_data_path_does_not_serve_fails(name: str, world: World) -> None:
    finding = world.look(name)
    assert finding.status is Status.FAILED
    assert f"does not serve {world.hosts[name][0]}" in finding.reason


def test_addresses_of_the_loopback_interface_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def address(family: socket.AddressFamily, text: str) -> Any:
        return SimpleNamespace(family=family, address=text)

    found = {
        "lo": [address(socket.AF_INET, "127.0.0.1"), address(socket.AF_INET6, "::1")],
        "eth0": [address(socket.AF_INET, "192.0.2.7"), address(socket.AF_INET6, "fe80::1%eth0")],
    }
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: found)
    assert smoke_inside._network_addresses() == ["192.0.2.7"]
