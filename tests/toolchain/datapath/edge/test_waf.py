"""Rate limits of web ACLs by address, as in AWS WAF."""

import asyncio
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from toolchain.datapath.addresses import Addresses
from toolchain.datapath.children import Children
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.edge.messages import Request
from toolchain.datapath.edge.waf import Rates, WebAcls, judge, web_acl
from toolchain.datapath.part import Surroundings

RATE = {
    "Name": "rate",
    "Priority": 1,
    "Action": {"Block": {}},
    "Statement": {"RateBasedStatement": {"Limit": 10, "AggregateKeyType": "IP", "EvaluationWindowSec": 60}},
}
MANAGED = {
    "Name": "common",
    "Priority": 0,
    "OverrideAction": {"None": {}},
    "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}},
}
IP_SET = "arn:aws:wafv2:us-east-1:123456789012:regional/ipset/office/1"
OFFICE = {
    "Name": "office",
    "Priority": 0,
    "Action": {"Allow": {}},
    "Statement": {"IPSetReferenceStatement": {"ARN": IP_SET}},
}


def acl(*rules, default="Allow"):
    given = {"ARN": "acl", "Name": "n", "Rules": list(rules), "DefaultAction": {default: {}}}
    return web_acl(given, {IP_SET: ("198.51.100.0/24",)})


def request(address, *headers):
    return Request("GET", "h", "/", client_address=address, headers=headers)


def test_an_address_is_blocked_until_it_slows_down():
    rates, found = Rates(), acl(RATE)
    verdicts = [judge(found, request("1.1.1.1"), rates, 0) for _ in range(12)]
    assert [each.allowed for each in verdicts] == [True] * 10 + [False] * 2
    assert verdicts[-1].rule == "rate"
    assert judge(found, request("2.2.2.2"), rates, 0).allowed
    assert not judge(found, request("1.1.1.1"), rates, 59).allowed
    assert judge(found, request("1.1.1.1"), rates, 61).allowed


def test_a_header_may_say_the_address():
    forwarded = {
        **RATE,
        "Statement": {
            "RateBasedStatement": {
                "Limit": 1,
                "AggregateKeyType": "FORWARDED_IP",
                "ForwardedIPConfig": {"HeaderName": "X-Forwarded-For", "FallbackBehavior": "MATCH"},
            }
        },
    }
    rates, found = Rates(), acl(forwarded)
    headers = [("X-Forwarded-For", address) for address in ("1.1.1.1, 9.9.9.9", "2.2.2.2", "1.1.1.1")]
    assert [judge(found, request("3.3.3.3", each), rates, 0).allowed for each in headers] == [True, True, False]


def test_priorities_and_the_default_action():
    assert judge(acl(OFFICE, default="Block"), request("198.51.100.9"), Rates(), 0).allowed
    assert not judge(acl(OFFICE, default="Block"), request("203.0.113.9"), Rates(), 0).allowed
    rates, found = Rates(), acl(RATE, OFFICE)
    assert all(judge(found, request("198.51.100.9"), rates, 0).allowed for _ in range(30))


def test_a_rule_that_counts_blocks_nothing():
    rates, found = Rates(), acl({**RATE, "Action": {"Count": {}}})
    assert all(judge(found, request("1.1.1.1"), rates, 0).allowed for _ in range(30))


def test_what_is_not_played_is_named():
    assert acl(MANAGED).unplayed == (
        "n: the rule common (ManagedRuleGroupStatement AWSManagedRulesCommonRuleSet) is not played",
    )


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 30)), max_size=80))
def test_rates_are_those_of_the_window(steps):
    rates, now = Rates(), 0
    seen: list[tuple[str, int]] = []
    for address, pause in steps:
        now += pause
        seen.append((address, now))
        within = Counter(name for name, second in seen if second > now - 60)
        assert rates.count(("acl", "rule", address), 60, now) == within[address]


def test_web_acls_are_read_from_the_emulator(endpoint, tmp_path):
    control_plane = ControlPlane(endpoint, check_seconds=0)
    waf = control_plane.client("wafv2")
    visibility = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
    rules = [{**rule, "VisibilityConfig": visibility} for rule in (MANAGED, RATE)]
    made = waf.create_web_acl(
        Name="acl", Scope="REGIONAL", DefaultAction={"Allow": {}}, Rules=rules, VisibilityConfig=visibility
    )["Summary"]
    said: list[str] = []
    surroundings = Surroundings(
        control_plane, Addresses(tmp_path), Children(tmp_path / "c.json"), tmp_path, said.append
    )
    acls = WebAcls(surroundings, clock=lambda: 5.0)

    async def converge_twice():
        await acls.converge()
        await acls.converge()

    asyncio.run(converge_twice())
    assert said == ["waf: acl: the rule common (ManagedRuleGroupStatement AWSManagedRulesCommonRuleSet) is not played"]
    verdicts = [acls.verdict(made["ARN"], request("1.1.1.1")) for _ in range(11)]
    assert [each is not None and each.allowed for each in verdicts] == [True] * 10 + [False]
    assert acls.verdict("other", request("1.1.1.1")) is None
