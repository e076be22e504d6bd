"""Checks the lifecycle of a bucket's objects."""

from collections.abc import Sequence

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


def check_lifecycle(
    *,
    transitions: Sequence[tuple[int, str]],
    expiration_days: int | None,
    noncurrent_version_expiration_days: int,
    abort_incomplete_upload_days: int,
) -> None:
    """Refuse a lifecycle that Amazon S3 would refuse, or that costs more than it saves.

    Args:
        transitions: Age in days and storage class of each transition of the current version.
        expiration_days: Age in days at which the current version gets a delete marker; None keeps it.
        noncurrent_version_expiration_days: Days that replaced and deleted versions are kept.
        abort_incomplete_upload_days: Days after which the parts of an unfinished multipart upload are removed.

    Raises:
        ValueError: A value is wrong; the message is about the first one.
    """
    for key, days in (
        ("noncurrent_version_expiration_days", noncurrent_version_expiration_days),
        ("abort_incomplete_upload_days", abort_incomplete_upload_days),
        *((("expiration_days", expiration_days),) if expiration_days is not None else ()),
    ):
        if days < 1:
            raise ValueError(f"{key}={days} is not a positive number of days")
    _check_transitions(transitions)
    last = max((days for days, _ in transitions), default=0)
    if expiration_days is not None and expiration_days <= last:
        raise ValueError(f"expiration_days={expiration_days} is not after the last transition, at {last} days")


def _check_transitions(transitions: Sequence[tuple[int, str]]) -> None:
    age, place = -1, -1
    for days, storage_class in transitions:
        if storage_class not in STORAGE_CLASSES:
            allowed = ", ".join(STORAGE_CLASSES)
            raise ValueError(f"transitions: storage_class={storage_class!r} is not one of {allowed}")
        if days < 0:
            raise ValueError(f"transitions: days={days} is negative")
        if storage_class.endswith("_IA") and days < INFREQUENT_ACCESS_MINIMUM_DAYS:
            raise ValueError(
                f"transitions: days={days} is less than the {INFREQUENT_ACCESS_MINIMUM_DAYS} that {storage_class} needs"
            )
        if days <= age or STORAGE_CLASSES.index(storage_class) <= place:
            raise ValueError(f"transitions: {storage_class} at {days} days cannot follow what is before it")
        age, place = days, STORAGE_CLASSES.index(storage_class)
