"""AWS WAF: a web ACL that filters, counts and logs."""

from collections.abc import Iterator

from policy.checks import setting_texts, texts_setting
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, per_resource, violation
from policy.values import Value

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
RULE_GROUP = "aws:wafv2/ruleGroup:RuleGroup"
LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"


AS_JSON = {WEB_ACL: "ruleJson", RULE_GROUP: "rulesJson"}
"""Where the provider takes rules as WAF writes them in JSON."""


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


def _blocks(acl: ResourceView, _config: Config) -> Iterator[Verdict]:
    for rule in _rules(acl):
        yield from guarded(_does_not_count(_part(rule, "overrideAction", "OverrideAction")))


def _does_not_count(override: Value) -> Iterator[Verdict]:
    if {"count", "Count"} & set(override.members()):
        yield violation(override.path, f"{override.path} turns the rule group's blocks into counts")


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
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("WAF.10",),
        checkov=("CKV_AWS_175",),
        types=(WEB_ACL,),
        remediation="Add AWS managed rule groups and a rate limit.",
        check=_has_rules,
    ),
    Rule(
        id="waf-rules-block",
        title="Rule groups block, not only count",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        types=(WEB_ACL,),
        remediation="Set overrideAction to none.",
        check=_blocks,
    ),
    Rule(
        id="waf-logs",
        title="A web ACL logs",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        fsbp=("WAF.11",),
        checkov=("CKV2_AWS_31",),
        types=(WEB_ACL, LOGGING),
        remediation="Add a WebAclLoggingConfiguration.",
        check_graph=per_resource(_logged, WEB_ACL),
    ),
    Rule(
        id="waf-metrics",
        title="A web ACL and its rules are measured",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=("WAF.12",),
        types=(WEB_ACL, RULE_GROUP),
        remediation="Set cloudwatchMetricsEnabled to true in every visibilityConfig.",
        check=_metrics,
    ),
    Rule(
        id="waf-logs-redacted",
        title="A web ACL's log has no credentials in it",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        types=(LOGGING,),
        remediation="Give redactedFields the headers that carry credentials.",
        check=_redacted,
        asks_for="headers",
        config={"headers": texts_setting(["authorization", "cookie", "x-api-key"], "Headers that must not be logged.")},
    ),
)
