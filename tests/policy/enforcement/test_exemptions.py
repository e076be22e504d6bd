"""Exemptions: what an entry covers, what the file may contain, and every error with its line."""

from datetime import date

import pytest

from policy.enforcement.exemptions import Exemption, Exemptions, PortRange
from policy.enforcement.exemptions_file import entry_to_copy, parse, stack_names

WORLD = "security-group-world-ingress"
RULES = {"rds-port", "rds-multi-az", WORLD}
STACKS = {"dev", "prod", "staging"}
URN = "urn:pulumi:prod::shop::shop:index:Data$aws:rds/instance:Instance::main"
GOOD = """
- rule: rds-port
  urn: urn:pulumi:*::*::*$aws:rds/instance:Instance::main
  stacks: [prod, "review-*"]
  reason: The clients cannot be told another port.
  expires: 2027-06-30
"""


def exemption(urn: str = URN, stacks: tuple[str, ...] = ("prod",), ports: tuple[int, ...] = ()) -> Exemption:
    return Exemption("rds-port", urn, stacks, "", date(2027, 1, 1), ports)


def entry(**changes: str) -> str:
    fields = {
        "rule": "rds-port",
        "urn": '"urn:pulumi:*::p::t::n"',
        "stacks": "[prod]",
        "reason": "The clients cannot be told another.",
        "expires": "2027-06-30",
        **changes,
    }
    return "- " + "\n  ".join(f"{key}: {value}" for key, value in fields.items() if value)


def test_reads_entries() -> None:
    assert parse(GOOD, RULES) == [
        Exemption(
            "rds-port",
            "urn:pulumi:*::*::*$aws:rds/instance:Instance::main",
            ("prod", "review-*"),
            "The clients cannot be told another port.",
            date(2027, 6, 30),
        )
    ]
    assert parse(entry(rule=WORLD, ports="[443, 8443]"), RULES)[0].ports == (443, 8443)


@pytest.mark.parametrize(
    ("stack", "stacks"),
    [("*", "['*']"), ("dev", "[dev]"), ("d*", "[dev, 'd*']"), ("review-*", "['review-*', review-7]")],
)
def test_stack_of_the_urn_may_say_the_same_as_the_stacks(stack: str, stacks: str) -> None:
    assert len(parse(entry(urn=f'"urn:pulumi:{stack}::p::t::n"', stacks=stacks), RULES)) == 1


