import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.waf.web_acl import (
    CAPACITY_INCLUDED,
    MANAGED_RULE_GROUPS,
    RATE_LIMIT_WINDOWS_SECONDS,
    SCOPES,
    plan_web_acl,
)

GOOD = {
    "scope": "REGIONAL",
    "rate_limit": 2000,
    "rate_limit_window_seconds": 300,
    "counted_rules": [],
    "log_retention_days": 30,
}


@given(scope=st.sampled_from(SCOPES), window=st.sampled_from(RATE_LIMIT_WINDOWS_SECONDS), limit=st.integers(10, 10**9))
def test_rules_have_distinct_keys_and_ascending_priorities_within_the_included_capacity(scope, window, limit):
    plan = plan_web_acl(**{**GOOD, "scope": scope, "rate_limit": limit, "rate_limit_window_seconds": window})

    priorities = [rule.priority for rule in plan.rules]
    assert priorities == sorted(set(priorities))
    assert len({rule.key for rule in plan.rules}) == len(plan.rules)
    assert sum(rule.managed_group is None for rule in plan.rules) == 1
    assert plan.capacity <= CAPACITY_INCLUDED


def test_an_api_is_guarded_against_sql_injection_and_takes_large_bodies():
    plan = plan_web_acl(**GOOD)

    assert [rule.key for rule in plan.rules] == [
        "ip-reputation", "rate-limit", "known-bad-inputs", "common", "sql-injection",
    ]  # fmt: skip
    counted = {rule.key: rule.counted_rules for rule in plan.rules if rule.counted_rules}
    assert counted == {"common": ("SizeRestrictions_BODY",)}
    assert plan.region is None


def test_a_site_has_neither_a_database_nor_uploads_and_lives_in_us_east_1():
    plan = plan_web_acl(**{**GOOD, "scope": "CLOUDFRONT"})

    assert [rule.key for rule in plan.rules] == ["ip-reputation", "rate-limit", "known-bad-inputs", "common"]
    assert not any(rule.counted_rules for rule in plan.rules)
    assert plan.region == "us-east-1"


@given(group=st.sampled_from(MANAGED_RULE_GROUPS), rule=st.text(st.characters(categories=["L"]), min_size=1))
def test_a_counted_rule_is_counted_in_its_group_only_and_besides_the_defaults(group, rule):
    plan = plan_web_acl(**{**GOOD, "counted_rules": [f"{group.name}/{rule}", f"{group.name}/{rule}"]})

    for planned in plan.rules:
        default = {"SizeRestrictions_BODY"} if planned.key == "common" else set()
        added = {rule} if planned.managed_group == group.name else set()
        assert planned.counted_rules == tuple(sorted(default | added))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scope": "regional"}, "scope='regional' is not one of REGIONAL, CLOUDFRONT"),
        ({"rate_limit": 9}, "rate_limit=9 is not between 10 and 2000000000"),
        ({"rate_limit": 2_000_000_001}, "rate_limit=2000000001 is not between 10 and 2000000000"),
        ({"rate_limit_window_seconds": 30}, "rate_limit_window_seconds=30 is not one of 60, 120, 300, 600"),
        ({"log_retention_days": 31}, "log_retention_days=31 is not one of 1, 3, 5,"),
        ({"counted_rules": ["NoUserAgent_HEADER"]}, "counted_rules: 'NoUserAgent_HEADER' is not <group>/<rule>"),
        (
            {"scope": "CLOUDFRONT", "counted_rules": ["AWSManagedRulesSQLiRuleSet/SQLi_BODY"]},
            "counted_rules: 'AWSManagedRulesSQLiRuleSet/SQLi_BODY' is not <group>/<rule> with a group of this ACL:",
        ),
    ],
)
def test_what_aws_waf_would_refuse_is_refused(change, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        plan_web_acl(**{**GOOD, **change})
