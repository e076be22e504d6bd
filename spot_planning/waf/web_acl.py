"""Plans the rules of a web ACL: which rules, their order, and which rules only count."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from spot_planning.problems import Problem, listed


class WebAclScope(StrEnum):
    """What a web ACL protects: a resource in a Region, such as an API, or a distribution of CloudFront."""

    REGIONAL = "REGIONAL"
    CLOUDFRONT = "CLOUDFRONT"


CLOUDFRONT_REGION = "us-east-1"
"""Region of CloudFront's web ACLs, certificates and log deliveries (CreateWebACL, AWS WAF API Reference)."""

RATE_LIMIT_WINDOWS_SECONDS = (60, 120, 300, 600)
RATE_LIMIT_MINIMUM = 10
RATE_LIMIT_MAXIMUM = 2_000_000_000

CAPACITY_INCLUDED = 1500
"""Web ACL capacity units that the price of a request includes; more cost extra (AWS WAF pricing)."""

REDACTED_HEADERS = ("authorization", "cookie", "x-api-key")
"""Headers whose values must not reach a log."""

LOGGED_ACTIONS = ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT")
"""Actions that are logged. Allowed requests are already in the access log, with a fraction of the volume."""


@dataclass(frozen=True, kw_only=True)
class ManagedRuleGroup:
    """A rule group that AWS maintains."""

    key: str
    """Name of the rule in the ACL and the end of its metric's name."""
    name: str
    """AWS's name of the group."""
    capacity: int
    """Web ACL capacity units of the group."""
    for_apis_only: bool = False


MANAGED_RULE_GROUPS = (
    ManagedRuleGroup(key="ip-reputation", name="AWSManagedRulesAmazonIpReputationList", capacity=25),
    ManagedRuleGroup(key="known-bad-inputs", name="AWSManagedRulesKnownBadInputsRuleSet", capacity=200),
    ManagedRuleGroup(key="common", name="AWSManagedRulesCommonRuleSet", capacity=700),
    # A static site has no database behind it.
    ManagedRuleGroup(key="sql-injection", name="AWSManagedRulesSQLiRuleSet", capacity=200, for_apis_only=True),
)
"""The groups in the order of evaluation. Source of names and capacities: AWS WAF Developer Guide, "AWS Managed Rules
rule groups list"."""

RATE_LIMIT_KEY = "rate-limit"
RATE_LIMIT_CAPACITY = 2

API_COUNTED_RULES: Mapping[str, Sequence[str]] = {
    # Blocks every body above 8 KiB, but an API with uploads and long forms regularly receives larger bodies.
    "AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY",),
}


LENIENT_RULES: Mapping[str, Mapping[str, str]] = {
    "AWSManagedRulesCommonRuleSet": {
        "NoUserAgent_HEADER": "awswaf:managed:aws:core-rule-set:NoUserAgent_Header",
        "CrossSiteScripting_BODY": "awswaf:managed:aws:core-rule-set:CrossSiteScripting_Body",
        "EC2MetaDataSSRF_BODY": "awswaf:managed:aws:core-rule-set:EC2MetaDataSSRF_Body",
        "GenericLFI_BODY": "awswaf:managed:aws:core-rule-set:GenericLFI_Body",
        "GenericRFI_BODY": "awswaf:managed:aws:core-rule-set:GenericRFI_Body",
    },
    "AWSManagedRulesSQLiRuleSet": {
        "SQLi_BODY": "awswaf:managed:aws:sql-database:SQLi_Body",
        "SQLiExtendedPatterns_BODY": "awswaf:managed:aws:sql-database:SQLiExtendedPatterns_Body",
    },
}
"""Group -> rule -> the label of requests that the rule finds: the rules that find things in uploaded files and HTML,
and the one that refuses webhooks without a User-Agent. Rules on known exploits (Log4JRCE_BODY) are not among them.
Source: AWS WAF Developer Guide, "Baseline rule groups" and "Use-case specific rule groups"."""
LENIENT_KEY = "outside-lenient-paths"
LENIENT_PATTERN_MAXIMUM = 300
"""Characters of the paths' regular expression. AWS WAF allows 512 (AWS WAF API Reference, "RegexMatchStatement"); the
rest is for the API's path on the site, of which each character may need two."""
_REGEX_CAPACITY, _TRANSFORMATION_CAPACITY, _LABEL_CAPACITY = 3, 10, 1
LENIENT_TRANSFORMATIONS = ("URL_DECODE", "NORMALIZE_PATH")
"""Changes to the path before it is compared, in this order, so that /uploads/%2e%2e/admin counts as /admin."""


@dataclass(frozen=True, kw_only=True)
class PlannedRule:
    """One rule of the ACL."""

    key: str
    priority: int
    managed_group: str | None
    """AWS's name of the group; None for the rate limit and for the rule that blocks by labels."""
    counted_rules: tuple[str, ...] = ()
    """Rules of the group that count requests instead of blocking them."""
    blocked_labels: tuple[str, ...] = ()
    """Labels of which each makes this rule block a request, unless the path matches `unless_path`."""
    unless_path: str = ""
    """Regular expression of the paths on which this rule blocks nothing."""