@pytest.mark.parametrize("text", ["", "[]", "# none"])
def test_none(text: str) -> None:
    assert parse(text, RULES) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rule: rds-port", "1: a list of exemptions is wanted"),
        ("- [", "1: this is not YAML: "),
        ("- rds-port", "1: an exemption is a mapping of rule, urn, stacks, reason, expires"),
        (entry(rule="rds-prot"), "1: rule='rds-prot' is no rule"),
        (entry(rule="[rds-port]"), "1: rule=['rds-port'] is no rule"),
        (entry(urn="main"), "2: urn='main' must look like urn:pulumi:STACK::PROJECT::TYPE::NAME"),
        (entry(urn='"urn:pulumi:*"'), "2: urn='urn:pulumi:*' must look like"),
        (entry(urn='"urn:pulumi:dev::p::t::n"'), "2: urn='urn:pulumi:dev::p::t::n' is of the stack dev, and stacks="),
        *(
            (
                entry(urn=f'"urn:pulumi:{stack}::p::t::n"', stacks=stacks),
                f"2: urn='urn:pulumi:{stack}::p::t::n' is of the",
            )
            for stack, stacks in (
                ("dev", "['*']"),
                ("dev", "[dev, prod]"),
                ("dev", "['d*']"),
                ("de*", "['*']"),
                ("de?", "[dev, prod]"),
            )
        ),
        (entry(stacks=""), "1: stacks is missing"),
        (entry(stacks="prod"), "3: stacks='prod' must be a list of stacks, such as [prod], or ['*'] for all"),
        (entry(stacks="[]"), "3: stacks=[] must be a list"),
        (entry(stacks="[7]"), "3: stacks=[7] must be a list"),
        (entry(reason=""), "1: reason is missing"),
        (entry(reason="because"), "4: reason='because' must say why, in 20 characters or more"),
        (entry(reason="[]"), "4: reason=[] must say why"),
        (entry(expires=""), "1: expires is missing"),
        (entry(expires="never"), "5: expires=never must be a day such as 2027-06-30"),
        (entry(expires="2027-06-30 12:00:00"), "5: expires=2027-06-30 12:00:00 must be a day"),
        (entry(expires="2027-13-40"), "5: expires cannot be read: month must be in 1..12"),
        (entry(rule=WORLD, ports="443"), "6: ports=443 must be a list of numbers from 0 to 65535"),
        (entry(rule=WORLD, ports="[70000]"), "6: ports=[70000] must be a list"),
        (
            entry(ports="[443]"),
            "6: ports narrows rules about open ports only (network-acl-remote-administration, security-group-",
        ),
        (entry(until="x"), "6: until is unknown; allowed are rule, urn, stacks, reason, expires, ports"),
        (entry() + "\n  rule: rds-port", "6: rule is there twice"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="exemptions") as refused:
        parse(text, RULES)
    assert str(refused.value).startswith(f"policy/exemptions.yaml:{message}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("stacks", "message"),
    [
        ("[prdo]", "3: stacks names 'prdo', and there is no Pulumi.prdo.yaml; did you mean prod?"),
        (
            "[prod, review]",
            "3: stacks names 'review', and there is no Pulumi.review.yaml; there are dev, prod, staging",
        ),
        ("[prod, 'review-*']", ""),
        ("['*']", ""),
        ("[dev, staging]", ""),
    ],
)
def test_name_of_no_stack_is_refused_whatever_the_urn(stacks: str, message: str) -> None:
    if not message:
        assert parse(entry(stacks=stacks), RULES, STACKS)
        return
    with pytest.raises(ValueError, match="exemptions") as refused:
        parse(entry(stacks=stacks), RULES, STACKS)
    assert str(refused.value).startswith(f"policy/exemptions.yaml:{message}")


LISTENER = "spot-platform:index:ServiceEndpoint$aws:lb/listener:Listener"
MADE = f"urn:pulumi:*::*::{LISTENER}::{{component}}-x"
ENDPOINT = "urn:pulumi:prod::shop::shop:index:Front$spot-platform:index:ServiceEndpoint::api"


@pytest.mark.parametrize(
    ("parents", "type_", "name", "covered"),
    [
        ("", LISTENER, "api-x", True),
        ("shop:index:Front$", LISTENER, "api-x", True),
        ("", LISTENER, "api", False),
        ("", LISTENER, "public-x", False),
        ("", LISTENER, "api-public-x", False),
        ("evil-", LISTENER, "api-x", False),
        ("", LISTENER.replace("spot-platform", "evil"), "api-x", False),
        ("spot-platform:index:ServiceEndpoint$", "evil:index:Other$aws:lb/listener:Listener", "api-x", False),
        ("", "aws:lb/listener:Listener", "api-x", False),
    ],
)
def test_entry_is_about_what_a_component_makes_and_not_about_a_child_that_it_is_given(
    parents: str, type_: str, name: str, covered: bool
) -> None:
    entries = Exemptions([exemption(MADE, ("*",))], date(2026, 1, 1))
    entries.meet(ENDPOINT)
    entries.meet("urn:pulumi:prod::shop::evil:index:Other::public")
    urn = f"urn:pulumi:prod::shop::{parents}{type_}::{name}"
    assert entries.use("rds-port", urn) is covered


