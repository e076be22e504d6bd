import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.waf.settings import WebAclSettings
from spot_planning.waf.web_acl import (
    CAPACITY_INCLUDED,
    LENIENT_RULES,
    MANAGED_RULE_GROUPS,
    WebAclScope,
    counted_rule_problems,
    counted_rules_of,
    lenient_pattern,
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


UPLOADS = ["/uploads", "/orders/{id}/files"]


@pytest.mark.parametrize(("scope", "on_site"), [(WebAclScope.REGIONAL, False), (WebAclScope.CLOUDFRONT, True)])
def test_on_some_paths_bodies_are_not_judged_and_on_all_others_they_are(scope, on_site):
    plan = plan_web_acl(scope, [], api_on_site=on_site, lenient_paths=UPLOADS, lenient_prefix="/prod")

    counted = {rule.key: set(rule.counted_rules) for rule in plan.rules if rule.counted_rules}
    assert counted["sql-injection"] == {"SQLi_BODY", "SQLiExtendedPatterns_BODY"}
    assert {"NoUserAgent_HEADER", "CrossSiteScripting_BODY", "SizeRestrictions_BODY"} < counted["common"]
    last = plan.rules[-1]
    assert (last.key, last.priority) == ("outside-lenient-paths", 60)
    # Each rule that counts is blocked by its label elsewhere, except the one on the size, which counts everywhere.
    names = {label.rpartition(":")[2].upper() for label in last.blocked_labels}
    assert names == {rule.upper() for rules in counted.values() for rule in rules} - {"SIZERESTRICTIONS_BODY"}
    assert plan.capacity <= CAPACITY_INCLUDED


def test_what_counts_everywhere_is_not_blocked_elsewhere():
    everywhere = [f"{group}/{rule}" for group, rules in LENIENT_RULES.items() for rule in rules]
    assert "outside-lenient-paths" not in {
        rule.key for rule in plan_web_acl(WebAclScope.REGIONAL, everywhere, lenient_paths=UPLOADS).rules
    }
    last = plan_web_acl(WebAclScope.REGIONAL, everywhere[1:], lenient_paths=UPLOADS).rules[-1]
    assert last.blocked_labels == ("awswaf:managed:aws:core-rule-set:NoUserAgent_Header",)


def test_a_site_alone_has_no_paths_of_an_api():
    site = plan_web_acl(WebAclScope.CLOUDFRONT, [], lenient_paths=UPLOADS)
    assert site == plan_web_acl(WebAclScope.CLOUDFRONT, [])


@pytest.mark.parametrize(
    ("path", "lenient"),
    [
        ("/uploads", True),
        ("/uploads/a/b", True),
        ("/prod/uploads", True),
        ("/orders/4711/files", True),
        ("/orders/4711/files/1", True),
        ("/uploads-of-others", False),
        ("/orders/4711", False),
        ("/orders/4711/files-of-others", False),
        ("/orders/47/11/files", False),
        ("/other/uploads", False),
        ("/", False),
    ],
)
def test_a_path_stands_for_itself_and_what_is_below_it(path, lenient):
    assert bool(re.search(lenient_pattern(UPLOADS, "/prod"), path)) is lenient


def test_paths_that_are_no_paths_or_too_many_are_refused():
    (line,) = said(WebAclSettings(lenient_paths=["uploads"]))
    assert line == "lenient_paths[0] is not allowed; allowed: a path such as /uploads or /orders/{id}/files"
    (line,) = said(WebAclSettings(lenient_paths=[f"/uploads/of/team/{number}" for number in range(40)]))
    assert line.endswith("allowed: paths whose regular expression has at most 300 characters")


def test_the_longest_expression_is_one_that_aws_waf_takes():
    longest = ["/" + "a" * (300 - len(lenient_pattern([""])) - 1)]
    assert said(WebAclSettings(lenient_paths=longest)) == []
    # The longest path of an API on the site has 100 characters, and a hyphen is written as two.
    assert len(lenient_pattern(longest, "/" + "-" * 99)) <= 512


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
