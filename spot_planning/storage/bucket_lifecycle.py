"""Checks the lifecycle of a bucket's objects."""

from collections.abc import Iterator, Sequence

from spot_planning.problems import Problem

STORAGE_CLASSES = (
    "STANDARD_IA",
    "INTELLIGENT_TIERING",
    "ONEZONE_IA",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
)
"""Storage classes to which objects can move, in the only possible order (Amazon S3 User Guide, "Transitioning objects
using Amazon S3 Lifecycle")."""

INFREQUENT_ACCESS_MINIMUM_DAYS = 30
"""Minimum age, days, of objects that move to an infrequent access class (the same page)."""


def lifecycle_problems(transitions: Sequence[tuple[int, str]], expiration_days: int | None) -> Iterator[Problem]:
    """Find what Amazon S3 would refuse, or what costs more than it saves.

    Args:
        transitions: Age in days and storage class of each transition of the current version. Each storage class is
            one of `STORAGE_CLASSES`.
        expiration_days: Age in days at which the current version gets a delete marker; None keeps it.

    Yields:
        The problems of the arguments ``transitions`` and ``expiration_days``.
    """
    age, place = -1, -1
    for number, (days, storage_class) in enumerate(transitions):
        if storage_class.endswith("_IA") and days < INFREQUENT_ACCESS_MINIMUM_DAYS:
            text = f"is not allowed with {storage_class}; allowed: {INFREQUENT_ACCESS_MINIMUM_DAYS} or more"
            yield Problem(("transitions", number, "days"), text)
        if days <= age:
            text = f"is not allowed after a transition at {age} days; allowed: a greater age than before"
            yield Problem(("transitions", number, "days"), text)
        if STORAGE_CLASSES.index(storage_class) <= place:
            later = ", ".join(STORAGE_CLASSES[place + 1 :]) or "no other transition"
            text = f"is not allowed after {STORAGE_CLASSES[place]}; allowed: {later}"
            yield Problem(("transitions", number, "storage_class"), text)
        age, place = days, STORAGE_CLASSES.index(storage_class)
    if expiration_days is not None and expiration_days <= age:
        text = f"is not allowed with a transition at {age} days; allowed: {age + 1} or more, or None"
        yield Problem(("expiration_days",), text)
