"""Results of look-ups of the account, its Regions and zones (the package's ``aws:index`` module)."""

from collections.abc import Callable

from . import regions
from .templates import Made, Recipe, Scope


def filters(scope: Scope) -> dict[str, list[str]]:
    """Return the ``filters`` argument as a map: name to values."""
    return {item["name"]: list(item["values"]) for item in scope.get("filters", [])}


def _zones(scope: Scope) -> list[str]:
    names, identifiers = scope.get("excludeNames", []), scope.get("excludeZoneIds", [])
    wanted = filters(scope)
    if scope.get("state", "available") != "available" or wanted.get("zone-type") == ["local-zone"]:
        return []
    return [
        zone
        for zone in regions.zone_names(scope.region)
        if zone not in names
        and regions.zone_id(zone) not in identifiers
        and zone in wanted.get("zone-name", [zone])
        and regions.zone_id(zone) in wanted.get("zone-id", [regions.zone_id(zone)])
    ]


def _one_zone(scope: Scope) -> str:
    zones = regions.zone_names(scope.region)
    by_id = {regions.zone_id(zone): zone for zone in zones}
    return by_id.get(scope.get("zoneId", ""), zones[0])


def _arn_part(position: int) -> Callable[[Scope], str]:
    return lambda scope: str(scope["arn"]).split(":", 5)[position]


def _lookup(identifier: str, **results: Recipe) -> Made:
    return Made(identifier, results)


TABLE: dict[str, Made] = {
    "aws:index/getArn:getArn": _lookup(
        "{arn}",
        partition=_arn_part(1),
        service=_arn_part(2),
        region=_arn_part(3),
        account=_arn_part(4),
        resource=_arn_part(5),
    ),
    "aws:index/getAvailabilityZone:getAvailabilityZone": _lookup(
        "{name}",
        name=_one_zone,
        zoneId=lambda scope: regions.zone_id(scope["name"]),
        nameSuffix=lambda scope: str(scope["name"])[-1],
        groupName="{region}",
        groupLongName="{region}",
        networkBorderGroup="{region}",
        optInStatus="opt-in-not-required",
        state="available",
        zoneType="availability-zone",
    ),
    "aws:index/getAvailabilityZones:getAvailabilityZones": _lookup(
        "{region}",
        names=_zones,
        zoneIds=lambda scope: [regions.zone_id(zone) for zone in _zones(scope)],
        groupNames=["{region}"],
    ),
    "aws:index/getBillingServiceAccount:getBillingServiceAccount": _lookup(
        "386209384616", arn="arn:{partition}:iam::386209384616:root"
    ),
    "aws:index/getCallerIdentity:getCallerIdentity": _lookup(
        "{account}",
        accountId="{account}",
        arn="arn:{partition}:sts::{account}:assumed-role/offline/offline",
        userId="AROA{upper:17}:offline",
    ),
    # the provider instance adds its own tags to the result
    "aws:index/getDefaultTags:getDefaultTags": _lookup("{partition}", tags={}),
    "aws:index/getPartition:getPartition": _lookup(
        "{partition}",
        partition="{partition}",
        dnsSuffix="{domain}",
        reverseDnsPrefix=lambda scope: ".".join(reversed(regions.domain(scope.region).split("."))),
    ),
    "aws:index/getRegion:getRegion": _lookup(
        "{region}", name="{region}", description="{region}", endpoint="ec2.{region}.{domain}"
    ),
    "aws:index/getRegions:getRegions": _lookup("{partition}", names=lambda _: sorted(regions.REGIONS)),
    "aws:index/getService:getService": _lookup(
        "{reverseDnsName}",
        dnsName="{serviceId}.{region}.{domain}",
        reverseDnsPrefix="com.amazonaws",
        reverseDnsName="{reverseDnsPrefix}.{region}.{serviceId}",
        partition="{partition}",
        supported=True,
    ),
    "aws:index/getServicePrincipal:getServicePrincipal": _lookup(
        "{serviceName}.{region}.amazonaws.com", name="{serviceName}.amazonaws.com", suffix="amazonaws.com"
    ),
}
