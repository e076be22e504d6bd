"""Resolves names with the public hosted zones in Amazon Route 53, as a DNS resolver would."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from toolchain.datapath.control_plane import ControlPlane

MAXIMUM_STEPS = 8
"""Maximum number of aliases and CNAMEs that are followed for one name; it also ends loops."""
_FOLLOWED = ("A", "AAAA", "CNAME")
_ROUTING = {
    "Weight": "weighted",
    "Failover": "failover",
    "Region": "latency",
    "GeoLocation": "geolocation",
    "GeoProximityLocation": "geoproximity",
    "CidrRoutingConfig": "IP-based",
    "MultiValueAnswer": "multivalue answer",
}
"""Element of a record set -> its routing policy (Amazon Route 53 Developer Guide, "Choosing a routing policy")."""


@dataclass(frozen=True)
class Zone:
    """A public hosted zone."""

    name: str
    """Name of the zone, without the dot at its end."""
    targets: Mapping[str, str]
    """Name of a record -> target of its alias or CNAME."""
    unplayed: tuple[str, ...] = ()
    """One sentence for each name with a routing policy that is not played."""


def zone(name: str, records: Iterable[Mapping[str, Any]]) -> Zone:
    """Make a zone from Route 53's response.

    If a name has several records, such as A and AAAA, the first record in the order A, AAAA, CNAME is used. Records
    with IP addresses have no target here. Of the records with a routing policy one answers: the primary, the heaviest
    or the default record.

    Args:
        name: The zone's name.
        records: Records from ListResourceRecordSets.
    """
    followed = [record for record in records if record["Type"] in _FOLLOWED]
    targets: dict[str, str] = {}
    answering: dict[tuple[str, str], str] = {}
    for record in sorted(followed, key=lambda record: (_FOLLOWED.index(record["Type"]), _rank(record))):
        target = _target(record)
        if target:
            named = _plain(record["Name"])
            targets.setdefault(named, target)
            answering.setdefault((named, record["Type"]), target)
    unplayed: dict[str, None] = {}
    for record in followed:
        policy = next((text for element, text in _ROUTING.items() if element in record), None)
        named, kind = _plain(record["Name"]), record["Type"]
        if policy and (named, kind) in answering:
            target = answering[named, kind]
            unplayed[f"{named} ({kind}): {policy} routing is not played: {target} answers"] = None
    return Zone(_plain(name), targets, tuple(unplayed))


def _rank(record: Mapping[str, Any]) -> tuple[bool, int, bool]:
    """Return the place of a record among those of its name and type; the first answers."""
    location: Mapping[str, Any] = record.get("GeoLocation") or {}
    return record.get("Failover") == "SECONDARY", -int(record.get("Weight") or 0), location.get("CountryCode") != "*"


def _target(record: Mapping[str, Any]) -> str | None:
    if "AliasTarget" in record:
        return _plain(record["AliasTarget"]["DNSName"])
    return _plain(record["ResourceRecords"][0]["Value"]) if record["Type"] == "CNAME" else None


def _plain(name: str) -> str:
    # Route 53 writes an asterisk as \052 ("DNS domain name format").
    return name.lower().rstrip(".").replace("\\052", "*")


def resolve(name: str, zones: Iterable[Zone], owned: frozenset[str]) -> str | None:
    """Resolve a name to the name of an endpoint that is served here.

    Args:
        name: DNS name in AWS, in lower case.
        zones: The public hosted zones.
        owned: Names of the endpoints that are served here.

    Returns:
        A name in ``owned``; None if the name does not exist, or resolves to another target.
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
    """Return all names that resolve to an endpoint in `owned`, and `owned` itself; wildcard names are left out."""
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
