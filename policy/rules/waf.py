"""AWS WAF: a web ACL that filters, counts and logs."""

from collections.abc import Iterator
from typing import Final

from policy.checks import setting_texts, texts_setting
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, guarded, per_resource, violation
from policy.rules.cloudfront import DISTRIBUTION, behaviours
from policy.values import Value, some

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
RULE_GROUP = "aws:wafv2/ruleGroup:RuleGroup"
LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"


MANAGED = [
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesAmazonIpReputationList",
]

AS_JSON = {WEB_ACL: "ruleJson", RULE_GROUP: "rulesJson"}
"""Type -> the property that takes rules in WAF's own JSON."""


def _rules(owner: ResourceView) -> list[Value]:
    # As the provider's own properties, or as JSON.
    return [*owner.at("rules").items(), *owner.at(AS_JSON[owner.type]).document().items()]


def _part(value: Value, name: str, in_json: str) -> Value:
    written = value.at(in_json)
    return written if written.present else value.at(name)


def _has_rules(acl: ResourceView, _config: Config) -> Iterator[Verdict]:
    rules = acl.at("rules")
    if not _rules(acl):
        yield violation(rules.path, f"{rules}; a web ACL without rules filters nothing")


COUNTS: Final = frozenset({"count", "Count"})
BLOCKS: Final = frozenset({"block", "Block"})
ALLOWS: Final = frozenset({"allow", "Allow"})
OF_LARGE_BODIES: Final = frozenset({("AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY")})
"""Group and rule that block each body above 8 KiB; an API with uploads regularly gets such bodies ("Baseline rule
groups", AWS WAF Developer Guide)."""


def _blocks(graph: Graph, acl: ResourceView, _config: Config) -> Iterator[Verdict]:
    for rule in _rules(acl):
        yield from guarded(_does_not_count(_part(rule, "overrideAction", "OverrideAction")))
        yield from guarded(_acts(_part(rule, "action", "Action")))
        statement = _part(rule, "statement", "Statement")
        for kind in ("managedRuleGroupStatement", "ruleGroupReferenceStatement"):
            group = _part(statement, kind, kind[0].upper() + kind[1:])
            yield from guarded(_keeps_actions(graph, acl, rule, group))


def _keeps_actions(graph: Graph, acl: ResourceView, rule: Value, group: Value) -> Iterator[Verdict]:
    for override in _part(group, "ruleActionOverrides", "RuleActionOverrides").items():
        yield from guarded(_blocks_still(graph, acl, rule, group, override))
    for excluded in _part(group, "excludedRules", "ExcludedRules").items():
        yield violation(excluded.path, f"{_part(excluded, 'name', 'Name')}, which then only counts requests")


def _blocks_still(graph: Graph, acl: ResourceView, rule: Value, group: Value, override: Value) -> Iterator[Verdict]:
    name, action = _part(override, "name", "Name"), _part(override, "actionToUse", "ActionToUse")
    taken = set(action.members())
    if taken & COUNTS and not (_is_for_bodies(graph, acl, group, name) or _is_blocked_by_label(acl, rule, name)):
        yield violation(action.path, f"{action.path} lets {name.known()} only count")
    if taken & ALLOWS:
        yield violation(action.path, f"{action.path} lets through what {name.known()} finds")


def _is_for_bodies(graph: Graph, acl: ResourceView, group: Value, rule: Value) -> bool:
    named = _part(group, "name", "Name").known(), rule.known()
    return named in OF_LARGE_BODIES and _takes_bodies(graph, acl)


def _is_blocked_by_label(acl: ResourceView, rule: Value, counted: Value) -> bool:
    """Check whether a later rule of the web ACL blocks, on some paths at least, what a counted rule has labelled.

    A label ends as the rule's name, but for capital letters: NoUserAgent_Header of NoUserAgent_HEADER.
    """
    name, place = str(counted.known()).casefold(), _priority(rule)
    return any(
        name == label.rpartition(":")[2].casefold()
        for other in _rules(acl)
        if _priority(other) > place and BLOCKS & set(_part(other, "action", "Action").members())
        for label in _labels(_part(other, "statement", "Statement"))
    )


def _priority(rule: Value) -> float:
    priority = _part(rule, "priority", "Priority").known()
    return priority if isinstance(priority, int | float) else 0


def _labels(statement: Value) -> Iterator[str]:
    """Yield the labels that a statement looks for, alone or as one of several; not those that it must not find."""
    label = _part(statement, "labelMatchStatement", "LabelMatchStatement")
    if (key := _part(label, "key", "Key").known()) is not None:
        yield str(key)
    for kind in ("andStatement", "orStatement"):
        for inner in _part(_part(statement, kind, kind[0].upper() + kind[1:]), "statements", "Statements").items():
            yield from _labels(inner)


def _takes_bodies(graph: Graph, acl: ResourceView) -> bool:
    """Check whether a web ACL protects something that takes request bodies: an API, or a site with a path for POST."""
    if acl.at("scope").known() != "CLOUDFRONT":
        return True
    sites = graph.dependents(acl, DISTRIBUTION, "webAclId")
    return any("POST" in behaviour.at("allowedMethods").texts() for site in sites for behaviour in behaviours(site))


def _does_not_count(override: Value) -> Iterator[Verdict]:
    if COUNTS & set(override.members()):
        yield violation(override.path, f"{override.path} turns the rule group's blocks into counts")


def _acts(action: Value) -> Iterator[Verdict]:
    if COUNTS & set(action.members()):
        yield violation(action.path, f"{action.path} counts requests, and lets them through")


