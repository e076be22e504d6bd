"""The choice of NAT and the NAT instance's script."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.network.nat import is_arm64_instance_type, nat_instance_user_data, plan_nat
from spot_planning.network.rules import RULES
from spot_planning.network.settings import Nat, VpcSettings
from tests.unit.planning.saying import said

zone_letters = st.lists(st.sampled_from("abcdef"), min_size=1, unique=True)


@given(zone_letters)
def test_per_az_leaves_through_its_own_zone(letters: list[str]) -> None:
    assert plan_nat("per-az", letters) == {letter: letter for letter in letters}


@given(st.sampled_from(["single", "instance"]), zone_letters)
def test_one_nat_is_in_the_first_zone(nat: str, letters: list[str]) -> None:
    assert plan_nat(nat, letters) == dict.fromkeys(letters, min(letters))


@given(zone_letters)
def test_every_zone_leaves_through_the_regional_gateway(letters: list[str]) -> None:
    assert plan_nat("regional", letters) == dict.fromkeys(letters, "regional")


@given(zone_letters)
def test_none_leaves_nowhere(letters: list[str]) -> None:
    assert plan_nat("none", letters) == {}


@pytest.mark.parametrize("instance_type", ["t4g.nano", "c7gn.medium", "m6gd.large", "a1.medium", "c8g.metal-24xl"])
def test_arm64_types(instance_type: str) -> None:
    assert said(VpcSettings(nat=Nat.INSTANCE, nat_instance_type=instance_type), RULES) == []


@pytest.mark.parametrize("instance_type", ["t3.nano", "t3a.nano", "g5.xlarge", "m7i.large"])
def test_other_types(instance_type: str) -> None:
    assert said(VpcSettings(nat=Nat.INSTANCE, nat_instance_type=instance_type), RULES) == [
        "nat_instance_type is not an arm64 (Graviton) type, such as t4g.nano; the NAT instance's image is for arm64"
    ]


@pytest.mark.parametrize("instance_type", ["t4g", ""])
def test_what_is_no_type(instance_type: str) -> None:
    assert not is_arm64_instance_type(instance_type)


@pytest.mark.parametrize("nat", sorted(set(Nat) - {Nat.INSTANCE}))
def test_other_modes_do_not_look_at_the_instance(nat: Nat) -> None:
    assert said(VpcSettings(nat=nat, nat_instance_type="t3.nano"), RULES) == []


def test_the_script_is_a_script() -> None:
    script = nat_instance_user_data("10.0.0.0/16")
    assert script.startswith("#!/bin/bash\n")
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_the_script_translates_and_forwards_only_what_leaves_the_vpc() -> None:
    script = nat_instance_user_data("10.1.0.0/16")
    assert "ip saddr 10.1.0.0/16 ip daddr != 10.1.0.0/16 masquerade" in script
    assert "hook forward priority filter; policy drop;" in script
    assert "net.ipv4.ip_forward = 1" in script


def test_the_script_makes_swap_before_it_installs() -> None:
    """On an instance of 512 MiB without swap, dnf is killed."""
    script = nat_instance_user_data("10.1.0.0/16")
    assert 0 < script.index("swapon /swapfile") < script.index("dnf ")


def test_the_rules_come_back_at_every_start() -> None:
    script = nat_instance_user_data("10.1.0.0/16")
    assert "ExecStart=/usr/sbin/nft --file /etc/nat.nft" in script
    assert "systemctl enable --now nat.service" in script
    assert "/swapfile none swap" in script.split("/etc/fstab")[0]
