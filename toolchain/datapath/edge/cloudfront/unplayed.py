"""Names what a distribution asks for and the data path does not play. It has no side effects."""

from collections.abc import Iterator, Mapping
from typing import Any

from toolchain.datapath.edge.cloudfront.entries import items, needs_signature, section


def unplayed(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return one sentence for each thing that is not played.

    Args:
        config: ``DistributionConfig`` from the response of GetDistribution.
    """
    return tuple(_sentences(config))


def _sentences(config: Mapping[str, Any]) -> Iterator[str]:
    restriction = section(section(config, "Restrictions"), "GeoRestriction")
    if restriction.get("RestrictionType", "none") != "none":
        countries = " ".join((restriction["RestrictionType"], *items(restriction)))
        yield f"the geographic restriction ({countries}) is not played: viewers of all countries are served"
    if section(config, "Logging").get("Enabled"):
        yield "standard logs to a bucket are not played"
    for origin in items(config["Origins"]):
        if section(origin, "OriginShield").get("Enabled"):
            yield f"Origin Shield of the origin {origin['Id']} is not played"
    for group in items(config.get("OriginGroups")):
        first = items(group["Members"])[0]["OriginId"]
        yield f"the origin group {group['Id']} is not played: its first origin, {first}, is always used"
    for entry in (*items(config.get("CacheBehaviors")), config["DefaultCacheBehavior"]):
        for sentence in _of_behaviour(entry):
            yield f"behaviour {entry.get('PathPattern', '*')}: {sentence}"


def _of_behaviour(entry: Mapping[str, Any]) -> Iterator[str]:
    if needs_signature(entry):
        yield "signed URLs and cookies are not verified: every request gets 403"
    for function in items(entry.get("LambdaFunctionAssociations")):
        yield f"the Lambda@Edge function {function['LambdaFunctionARN']} ({function['EventType']}) is not played"
    if entry.get("FieldLevelEncryptionId"):
        yield f"field-level encryption ({entry['FieldLevelEncryptionId']}) is not played"
    if entry.get("RealtimeLogConfigArn"):
        yield "real-time logs are not played"