def _has_managed_groups(acl: ResourceView, config: Config) -> Iterator[Verdict]:
    groups = [_managed_group(rule) for rule in _rules(acl)]
    missing = [name for name in setting_texts(config, "groups") if not some(groups, lambda g, n=name: g.known() == n)]
    if missing:
        yield violation("rules", f"no rule has AWS's managed group {', '.join(missing)}")


def _managed_group(rule: Value) -> Value:
    """Read the name of the managed rule group that a rule uses; absent if it uses none."""
    statement = _part(rule, "statement", "Statement")
    group = _part(statement, "managedRuleGroupStatement", "ManagedRuleGroupStatement")
    return _part(group, "name", "Name")


def _limits_rate(acl: ResourceView, _config: Config) -> Iterator[Verdict]:
    def limits(rule: Value) -> bool:
        statement = _part(rule, "statement", "Statement")
        return _part(statement, "rateBasedStatement", "RateBasedStatement").present

    if not some(_rules(acl), limits):
        yield violation("rules", "no rule limits how many requests one address may send")


def _metrics(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    yield from guarded(_visible(resource.at("visibilityConfig")))
    for rule in _rules(resource):
        yield from guarded(_visible(_part(rule, "visibilityConfig", "VisibilityConfig")))


def _visible(config: Value) -> Iterator[Verdict]:
    metrics = _part(config, "cloudwatchMetricsEnabled", "CloudWatchMetricsEnabled")
    if not metrics.flag():
        yield violation(metrics.path, f"{metrics}; it must be true")


def _logged(graph: Graph, acl: ResourceView, _config: Config) -> Iterator[Verdict]:
    if not graph.dependents(acl, LOGGING, "resourceArn"):
        yield violation("arn", "no WebAclLoggingConfiguration of the stack is for this web ACL")


def _redacted(logging: ResourceView, config: Config) -> Iterator[Verdict]:
    fields = logging.at("redactedFields")
    redacted = {(field.at("singleHeader.name").text() or "").lower() for field in fields.items()}
    missing = [header for header in setting_texts(config, "headers") if header not in redacted]
    if missing:
        yield violation(fields.path, f"{fields.path} lacks the headers {', '.join(missing)}")


RULES = (
    Rule(
        id="waf-rules",
        title="A web ACL has rules",
        problem="The web ACL has no rules",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("WAF.10",),
        checkov=("CKV_AWS_175",),
        prowler=("wafv2_webacl_with_rules",),
        types=(WEB_ACL,),
        remediation="Add AWS managed rule groups and a rate limit.",
        check=_has_rules,
    ),
    Rule(
        id="waf-rules-block",
        title="Rules of a web ACL block requests, and do not only count them",
        problem="A rule of the web ACL only counts requests",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        types=(WEB_ACL, DISTRIBUTION),
        remediation="Set overrideAction to none, action of other rules to block, and no ruleActionOverrides to count.",
        settings=(Setting("waf.counted_rules", "[], or to a list without it", "WebAcl"),),
        check_graph=per_resource(_blocks, WEB_ACL),
        note=(
            "SizeRestrictions_BODY, which blocks each body above 8 KiB, may count if the web ACL is for an API, or for "
            "a site that takes POST. A rule may count whose label a later rule of the web ACL blocks, on some paths at "
            "least (`waf.lenient_paths`). The rule also looks at ruleActionOverrides."
        ),
    ),
    Rule(
        id="waf-managed-groups",
        title="A web ACL has AWS's managed groups against known attacks",
        problem="The web ACL lacks AWS's managed rules against known attacks",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        checkov=(
            "CKV2_AWS_47",
            "CKV2_AWS_76",
            "CKV2_AWS_77",
            "CKV_AWS_192",
        ),
        prowler=("wafv2_webacl_managed_rule_groups_enabled",),
        types=(WEB_ACL,),
        remediation="Add a rule with each managedRuleGroupStatement.",
        check=_has_managed_groups,
        asks_for="groups",
        config={"groups": texts_setting(MANAGED, "Managed rule groups of the vendor AWS that a web ACL must have.")},
        note="AWSManagedRulesKnownBadInputsRuleSet holds the rule against Log4j's CVE-2021-44228.",
    ),
    Rule(
        id="waf-rate-limit",
        title="A web ACL limits how many requests one address may send",
        problem="One address may send as many requests as it likes",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        types=(WEB_ACL,),
        remediation="Add a rule with a rateBasedStatement.",
        check=_limits_rate,
    ),
    Rule(
        id="waf-logs",
        title="A web ACL logs requests",
        problem="The web ACL does not log requests",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        fsbp=("WAF.11",),
        checkov=("CKV2_AWS_31",),
        prowler=("wafv2_webacl_logging_enabled",),
        types=(WEB_ACL, LOGGING),
        remediation="Add a WebAclLoggingConfiguration.",
        check_graph=per_resource(_logged, WEB_ACL),
    ),
    Rule(
        id="waf-metrics",
        title="A web ACL and its rules have CloudWatch metrics",
        problem="The web ACL or a rule of it has no CloudWatch metrics",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=("WAF.12",),
        prowler=("wafv2_webacl_rule_logging_enabled",),
        types=(WEB_ACL, RULE_GROUP),
        remediation="Set cloudwatchMetricsEnabled to true in every visibilityConfig.",
        check=_metrics,
    ),
    Rule(
        id="waf-logs-redacted",
        title="A web ACL's log has no credentials in it",
        problem="The web ACL's log has credentials in it",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        types=(LOGGING,),
        remediation="Give redactedFields the headers that carry credentials.",
        check=_redacted,
        asks_for="headers",
        config={"headers": texts_setting(["authorization", "cookie", "x-api-key"], "Headers that must not be logged.")},
    ),
)
