import pytest

from spot_platform.waf.web_acl import WebAcl, WebAclArgs, WebAclTransforms
from tests.recording import record

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"


def _recorded(args=None, transforms=None, **options):
    def program():
        acl = WebAcl("api-acl", args or WebAclArgs(kms_key_arn=KEY), transforms=transforms)
        return {"arn": acl.arn, "metric": acl.metric_name, "log": acl.log_group_name}

    return record(program, **options)


@pytest.mark.parametrize(
    ("scope", "region", "rules"),
    [
        ("REGIONAL", None, ["ip-reputation", "rate-limit", "known-bad-inputs", "common", "sql-injection"]),
        ("CLOUDFRONT", "us-east-1", ["ip-reputation", "rate-limit", "known-bad-inputs", "common"]),
    ],
)
def test_everything_of_a_scope_is_made_where_that_scope_lives(scope, region, rules):
    recording = _recorded(WebAclArgs(scope=scope))

    acl = recording.one("aws:wafv2/webAcl:WebAcl")
    assert acl.inputs["scope"] == scope
    assert [rule["name"] for rule in acl.inputs["rules"]] == rules
    for type_ in ("aws:wafv2/webAcl:WebAcl", "LogGroup", "WebAclLoggingConfiguration"):
        assert recording.one(type_).inputs.get("region") == region
    assert recording.unknown_inputs() == []


def test_requests_are_allowed_unless_a_rule_says_otherwise_and_every_rule_is_measured():
    acl = _recorded().one("aws:wafv2/webAcl:WebAcl").inputs

    assert acl["defaultAction"] == {"allow": {}}
    metrics = [acl["visibilityConfig"], *(rule["visibilityConfig"] for rule in acl["rules"])]
    assert all(m["cloudwatchMetricsEnabled"] and m["sampledRequestsEnabled"] for m in metrics)
    assert [m["metricName"] for m in metrics] == [
        "api-acl", "api-acl-ip-reputation", "api-acl-rate-limit", "api-acl-known-bad-inputs", "api-acl-common",
        "api-acl-sql-injection",
    ]  # fmt: skip


def test_managed_groups_keep_their_own_actions_except_for_large_bodies():
    rules = {rule["name"]: rule for rule in _recorded().one("aws:wafv2/webAcl:WebAcl").inputs["rules"]}

    rate = rules.pop("rate-limit")
    assert rate["action"] == {"block": {}}
    assert "overrideAction" not in rate
    assert rate["statement"]["rateBasedStatement"] == {
        "aggregateKeyType": "IP",
        "limit": 2000,
        "evaluationWindowSec": 300,
    }
    assert all(rule["overrideAction"] == {"none": {}} and "action" not in rule for rule in rules.values())
    overrides = {
        name: rule["statement"]["managedRuleGroupStatement"]["ruleActionOverrides"] for name, rule in rules.items()
    }
    assert overrides.pop("common") == [{"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}]
    assert set(map(tuple, overrides.values())) == {()}


def test_blocked_and_counted_requests_are_logged_without_credentials():
    recording = _recorded()

    log_group = recording.one("LogGroup")
    # AWS WAF requires this prefix; Pulumi's auto-naming appends to the logical name.
    assert log_group.name.startswith("aws-waf-logs-")
    assert "name" not in log_group.inputs
    assert log_group.inputs["retentionInDays"] == 30
    assert log_group.inputs["kmsKeyId"] == KEY
    logging = recording.one("WebAclLoggingConfiguration").inputs
    assert logging["resourceArn"].endswith("WebAcl/api-acl")
    assert logging["logDestinationConfigs"] == ["arn:aws:mock:us-east-1:123456789012:LogGroup/aws-waf-logs-api-acl"]
    redacted = {field["singleHeader"]["name"] for field in logging["redactedFields"]}
    assert redacted == {"authorization", "cookie", "x-api-key"}
    assert logging["loggingFilter"]["defaultBehavior"] == "DROP"
    (kept,) = logging["loggingFilter"]["filters"]
    assert (kept["behavior"], kept["requirement"]) == ("KEEP", "MEETS_ANY")
    assert [c["actionCondition"]["action"] for c in kept["conditions"]] == ["BLOCK", "COUNT", "EXCLUDED_AS_COUNT"]


def test_outputs():
    assert _recorded().result == {
        "arn": "arn:aws:mock:us-east-1:123456789012:WebAcl/api-acl",
        "metric": "api-acl",
        "log": "aws-waf-logs-api-acl",
    }


def test_a_wrong_scope_is_refused_before_anything_is_made():
    def program():
        with pytest.raises(
            ValueError, match=r"^WebAcl 'edge': scope=GLOBAL is not allowed; allowed: REGIONAL, CLOUDFRONT$"
        ):
            WebAcl("edge", WebAclArgs(scope="GLOBAL"))

    assert record(program).resources == []


def test_transforms_reach_the_children():
    recording = _recorded(
        transforms=WebAclTransforms(
            web_acl={"description": "ours"},
            log_group={"retention_in_days": 7},
            logging_configuration=lambda args: {**args, "redacted_fields": []},
        )
    )

    assert recording.one("aws:wafv2/webAcl:WebAcl").inputs["description"] == "ours"
    assert recording.one("LogGroup").inputs["retentionInDays"] == 7
    assert recording.one("WebAclLoggingConfiguration").inputs["redactedFields"] == []


def test_the_rules_are_known_in_a_preview():
    acl = _recorded(preview=True).one("aws:wafv2/webAcl:WebAcl")

    assert len(acl.inputs["rules"]) == 5


def test_on_lenient_paths_a_last_rule_does_not_block_what_it_blocks_elsewhere():
    args = WebAclArgs(lenient_paths=["/uploads"], lenient_prefix="/prod")
    rule = _recorded(args).one("aws:wafv2/webAcl:WebAcl").inputs["rules"][-1]

    assert (rule["name"], rule["action"]) == ("outside-lenient-paths", {"block": {}})
    labelled, elsewhere = rule["statement"]["andStatement"]["statements"]
    keys = [each["labelMatchStatement"]["key"] for each in labelled["orStatement"]["statements"]]
    assert len(keys) == 7
    assert "awswaf:managed:aws:sql-database:SQLi_Body" in keys
    paths = elsewhere["notStatement"]["statement"]["regexMatchStatement"]
    assert paths["regexString"] == "^(?:/prod)?(?:/uploads)(?:/|$)"
    assert paths["fieldToMatch"] == {"uriPath": {}}
    assert [each["type"] for each in paths["textTransformations"]] == ["URL_DECODE", "NORMALIZE_PATH"]
