"""Answers of the public hosted zones in Amazon Route 53, as a resolver would get them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from toolchain.datapath.control_plane import ControlPlane

MAXIMUM_STEPS = 8
"""Aliases and CNAMEs that are followed for one name; also ends a circle."""
_FOLLOWED = ("A", "AAAA", "CNAME")


@dataclass(frozen=True)
class Zone:
    """A public hosted zone."""

    name: str
    """Without the last dot."""
    targets: Mapping[str, str]
    """Name of a record -> the name that its alias or CNAME leads to."""


def zone(name: str, records: Iterable[Mapping[str, Any]]) -> Zone:
    """A zone from what Route 53 tells of it.

    Of several records of a name, such as A and AAAA, the first one in the order A, AAAA, CNAME counts. Records with
    addresses lead nowhere here.

    Args:
        name: The zone's name.
        records: As ListResourceRecordSets tells them.
    """
    targets: dict[str, str] = {}
    for record in sorted(
        (record for record in records if record["Type"] in _FOLLOWED),
        key=lambda record: _FOLLOWED.index(record["Type"]),
    ):
        target = _target(record)
        if target:
            targets.setdefault(_plain(record["Name"]), target)
    return Zone(_plain(name), targets)


def _target(record: Mapping[str, Any]) -> str | None:
    if "AliasTarget" in record:
        return _plain(record["AliasTarget"]["DNSName"])
    return _plain(record["ResourceRecords"][0]["Value"]) if record["Type"] == "CNAME" else None


def _plain(name: str) -> str:
    # Route 53 writes an asterisk as \052 ("DNS domain name format").
    return name.lower().rstrip(".").replace("\\052", "*")


def resolve(name: str, zones: Iterable[Zone], owned: frozenset[str]) -> str | None:
    """The name of a service's endpoint that a name leads to.

    Args:
        name: A name of AWS, in lower case.
        zones: The public hosted zones.
        owned: Names of endpoints that are served here.

    Returns:
        One of ``owned``, or None: the name does not exist, or leads elsewhere.
    """
    known = tuple(zones)
    for _ in range(MAXIMUM_STEPS):
        if name in owned:
            return name
        responsible = max((z for z in known if _is_in(name, z.name)), key=lambda z: len(z.name), default=None)
        following = _lookup(name, responsible) if responsible else None
        if following is None:
            return None
        name = following
    return None


def _is_in(name: str, zone_name: str) -> bool:
    return name == zone_name or name.endswith(f".{zone_name}")


def _lookup(name: str, responsible: Zone) -> str | None:
    if name in responsible.targets:
        return responsible.targets[name]
    labels = name.split(".")
    wildcards = (".".join(["*", *labels[depth:]]) for depth in range(1, len(labels)))
    return next((responsible.targets[wildcard] for wildcard in wildcards if wildcard in responsible.targets), None)


def names_in(zones: Iterable[Zone], owned: frozenset[str]) -> frozenset[str]:
    """The names that lead to an endpoint that is served here, with the endpoints' own; wildcards are left out."""
    known = tuple(zones)
    named = {name for z in known for name in z.targets if "*" not in name}
    return owned | {name for name in named if resolve(name, known, owned)}


async def read_zones(control_plane: ControlPlane) -> tuple[Zone, ...]:
    """Read the public hosted zones.

    Raises:
        botocore.exceptions.ClientError: The emulator refused.
    """
    zones = await control_plane.pages("route53", "list_hosted_zones", "HostedZones")
    return tuple(
        [
            zone(
                found["Name"],
                await control_plane.pages(
                    "route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=found["Id"]
                ),
            )
            for found in zones
            if not found["Config"].get("PrivateZone")
        ]
    )
