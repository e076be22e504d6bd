"""Lifecycles of buckets: the plan refuses what Amazon S3 would refuse."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.storage.bucket_lifecycle import STORAGE_CLASSES, check_lifecycle

RIGHT: dict[str, Any] = {
    "transitions": [],
    "expiration_days": None,
    "noncurrent_version_expiration_days": 90,
    "abort_incomplete_upload_days": 7,
}


@given(st.lists(st.sampled_from(STORAGE_CLASSES), unique=True), st.integers(30, 100), st.integers(1, 100))
def test_moves_down_the_classes_are_let_through(classes: list[str], first: int, apart: int) -> None:
    ordered = sorted(classes, key=STORAGE_CLASSES.index)
    moves = [(first + place * apart, storage_class) for place, storage_class in enumerate(ordered)]
    check_lifecycle(**{**RIGHT, "transitions": moves, "expiration_days": first + apart * len(STORAGE_CLASSES)})


@given(st.lists(st.sampled_from(STORAGE_CLASSES), min_size=2, max_size=2, unique=True))
def test_moves_back_up_are_refused(classes: list[str]) -> None:
    lower, upper = sorted(classes, key=STORAGE_CLASSES.index, reverse=True)
    with pytest.raises(ValueError, match=f"^transitions: {upper} at 60 days cannot follow what is before it$"):
        check_lifecycle(**{**RIGHT, "transitions": [(30, lower), (60, upper)]})


NO_ORDER = " cannot follow what is before it"
NO_TIME = " is not after the last transition, at 90 days"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"transitions": [(0, "COLD")]},
            "transitions: storage_class='COLD' is not one of " + ", ".join(STORAGE_CLASSES),
        ),
        ({"transitions": [(-1, "GLACIER")]}, "transitions: days=-1 is negative"),
        ({"transitions": [(29, "STANDARD_IA")]}, "transitions: days=29 is less than the 30 that STANDARD_IA needs"),
        (
            {"transitions": [(30, "GLACIER_IR"), (30, "GLACIER")]},
            "transitions: GLACIER at 30 days" + NO_ORDER,
        ),
        (
            {"transitions": [(90, "GLACIER")], "expiration_days": 90},
            "expiration_days=90" + NO_TIME,
        ),
    ],
)
def test_wrong_lifecycles_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_lifecycle(**{**RIGHT, **change})
