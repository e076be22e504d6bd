"""The way from private subnets to the internet."""

import re
from collections.abc import Sequence

NAT_MODES = ("per-az", "single", "instance", "none")
"""A NAT gateway in every zone; one for all; a NAT instance for all; no way out but VPC endpoints."""

_ARM64_INSTANCE_TYPE = re.compile(r"(?:a1|[a-z]+\d+g[a-z]*)\.[a-z0-9-]+")


def check_nat(nat: str, instance_type: str, *, has_image: bool) -> None:
    """Check the choice of NAT.

    Args:
        nat: One of `NAT_MODES`.
        instance_type: The EC2 instance type of a NAT instance.
        has_image: Whether an image for a NAT instance was given.

    Raises:
        ValueError: If the mode does not exist, or a NAT instance lacks its image or could not run it.
    """
    if nat not in NAT_MODES:
        raise ValueError(f"nat={nat} is not one of {', '.join(NAT_MODES)}")
    if nat != "instance":
        return
    if not has_image:
        raise ValueError("nat=instance needs nat_instance_image_id, an Amazon Linux 2023 image for arm64")
    if not _ARM64_INSTANCE_TYPE.fullmatch(instance_type):
        raise ValueError(
            f"nat_instance_type={instance_type} is not an arm64 (Graviton) type, such as t4g.nano;"
            " the NAT instance's image is for arm64"
        )


def plan_nat(nat: str, zone_letters: Sequence[str]) -> dict[str, str]:
    """Say through which zone the traffic of every zone leaves.

    The first zone keeps its gateway between ``per-az`` and ``single``, and with it its public address.

    Args:
        nat: One of `NAT_MODES`.
        zone_letters: The zones' letters.

    Returns:
        The letter of the zone with the NAT by the letter of the zone that uses it; empty without NAT.
    """
    if nat == "none":
        return {}
    return {letter: letter if nat == "per-az" else min(zone_letters) for letter in zone_letters}


def nat_instance_user_data(cidr_block: str) -> str:
    """The script that turns Amazon Linux 2023 into a NAT instance at its first start.

    After "Create a NAT AMI" (Amazon VPC User Guide). Amazon Linux 2023 comes without iptables; the package comes from
    the internet, which the instance reaches only once its Elastic IP address is there, hence the loop. The rules file
    is loaded again by the ``iptables`` service at every later start.

    Args:
        cidr_block: The VPC's range, whose traffic to elsewhere is translated.

    Returns:
        A shell script for cloud-init.
    """
    return f"""#!/bin/bash
set -euo pipefail
echo 'net.ipv4.ip_forward = 1' > /etc/sysctl.d/90-nat.conf
sysctl --load=/etc/sysctl.d/90-nat.conf
until dnf --assumeyes install iptables-services; do sleep 5; done
cat > /etc/sysconfig/iptables <<'RULES'
*nat
-A POSTROUTING -s {cidr_block} ! -d {cidr_block} -j MASQUERADE
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -s {cidr_block} ! -d {cidr_block} -j ACCEPT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
RULES
systemctl enable iptables
systemctl restart iptables
"""
