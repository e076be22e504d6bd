"""Routing policies of Route 53 that the edge reads from a real emulator."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.toolchain.datapath.edge.conftest import running, surroundings_of
from toolchain.datapath.edge.server import Edge


def test_a_routing_policy_that_is_not_played_is_said_once(
    emulator: str, aws: Callable[[str], Any], tmp_path: Path
) -> None:
    route53 = aws("route53")
    zone = route53.create_hosted_zone(Name="routed.test", CallerReference="routed")["HostedZone"]["Id"]
    for name, weight in (("blue", 0), ("green", 100)):
        record = {
            "Name": "www.routed.test",
            "Type": "CNAME",
            "TTL": 60,
            "SetIdentifier": name,
            "Weight": weight,
            "ResourceRecords": [{"Value": f"{name}.example.com"}],
        }
        change = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=change)
    surroundings = surroundings_of(emulator, tmp_path)
    said: list[str] = surroundings.say.__self__  # pyright: ignore[reportFunctionMemberAccess]

    async def play() -> None:
        edge = Edge(surroundings)
        async with running(edge):
            edge._zones_read_at = float("-inf")
            await edge.converge()

    asyncio.run(play())
    assert [line for line in said if "routing" in line] == [
        "edge: www.routed.test (CNAME): weighted routing is not played: green.example.com answers"
    ]
