"""Domain names and the validation of certificates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.names.domain_names import check_domain_name, plan_validation_domains

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


@pytest.mark.parametrize("name", [*WRONG_NAMES, "*", "a b.c", "x" * 64 + ".com", ".".join(["abcdefgh"] * 30)])
def test_wrong_domain_name(name: str) -> None:
    with pytest.raises(
        ValueError, match=r"^zone_name=.* is not a domain name in lower case, such as api\.example\.com$"
    ):
        check_domain_name("zone_name", name)


@pytest.mark.parametrize(
    ("domain_name", "others", "message"),
    [
        (
            "https://example.com",
            [],
            (
                "domain_name=https://example.com is not a domain name in lower case,"
                " such as api.example.com or *.example.com"
            ),
        ),
        (
            "example.com",
            ["a.*.example.com"],
            (
                "subject_alternative_names=a.*.example.com is not a domain name in lower case,"
                " such as api.example.com or *.example.com"
            ),
        ),
        ("example.com", ["example.com"], "subject_alternative_names=example.com is given twice"),
        (
            f"{'x' * 60}.example.com",
            [],
            (
                f"domain_name={'x' * 60}.example.com has 72 characters;"
                " a certificate's first name has at most 64, put a shorter one first"
            ),
        ),
    ],
)
def test_wrong_certificate_names(domain_name: str, others: list[str], message: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole message is compared
        plan_validation_domains(domain_name, others)
    assert str(error.value) == message
