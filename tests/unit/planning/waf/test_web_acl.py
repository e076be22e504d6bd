import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.waf.settings import WebAclSettings
from spot_planning.waf.web_acl import (
    CAPACITY_INCLUDED,
    MANAGED_RULE_GROUPS,
    WebAclScope,
    counted_rule_problems,
    counted_rules_of,
    plan_web_acl,
)
from tests.unit.planning.saying import said


@pytest.mark.parametrize("scope", WebAclScope)
def test_rules_have_distinct_keys_and_ascending_priorities_within_the_included_capacity(scope):
    plan = plan_web_acl(scope, [])

    priorities = [rule.priority for rule in plan.rules]
    assert priorities == sorted(set(priorities))
    assert len({rule.key for rule in plan.rules}) == len(plan.rules)
    assert sum(rule.managed_group is None for rule in plan.rules) == 1
    assert plan.capacity <= CAPACITY_INCLUDED


def test_an_api_is_guarded_against_sql_injection_and_takes_large_bodies():
    plan = plan_web_acl(WebAclScope.REGIONAL, [])

    assert [rule.key for rule in plan.rules] == [
        "ip-reputation", "rate-limit", "known-bad-inputs", "common", "sql-injection",
    ]  # fmt: skip
    counted = {rule.key: rule.counted_rules for rule in plan.rules if rule.counted_rules}
    assert counted == {"common": ("SizeRestrictions_BODY",)}
    assert plan.region is None


def test_a_site_has_neither_a_database_nor_uploads_and_lives_in_us_east_1():
    plan = plan_web_acl(WebAclScope.CLOUDFRONT, [])

    assert [rule.key for rule in plan.rules] == ["ip-reputation", "rate-limit", "known-bad-inputs", "common"]
    assert not any(rule.counted_rules for rule in plan.rules)
    assert plan.region == "us-east-1"


@given(group=st.sampled_from(MANAGED_RULE_GROUPS), rule=st.text(st.characters(categories=["L"]), min_size=1))
def test_a_counted_rule_is_counted_in_its_group_only_and_besides_the_defaults(group, rule):
    plan = plan_web_acl(WebAclScope.REGIONAL, [f"{group.name}/{rule}", f"{group.name}/{rule}"])

    for planned in plan.rules:
        default = {"SizeRestrictions_BODY"} if planned.key == "common" else set()
        added = {rule} if planned.managed_group == group.name else set()
        assert planned.counted_rules == tuple(sorted(default | added))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"rate_limit": 9}, "rate_limit is not allowed; allowed: 10 to 2000000000"),
        ({"rate_limit": 2_000_000_001}, "rate_limit is not allowed; allowed: 10 to 2000000000"),
        (
            {"rate_limit_window_seconds": 30},
            "rate_limit_window_seconds is not allowed; allowed: 60, 120, 300, 600",
        ),
    ],
)
def test_what_aws_waf_would_refuse_is_refused(change, line):
    assert said(WebAclSettings(**change)) == [line]


def test_a_counted_rule_names_its_group():
    (line,) = said(WebAclSettings(counted_rules=["NoUserAgent_HEADER"]))
    assert line.startswith("counted_rules[0] is not allowed; allowed: <group>/<rule> with one of the groups ")


def test_an_acl_counts_rules_of_its_own_groups_only():
    rules = ["AWSManagedRulesCommonRuleSet/NoUserAgent_HEADER", "AWSManagedRulesSQLiRuleSet/SQLi_BODY"]
    assert not list(counted_rule_problems(WebAclScope.REGIONAL, rules))
    (problem,) = counted_rule_problems(WebAclScope.CLOUDFRONT, rules)
    assert problem.path == ("counted_rules", 1)
    assert problem.text.startswith("is not of a group of scope CLOUDFRONT; allowed: ")
    assert counted_rules_of(WebAclScope.CLOUDFRONT, rules) == rules[:1]
