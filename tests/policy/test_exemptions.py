"""The file of exemptions: what it may say, and what is wrong with one, in one line each."""

from datetime import date

import pytest

from policy.exemptions import Exemption, Exemptions, parse

RULES = {"rds-port", "rds-multi-az"}
GOOD = """
- rule: rds-port
  urn: urn:pulumi:*::spot-platform::*$aws:rds/instance:Instance::main
  reason: The clients cannot be told another port.
  expires: 2027-06-30
"""


def entry(**changes: str) -> str:
    fields = {
        "rule": "rds-port",
        "urn": '"urn:pulumi:*::p::t::n"',
        "reason": "The clients cannot be told another.",
        "expires": "2027-06-30",
        **changes,
    }
    return "- " + "\n  ".join(f"{key}: {value}" for key, value in fields.items() if value)


def test_reads_entries() -> None:
    assert parse(GOOD, RULES) == [
        Exemption(
            "rds-port",
            "urn:pulumi:*::spot-platform::*$aws:rds/instance:Instance::main",
            "The clients cannot be told another port.",
            date(2027, 6, 30),
        )
    ]


@pytest.mark.parametrize("text", ["", "[]", "# none"])
def test_none(text: str) -> None:
    assert parse(text, RULES) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rule: rds-port", "exemptions: a list is wanted"),
        ("- [", "exemptions: no YAML: "),
        ("- rds-port", "exemption 1: 'rds-port' is not a mapping of rule, urn, reason, expires"),
        (entry(rule="rds-prot"), "exemption 1: rule='rds-prot' is no rule"),
        (entry(rule="[rds-port]"), "exemption 1: rule=['rds-port'] is no rule"),
        (entry(reason=""), "exemption 1: reason is missing"),
        (entry(reason="because"), "exemption 1: reason='because' must say why, in 20 letters or more"),
        (entry(reason="[]"), "exemption 1: reason=[] must say why"),
        (entry(expires=""), "exemption 1: expires is missing"),
        (entry(expires="never"), "exemption 1: expires='never' must be a day such as 2027-06-30"),
        (entry(expires="2027-06-30 12:00:00"), "exemption 1: expires=datetime.datetime(2027, 6, 30, 12, 0)"),
        (entry(urn="main"), "exemption 1: urn='main' must look like urn:pulumi:STACK::PROJECT::TYPE::NAME"),
        (entry(urn='"urn:pulumi:*"'), "exemption 1: urn='urn:pulumi:*' must look like"),
        (entry(until="x"), "exemption 1: until is unknown"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="exemption") as refused:
        parse(text, RULES)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_says_all_that_is_wrong() -> None:
    with pytest.raises(ValueError, match="exemption 1: rule='a' is no rule\nexemption 3: rule='c' is no rule"):
        parse("\n".join([entry(rule="a"), entry(), entry(rule="c")]), RULES)


@pytest.mark.parametrize(
    ("pattern", "urn", "covered"),
    [
        ("urn:pulumi:*::p::*::db", "urn:pulumi:prod::p::a$aws:rds/instance:Instance::db", True),
        ("urn:pulumi:prod::p::*::db", "urn:pulumi:dev::p::a$aws:rds/instance:Instance::db", False),
        ("urn:pulumi:*::p::*::db?", "urn:pulumi:dev::p::t::db1", True),
        ("urn:pulumi:*::p::*::db?", "urn:pulumi:dev::p::t::db10", False),
    ],
)
def test_pattern(pattern: str, urn: str, covered: bool) -> None:
    exemption = Exemption("rds-port", pattern, "", date(2027, 1, 1))
    assert exemption.covers("rds-port", urn) is covered
    assert exemption.covers("rds-multi-az", urn) is False


@pytest.mark.parametrize(("day", "expired"), [((2026, 12, 31), False), ((2027, 1, 1), True), ((2027, 1, 2), True)])
def test_expires_on_its_day(day: tuple[int, int, int], expired: bool) -> None:
    entries = Exemptions([Exemption("rds-port", "urn:pulumi:*::p::*::db", "", date(2027, 1, 1))], date(*day))
    assert entries.use("rds-port", "urn:pulumi:prod::p::t::db") is not expired
    assert bool(entries.stale("prod")) is expired