def test_where_no_component_was_met_its_name_is_any() -> None:
    entries = Exemptions([exemption(MADE, ("*",))], date(2026, 1, 1))
    assert entries.use("rds-port", f"urn:pulumi:prod::shop::{LISTENER}::api-x")
    assert not entries.use("rds-port", f"urn:pulumi:prod::shop::{LISTENER}::api-y")


@pytest.mark.parametrize(
    "place",
    ["aws:lb/listener:Listener::{component}", "*$t::{component}", "a$b::{component}*", "a$b::{component}{component}"],
)
def test_what_a_component_makes_is_named_by_both_types(place: str) -> None:
    with pytest.raises(ValueError, match="must name the component's type and the resource's, without wildcards"):
        parse(entry(urn=f'"urn:pulumi:*::*::{place}"'), RULES)


def test_names_of_stacks_are_those_of_their_files() -> None:
    assert {"local", "dev", "staging", "prod"} <= set(stack_names())


def test_says_all_that_is_wrong_with_lines() -> None:
    with pytest.raises(ValueError, match="exemptions") as refused:
        parse("\n".join([entry(rule="a", reason="short", expires="x"), entry(), entry(rule="c", stacks="")]), RULES)
    assert [line.split(" ")[0] + " " + line.split(" ")[1].split("=")[0] for line in str(refused.value).split("\n")] == [
        "policy/exemptions.yaml:1: rule",
        "policy/exemptions.yaml:4: reason",
        "policy/exemptions.yaml:5: expires",
        "policy/exemptions.yaml:11: rule",
        "policy/exemptions.yaml:11: stacks",
    ]


@pytest.mark.parametrize(
    ("pattern", "stacks", "urn", "covered"),
    [
        ("urn:pulumi:*::p::*::db", ("*",), "urn:pulumi:prod::p::a$aws:rds/instance:Instance::db", True),
        ("urn:pulumi:*::p::*::db", ("prod",), "urn:pulumi:dev::p::a$aws:rds/instance:Instance::db", False),
        ("urn:pulumi:*::p::*::db", ("pr*",), "urn:pulumi:pr-7::p::a$aws:rds/instance:Instance::db", True),
        ("urn:pulumi:*::p::*::db?", ("*",), "urn:pulumi:dev::p::t::db1", True),
        ("urn:pulumi:*::p::*::db?", ("*",), "urn:pulumi:dev::p::t::db10", False),
        # The project was renamed.
        ("urn:pulumi:prod::before::t::db", ("prod",), "urn:pulumi:prod::after::t::db", True),
    ],
)
def test_pattern(pattern: str, stacks: tuple[str, ...], urn: str, covered: bool) -> None:
    assert exemption(pattern, stacks).covers("rds-port", urn) is covered
    assert exemption(pattern, stacks).covers("rds-multi-az", urn) is False


@pytest.mark.parametrize(
    ("ports", "opened", "covered"),
    [
        ((), None, True),
        ((), PortRange(1, 65535), True),
        ((443,), PortRange(443, 443), True),
        ((443, 444), PortRange(443, 444), True),
        ((443,), PortRange(443, 444), False),
        ((443,), PortRange(22, 22), False),
        ((443,), None, False),
    ],
)
def test_ports_narrow_an_entry(ports: tuple[int, ...], opened: PortRange | None, covered: bool) -> None:
    assert exemption(ports=ports).covers("rds-port", URN, opened) is covered


@pytest.mark.parametrize(("day", "expired"), [((2026, 12, 31), False), ((2027, 1, 1), True), ((2027, 1, 2), True)])
def test_expires_on_its_day(day: tuple[int, int, int], expired: bool) -> None:
    entries = Exemptions([exemption()], date(*day))
    assert entries.use("rds-port", URN) is not expired
    assert bool(entries.stale("prod")) is expired


def test_unneeded_is_judged_in_the_stacks_that_an_entry_names() -> None:
    named, patterns = exemption(), exemption(stacks=("*",))
    entries = Exemptions([named, patterns], date(2026, 1, 1))
    assert [entry for entry, _why in entries.stale("prod")] == [named]
    assert entries.stale("dev") == []
    assert entries.stale("prod", disabled={"rds-port"}) == []


