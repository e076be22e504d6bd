"""NAT between private subnets and the internet."""

import re
from collections.abc import Sequence

_ARM64_INSTANCE_TYPE = re.compile(r"(?:a1|[a-z]+[0-9]+g[a-z]*)\.[a-z0-9-]+")


def is_arm64_instance_type(instance_type: str) -> bool:
    """Check whether an EC2 instance type has a Graviton (arm64) processor, such as ``t4g.nano``."""
    return _ARM64_INSTANCE_TYPE.fullmatch(instance_type) is not None


REGIONAL = "regional"
"""The name of the NAT gateway that works in every zone."""


def plan_nat(nat: str, zone_letters: Sequence[str]) -> dict[str, str]:
    """Return for each zone the NAT that its traffic uses.

    A change between ``per-az`` and ``single`` keeps the first zone's gateway and its public address.

    Args:
        nat: A value of `Nat`.
        zone_letters: The zones' letters.

    Returns:
        Letter of a zone -> letter of the zone whose NAT it uses, or `REGIONAL`; empty without NAT.
    """
    if nat == "none":
        return {}
    if nat == REGIONAL:
        return dict.fromkeys(zone_letters, REGIONAL)
    return {letter: letter if nat == "per-az" else min(zone_letters) for letter in zone_letters}


def nat_instance_user_data(cidr_block: str) -> str:
    """Return the script that turns Amazon Linux 2023 into a NAT instance at its first start.

    The reasons for its steps, in order:

    - Swap: dnf alone fills the 512 MiB of a nano (amazon-linux-2023 issue 404).
    - The loop: the image has no packet filter, and the package comes from the internet, which the instance reaches only
      when it has its Elastic IP address.
    - nftables: newer kernels lack modules that the older iptables needs.
    - The systemd unit: cloud-init does not run the script at later starts.

    Args:
        cidr_block: The VPC's address range. Its traffic to other addresses is translated.

    Returns:
        A shell script for cloud-init.
    """
    return f"""#!/bin/bash
set -euo pipefail

dd if=/dev/zero of=/swapfile bs=1M count=512
chmod 600 /swapfile
mkswap /swapfile
swapon /swapfile
echo '/swapfile none swap defaults 0 0' >> /etc/fstab

until dnf --assumeyes install nftables; do sleep 5; done

echo 'net.ipv4.ip_forward = 1' > /etc/sysctl.d/90-nat.conf
sysctl --load=/etc/sysctl.d/90-nat.conf

cat > /etc/nat.nft <<'RULES'
flush ruleset
table ip nat {{
  chain postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr {cidr_block} ip daddr != {cidr_block} masquerade
  }}
  chain forward {{
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ip saddr {cidr_block} ip daddr != {cidr_block} accept
  }}
}}
RULES

cat > /etc/systemd/system/nat.service <<'UNIT'
[Unit]
Description=Network address translation for the private subnets
Wants=network-pre.target
Before=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft --file /etc/nat.nft

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now nat.service
"""
