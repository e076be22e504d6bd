"""Domain names and the validation of certificates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.declarations import fits
from spot_planning.names.domain_names import (
    CERTIFICATE_NAME,
    DOMAIN_NAME,
    FIRST_CERTIFICATE_NAME,
    plan_validation_domains,
)

labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
domains = st.builds(".".join, st.lists(labels, min_size=2, max_size=4))


@given(domains, st.lists(domains, max_size=4), st.booleans())
def test_one_record_for_each_domain(first: str, others: list[str], wildcard: bool) -> None:
    names = list(dict.fromkeys([first, *others]))
    if wildcard:
        names += [f"*.{name}" for name in names]
    assert plan_validation_domains(names[0], names[1:]) == tuple(dict.fromkeys([first, *others]))


WRONG_NAMES = [
    "",
    "localhost",
    "Example.com",
    "example.com.",
    "-a.example.com",
    "a_b.example.com",
    "a..b",
    "*",
    "*.com",
]


@pytest.mark.parametrize("name", [*WRONG_NAMES, "a b.c", "x" * 64 + ".com", ".".join(["abcdefgh"] * 30)])
def test_wrong_domain_name(name: str) -> None:
    assert not fits(DOMAIN_NAME, name)
    assert not fits(CERTIFICATE_NAME, name)


@pytest.mark.parametrize("name", ["https://example.com", "a.*.example.com", "*.*.example.com"])
def test_wrong_certificate_name(name: str) -> None:
    assert not fits(CERTIFICATE_NAME, name)


def test_the_first_name_of_a_certificate_has_at_most_64_characters() -> None:
    longest = f"*.{'x' * 50}.example.com"
    assert fits(FIRST_CERTIFICATE_NAME, longest)
    assert not fits(FIRST_CERTIFICATE_NAME, f"*.x{longest[2:]}")
    assert fits(CERTIFICATE_NAME, f"*.x{longest[2:]}")