@pytest.mark.parametrize("urn", [URN, "urn:pulumi:prod::p::t::odd*name[0]?", 'urn:pulumi:prod::p::t::a"b'])
def test_entry_to_copy_covers_the_violation_alone_once_it_has_a_reason(urn: str) -> None:
    text = entry_to_copy("rds-port", urn, date(2027, 1, 1))
    with pytest.raises(ValueError, match="reason='WHY\\?' must say why") as refused:
        parse(text, RULES)
    assert "\n" not in str(refused.value)
    (copied,) = parse(text.replace("WHY?", "The clients cannot be told another."), RULES)
    assert copied.covers("rds-port", urn)
    assert copied.stacks == ("prod",)
    assert copied.expires == date(2027, 4, 1)
    assert not copied.covers("rds-port", urn + "x")
    assert not copied.covers("rds-port", urn.replace("pulumi:prod", "pulumi:dev"))


@pytest.mark.parametrize("name", ["default", "default_7_51_1", "default_7_51_1_https_/example.com"])
def test_entry_to_copy_for_a_default_provider_outlives_an_upgrade(name: str) -> None:
    """The engine puts the plugin's version into the name of a default provider."""
    provider = "urn:pulumi:prod::shop::pulumi:providers:aws::"
    text = entry_to_copy("rds-port", provider + name, date(2027, 1, 1))
    assert "7_51" not in text
    (copied,) = parse(text.replace("WHY?", "The tool that makes it cannot pass one."), RULES)
    assert copied.covers("rds-port", f"{provider}default_8_0_0")
    assert copied.covers("rds-port", f"{provider}default")
    assert not copied.covers("rds-port", f"{provider}aws-us-east-1")
    assert not copied.covers("rds-port", f"{provider.replace('aws', 'random')}default_8_0_0")
    of_user = entry_to_copy("rds-port", f"{provider}aws_7_51_1", date(2027, 1, 1))
    assert "aws_7_51_1" in of_user


def test_entry_to_copy_is_for_the_ports_of_the_violation() -> None:
    text = entry_to_copy("security-group-world-ingress", URN, date(2027, 1, 1), PortRange(443, 444))
    (copied,) = parse(text.replace("WHY?", "The public front door of the site."), RULES)
    assert copied.ports == (443, 444)
    every = entry_to_copy(WORLD, URN, date(2027, 1, 1), PortRange(0, 65535))
    assert parse(every.replace("WHY?", "x" * 20), RULES)[0].ports == ()


@pytest.mark.parametrize(
    ("pattern", "type_", "name", "covered"),
    [
        ("*$aws:lb/listener:Listener::public", "x:ServiceEndpoint$aws:lb/listener:Listener", "public", True),
        ("*$aws:lb/listener:Listener::public", "aws:lb/listener:Listener",
         "x:ServiceEndpoint$aws:lb/listener:Listener::public", False),
        ("*aws:lb/listener:Listener::public", "aws:sqs/queue:Queue", "aws:lb/listener:Listener::public", False),
        ("aws:lb/listener:Listener::a*c", "aws:lb/listener:Listener", "a::b::c", True),
        ("aws:lb/listener:Listener::a::c", "aws:lb/listener:Listener", "a::c", True),
    ],
)  # fmt: skip
def test_wildcard_for_a_type_does_not_reach_into_the_name(pattern: str, type_: str, name: str, covered: bool) -> None:
    urn = f"urn:pulumi:prod::shop::{type_}::{name}"
    entry_ = exemption(f"urn:pulumi:*::*::{pattern}")
    assert entry_.covers("rds-port", urn) is covered
    exemptions = Exemptions([entry_], date(2026, 1, 1))
    exemptions.await_decision("rds-port", urn)
    assert bool(exemptions.stale("prod")) is not covered
