"""Finds the resources that `destroy` must not delete, and those that remain after it, with their cost.

Everything is read from the stack's state, before anything is deleted.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent / "retained.toml"

Resource = Mapping[str, Any]

_PART_OF_ANOTHER = "part-of-another"
"""In place of a price: AWS deletes the resource with another."""


@dataclass(frozen=True)
class Price:
    """A price in ``retained.toml``.

    Attributes:
        usd: The price in USD.
        per: The unit: ``month`` or ``GB-month``.
    """

    usd: float
    per: str


@dataclass(frozen=True)
class Kept:
    """A resource or snapshot that remains after the stack is destroyed.

    Attributes:
        what: The kind and the name.
        price: The price; None if ``retained.toml`` has none.
        gigabytes: The largest possible size in GB; None if the state does not contain it.
        free: Whether it is free of charge.
    """

    what: str
    price: Price | None = None
    gigabytes: float | None = None
    free: bool = False

    @property
    def usd_per_month(self) -> float | None:
        """The largest possible cost per month, in USD; None if it is unknown."""
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
    """Return the resources that Pulumi or AWS protects from deletion, each as ``kind name (protections)``."""
    found: list[str] = []
    for resource in resources:
        reasons: list[str] = []
        if resource.get("protect"):
            reasons.append("protect")
        name = table()["protected"].get(resource["type"])
        # AWS's protection does not matter for a retained resource, because the engine does not delete it
        if name is not None and not resource.get("retainOnDelete") and _inputs(resource).get(name) is True:
            reasons.append(name)
        if reasons:
            found.append(f"{label_of(resource)} ({', '.join(reasons)})")
    return found


def usd_per_month(left: Iterable[Kept]) -> float:
    """Return the sum of the known costs, in USD per month."""
    return sum(each.usd_per_month or 0.0 for each in left)


def kept(resources: Iterable[Resource]) -> list[Kept]:
    """Return what remains after a destroy: retained resources, final snapshots, and what AWS deletes days later."""
    return [each for resource in resources for each in _left_by(resource)]


def _left_by(resource: Resource) -> Iterator[Kept]:
    inputs, label = _inputs(resource), label_of(resource)
    if resource.get("retainOnDelete") or inputs.get("skipDestroy") is True:
        price = table()["retained"].get(resource["type"])
        if resource.get("custom") and not resource["type"].startswith("pulumi:") and price != _PART_OF_ANOTHER:
            yield _priced(f"{label} (retained)", price)
        return
    match resource["type"]:
        case "aws:rds/instance:Instance" if _makes_final_snapshot(inputs):
            # Storage autoscaling raises the output; the input stays as it was.
            sizes = [part.get("allocatedStorage") for part in (inputs, _outputs(resource))]
            gigabytes = max((float(size) for size in sizes if isinstance(size, int | float)), default=None)
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
    """Return the waiting period before deletion, in days; AWS's default is 30 for keys and for secrets.

    AWS charges nothing during this period.

    Sources: AWS KMS pricing and AWS Secrets Manager pricing, on keys and secrets that are scheduled for deletion.
    """
    value = inputs.get(name)
    return int(value) if isinstance(value, int | float) else 30


def _priced(what: str, price: str | None, gigabytes: float | None = None) -> Kept:
    if price is None:
        return Kept(what)
    known = table()["prices"][price]
    if not known["usd"]:
        return Kept(what, free=True)
    return Kept(what, price=Price(known["usd"], known["per"]), gigabytes=gigabytes)


def _inputs(resource: Resource) -> Mapping[str, Any]:
    return resource.get("inputs") or {}


def _outputs(resource: Resource) -> Mapping[str, Any]:
    return resource.get("outputs") or {}


def label_of(resource: Resource) -> str:
    """Return a resource's kind and name, such as ``Bucket main-uploads``."""
    kind = str(resource["type"]).rpartition(":")[2]
    return f"{kind} {str(resource['urn']).rpartition('::')[2]}"


@cache
def table() -> dict[str, Any]:
    """Return the content of ``retained.toml``."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))
