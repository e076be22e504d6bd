"""Every setting that is a whole number has an upper bound that AWS's APIs can receive."""

import dataclasses
import typing
from collections.abc import Iterator
from typing import Any

from configuration.stack import StackSettings
from spot_planning.declarations import MAXIMUM_INTEGER, Allowed

BOUNDED_BY_A_RULE = {"service.memory"}
"""Settings whose values only a rule across settings can check: the sizes of Fargate."""


def limits(declared: Any, prefix: str = "") -> Iterator[tuple[str, Allowed | None]]:
    """Yield each setting that is a whole number or a list of them, with the condition for its numbers."""
    hints = typing.get_type_hints(declared)
    for field in dataclasses.fields(declared):
        hint, key = hints[field.name], f"{prefix}{field.name}"
        arms = typing.get_args(hint) or (hint,)
        is_list = typing.get_origin(hint) is list
        for arm in arms:
            if dataclasses.is_dataclass(arm):
                yield from limits(arm, f"{key}.")
            elif arm is int:
                yield key, field.metadata.get("each" if is_list else "allowed")


LIMITS = dict(limits(StackSettings))


def test_every_whole_number_has_an_upper_bound() -> None:
    assert len(LIMITS) > 50
    assert {"service.scheduled_scaling.max_tasks", "service.egress_ports", "api.quota_limit"} <= LIMITS.keys()
    unbounded = {
        key
        for key, allowed in LIMITS.items()
        if allowed is None or allowed.check is None or allowed.check(MAXIMUM_INTEGER + 1)
    }
    assert unbounded == BOUNDED_BY_A_RULE


def test_the_bound_is_the_largest_integer_of_a_service_model() -> None:
    assert MAXIMUM_INTEGER == 2_147_483_647
