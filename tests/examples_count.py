"""How many examples a property test tries if Hypothesis's usual 100 are too many or too few."""

from hypothesis import settings

_USUAL = 100
"""The examples of the profiles "ci" and "default"."""


def examples(number: int) -> int:
    """Return this number of examples, or the same share of it that the profile has of the usual 100."""
    return max(1, number * settings.default.max_examples // _USUAL)
