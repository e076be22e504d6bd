"""Lifecycles of buckets: the rule refuses what Amazon S3 would refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.problems import Path
from spot_planning.storage.bucket_lifecycle import STORAGE_CLASSES, lifecycle_problems


@given(st.lists(st.sampled_from(STORAGE_CLASSES), unique=True), st.integers(30, 100), st.integers(1, 100))
def test_moves_down_the_classes_are_let_through(classes: list[str], first: int, apart: int) -> None:
    ordered = sorted(classes, key=STORAGE_CLASSES.index)
    moves = [(first + place * apart, storage_class) for place, storage_class in enumerate(ordered)]
    assert list(lifecycle_problems(moves, first + apart * len(STORAGE_CLASSES))) == []


@given(st.lists(st.sampled_from(STORAGE_CLASSES), min_size=2, max_size=2, unique=True))
def test_moves_back_up_are_refused(classes: list[str]) -> None:
    lower, upper = sorted(classes, key=STORAGE_CLASSES.index, reverse=True)
    (problem,) = lifecycle_problems([(30, lower), (60, upper)], None)
    assert problem.path == ("transitions", 1, "storage_class")
    assert problem.text.startswith(f"is not allowed after {lower}; allowed: ")
    assert upper not in problem.text


@pytest.mark.parametrize(
    ("transitions", "expiration_days", "path", "text"),
    [
        (
            [(29, "STANDARD_IA")],
            None,
            ("transitions", 0, "days"),
            "is not allowed with STANDARD_IA; allowed: 30 or more",
        ),
        (
            [(30, "GLACIER_IR"), (30, "GLACIER")],
            None,
            ("transitions", 1, "days"),
            "is not allowed after a transition at 30 days; allowed: a greater age than before",
        ),
        (
            [(30, "DEEP_ARCHIVE"), (60, "GLACIER")],
            None,
            ("transitions", 1, "storage_class"),
            "is not allowed after DEEP_ARCHIVE; allowed: no other transition",
        ),
        (
            [(90, "GLACIER")],
            90,
            ("expiration_days",),
            "is not allowed with a transition at 90 days; allowed: 91 or more, or None",
        ),
    ],
)
def test_wrong_lifecycles_are_refused(
    transitions: list[tuple[int, str]], expiration_days: int | None, path: Path, text: str
) -> None:
    (problem,) = lifecycle_problems(transitions, expiration_days)
    assert (problem.path, problem.text) == (path, text)
