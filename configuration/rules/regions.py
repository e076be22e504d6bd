"""Rules about AWS Regions."""

import json
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from configuration.rules.context import Context, Rule, refuse
from spot_planning.problems import Problem, listed

_PARTITION = "aws"
_NO_REGION = "aws-global"
"""botocore's stand-in for services without Regions."""


@cache
def regions() -> tuple[str, ...]:
    """Return the Regions outside China and GovCloud, which AWS maintains in botocore's data.

    Only the data is read: botocore's own loader would take a tenth of a second of every preview.
    """
    data = json.loads((files("botocore") / "data" / "partitions.json").read_text(encoding="utf-8"))
    return tuple(
        region
        for partition in data["partitions"]
        if partition["id"] == _PARTITION
        for region in partition["regions"]
        if region != _NO_REGION
    )


def _exists(key: str) -> Rule:
    def rule(context: Context) -> Iterator[Problem]:
        for _, region in context.entries(key):
            if region not in regions():
                near = get_close_matches(region, regions())
                advice = f"similar names: {listed(near)}" if near else "a newer version of botocore may know it"
                yield refuse(key, f"is no Region that botocore knows; {advice}")

    return rule


RULES: tuple[Rule, ...] = (_exists("aws.region"), _exists("backups.copy_region"))
