"""What `destroy` may not delete and what it leaves behind, read from the stack's state before anything is deleted."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent / "retained.toml"

Resource = Mapping[str, Any]


@dataclass(frozen=True)
class Price:
    """A price of ``retained.toml``.

    Attributes:
        usd: USD.
        per: ``month`` or ``GB-month``.
    """

    usd: float
    per: str


@dataclass(frozen=True)
class Kept:
    """Something that outlives the stack.

    Attributes:
        what: Its kind and name.
        price: Its price; None when ``retained.toml`` has none.
        gigabytes: Its size at most, where the state tells.
        free: Whether AWS charges nothing for it.
    """

    what: str
    price: Price | None = None
    gigabytes: float | None = None
    free: bool = False

    @property
    def usd_per_month(self) -> float | None:
        """What it costs a month at most; None when that is not known."""
        if self.free:
            return 0.0
        if self.price is None:
            return None
        if self.price.per == "month":
            return self.price.usd
        return None if self.gigabytes is None else self.price.usd * self.gigabytes

    def __str__(self) -> str:
        if self.free:
            return f"{self.what}: free of charge"
        if self.price is None:
            return f"{self.what}: see AWS's price list"
        month = self.usd_per_month
        if month is None:
            return f"{self.what}: {self.price.usd:g} USD per GB and month"
        if self.price.per == "month":
            return f"{self.what}: {month:.2f} USD a month"
        return f"{self.what}: at most {month:.2f} USD a month ({self.gigabytes:g} GB at {self.price.usd:g} USD)"


def protected(resources: Iterable[Resource]) -> list[str]:
    """The resources that must not be deleted, by Pulumi's protection or AWS's, each as ``kind name (which)``."""
    found: list[str] = []
    for resource in resources:
        reasons: list[str] = []
        if resource.get("protect"):
            reasons.append("protect")
        name = _table()["protected"].get(resource["type"])
        # a retained resource is not deleted, so AWS is not asked
        if name is not None and not resource.get("retainOnDelete") and _inputs(resource).get(name) is True:
            reasons.append(name)
        if reasons:
            found.append(f"{_label(resource)} ({', '.join(reasons)})")
    return found


def deleted_only_empty(resources: Iterable[Resource]) -> list[str]:
    """The resources whose deletion AWS refuses while something is in them."""
    return [
        _label(resource)
        for resource in resources
        if (name := _table()["only-empty"].get(resource["type"])) is not None
        and not resource.get("retainOnDelete")
        and _inputs(resource).get(name) is not True
    ]


def usd_per_month(left: Iterable[Kept]) -> float:
    """The sum of the costs that are known, in USD per month."""
    return sum(each.usd_per_month or 0.0 for each in left)


def kept(resources: Iterable[Resource]) -> list[Kept]:
    """What remains when the resources are deleted: retained ones, final snapshots, what AWS deletes days later."""
    return [each for resource in resources for each in _left_by(resource)]


def _left_by(resource: Resource) -> Iterator[Kept]:
    inputs, label = _inputs(resource), _label(resource)
    if resource.get("retainOnDelete") or inputs.get("skipDestroy") is True:
        if resource.get("custom") and not resource["type"].startswith("pulumi:"):
            yield _priced(f"{label} (retained)", _table()["retained"].get(resource["type"]))
        return
    match resource["type"]:
        case "aws:rds/instance:Instance" if _makes_final_snapshot(inputs):
            size = inputs.get("allocatedStorage")
            gigabytes = float(size) if isinstance(size, int | float) else None
            yield _priced(f"final snapshot {inputs['finalSnapshotIdentifier']} of {label}", "rds-snapshot", gigabytes)
        case "aws:elasticache/replicationGroup:ReplicationGroup" if inputs.get("finalSnapshotIdentifier"):
            yield Kept(f"final snapshot {inputs['finalSnapshotIdentifier']} of {label}")
        case "aws:kms/key:Key":
            yield Kept(f"{label}: AWS deletes it after {_days(inputs, 'deletionWindowInDays')} days", free=True)
        case "aws:secretsmanager/secret:Secret" if inputs.get("recoveryWindowInDays") != 0:
            yield Kept(f"{label}: AWS deletes it after {_days(inputs, 'recoveryWindowInDays')} days", free=True)
        case _:
            return


def _makes_final_snapshot(inputs: Mapping[str, Any]) -> bool:
    return bool(inputs.get("finalSnapshotIdentifier")) and not inputs.get("skipFinalSnapshot")


def _days(inputs: Mapping[str, Any], name: str) -> int:
    """The waiting period in days, in which AWS charges nothing; AWS's default is 30 for keys and for secrets.

    Sources: AWS KMS pricing and AWS Secrets Manager pricing, on keys and secrets that are scheduled for deletion.
    """
    value = inputs.get(name)
    return int(value) if isinstance(value, int | float) else 30


def _priced(what: str, price: str | None, gigabytes: float | None = None) -> Kept:
    if price is None:
        return Kept(what)
    known = _table()["prices"][price]
    return Kept(what, price=Price(known["usd"], known["per"]), gigabytes=gigabytes)


def _inputs(resource: Resource) -> Mapping[str, Any]:
    return resource.get("inputs") or {}


def _label(resource: Resource) -> str:
    kind = str(resource["type"]).rpartition(":")[2]
    return f"{kind} {str(resource['urn']).rpartition('::')[2]}"


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))