@dataclass(frozen=True, kw_only=True)
class WebAclPlan:
    """A web ACL as plain data."""

    region: str | None
    """The Region of the web ACL; None for the provider's Region."""
    rules: tuple[PlannedRule, ...]
    capacity: int
    """Web ACL capacity units of all rules."""


def plan_web_acl(
    scope: WebAclScope,
    counted_rules: Sequence[str],
    *,
    api_on_site: bool = False,
    lenient_paths: Sequence[str] = (),
    lenient_prefix: str = "",
) -> WebAclPlan:
    """Plan the rules of a web ACL.

    Args:
        scope: What the web ACL protects.
        counted_rules: Further managed rules that only count, as ``<group>/<rule>`` with groups of the web ACL.
        api_on_site: Whether a path of the site behind CloudFront leads to an API.
        lenient_paths: Paths of the API on which `LENIENT_RULES` only count.
        lenient_prefix: A path that may stand before them.

    Source: AWS WAF Developer Guide, "Overriding rule group actions in AWS WAF" and "Label match rule statement": the
    rules count everywhere and label what they find, and a last rule blocks the labels on all other paths.
    """
    guards_api = scope == WebAclScope.REGIONAL or api_on_site
    groups = _groups(guards_api=guards_api)
    counted = _counted(counted_rules, guards_api=guards_api)
    labels: list[str] = []
    if lenient_paths and guards_api:
        for group, rules in LENIENT_RULES.items():
            already = counted.get(group, ())
            labels += [label for rule, label in rules.items() if rule not in already]
            counted[group] = tuple(sorted({*already, *rules}))
    # Priorities have gaps of ten, so that a transform can add a rule without renumbering the others. The rate limit
    # comes after the reputation list, so that known bots do not use up the shared counters of an address.
    ordered: list[tuple[str, str | None]] = [(group.key, group.name) for group in groups]
    ordered.insert(1, (RATE_LIMIT_KEY, None))
    planned = [
        PlannedRule(key=key, priority=10 * place, managed_group=group, counted_rules=counted.get(group or "", ()))
        for place, (key, group) in enumerate(ordered, start=1)
    ]
    capacity = RATE_LIMIT_CAPACITY + sum(group.capacity for group in groups)
    if labels:
        planned.append(
            PlannedRule(
                key=LENIENT_KEY,
                priority=10 * (len(planned) + 1),
                managed_group=None,
                blocked_labels=tuple(labels),
                unless_path=lenient_pattern(lenient_paths, lenient_prefix),
            )
        )
        capacity += len(labels) * _LABEL_CAPACITY
        capacity += _REGEX_CAPACITY + len(LENIENT_TRANSFORMATIONS) * _TRANSFORMATION_CAPACITY
    return WebAclPlan(
        region=CLOUDFRONT_REGION if scope == WebAclScope.CLOUDFRONT else None, rules=tuple(planned), capacity=capacity
    )


def lenient_pattern(paths: Sequence[str], prefix: str = "") -> str:
    """Return the regular expression of these paths and of all paths below them.

    Args:
        paths: Paths such as ``/orders/{id}/files``; a variable stands for one segment.
        prefix: A path that may stand before them.
    """
    wanted = "|".join(re.sub(r"\\\{[^/]*\\\}", "[^/]+", re.escape(path)) for path in paths)
    before = f"(?:{re.escape(prefix)})?" if prefix else ""
    return f"^{before}(?:{wanted})(?:/|$)"


def counted_rule_problems(
    scope: WebAclScope, counted_rules: Sequence[str], *, api_on_site: bool = False
) -> Iterator[Problem]:
    """Check for rules of a group that a web ACL of this scope does not have.

    Args:
        scope: What the web ACL protects.
        counted_rules: Rules as ``<group>/<rule>``.
        api_on_site: Whether a path of the site behind CloudFront leads to an API.
    """
    groups = [group.name for group in _groups(guards_api=scope == WebAclScope.REGIONAL or api_on_site)]
    for position, entry in enumerate(counted_rules):
        if entry.partition("/")[0] not in groups:
            yield Problem(("counted_rules", position), f"is not of a group of scope {scope}; allowed: {listed(groups)}")


def counted_rules_of(scope: WebAclScope, counted_rules: Sequence[str], *, api_on_site: bool = False) -> list[str]:
    """Return the rules whose group a web ACL of this scope has.

    Args:
        scope: What the web ACL protects.
        counted_rules: Rules as ``<group>/<rule>``.
        api_on_site: Whether a path of the site behind CloudFront leads to an API.
    """
    return [rule for rule in counted_rules if not list(counted_rule_problems(scope, [rule], api_on_site=api_on_site))]


def _groups(*, guards_api: bool) -> list[ManagedRuleGroup]:
    return [group for group in MANAGED_RULE_GROUPS if guards_api or not group.for_apis_only]


def _counted(counted_rules: Sequence[str], *, guards_api: bool) -> dict[str, tuple[str, ...]]:
    by_group = {group: set(rules) for group, rules in API_COUNTED_RULES.items()} if guards_api else {}
    for entry in counted_rules:
        group, _, rule = entry.partition("/")
        by_group.setdefault(group, set()).add(rule)
    return {group: tuple(sorted(rules)) for group, rules in by_group.items()}
