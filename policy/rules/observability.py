"""Amazon CloudWatch: logs that last and alarms that reach somebody."""

from collections.abc import Iterator

from policy.checks import is_own_key, is_true, number_setting, setting_number
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, violation

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE_ALARM = "aws:cloudwatch/compositeAlarm:CompositeAlarm"


def _retention(group: ResourceView, config: Config) -> Iterator[Verdict]:
    days = group.at("retentionInDays")
    least = setting_number(config, "minimum-days")
    number = days.number() or 0
    # 0 keeps logs for ever, which also costs for ever.
    if number == 0 or number < least:
        yield violation(days.path, f"{days}; it must be at least {least:g} days, and not for ever")


def _tells_somebody(alarm: ResourceView, _config: Config) -> Iterator[Verdict]:
    actions = alarm.at("alarmActions")
    if not actions.items():
        yield violation(actions.path, f"{actions}; an alarm must have an action")


RULES = (
    Rule(
        id="log-group-retention",
        title="Logs are kept long enough, and not for ever",
        problem="Logs are not kept long enough, or are kept for ever",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=("CloudWatch.16",),
        checkov=(
            "CKV_AWS_66",
            "CKV_AWS_338",
        ),
        prowler=("cloudwatch_log_group_retention_policy_specific_days_enabled",),
        types=(LOG_GROUP,),
        remediation="Set retentionInDays to at least the configured number.",
        settings=(
            Setting("service.log_retention_days", "the number that the message names, or more", "FargateSpotService"),
            Setting("service.log_retention_days", "the number that the message names, or more", "Cluster"),
            Setting("api.access_log_retention_days", "the number that the message names, or more", "PrivateApi"),
            Setting("database.log_retention_days", "the number that the message names, or more", "DatabaseInstance"),
            Setting("cache.log_retention_days", "the number that the message names, or more", "CacheReplicationGroup"),
            Setting("vpc.flow_log_retention_days", "the number that the message names, or more", "Vpc"),
            Setting("backups.log_retention_days", "the number that the message names, or more", "Backups"),
            Setting("waf.log_retention_days", "the number that the message names, or more", "WebAcl"),
            Setting("dns.query_log_retention_days", "the number that the message names, or more", "HostedZone"),
        ),
        check=_retention,
        config={"minimum-days": number_setting(365, "Least retention in days.", least=1)},
    ),
    Rule(
        id="log-group-encrypted",
        title="Logs are encrypted with a customer-managed key",
        problem="Logs are not encrypted with a customer-managed key",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        checkov=("CKV_AWS_158",),
        prowler=("cloudwatch_log_group_kms_encryption_enabled",),
        trivy=("AWS-0017",),
        types=(LOG_GROUP,),
        remediation="Give kmsKeyId.",
        check=is_own_key("kmsKeyId"),
    ),
    Rule(
        id="alarm-actions",
        title="Every alarm has an action",
        problem="The alarm has no action, so nobody is notified",
        severity=Severity.HIGH,
        concern=Concern.AUDIT,
        fsbp=("CloudWatch.15",),
        prowler=("cloudwatch_alarm_actions_alarm_state_configured",),
        types=(ALARM, COMPOSITE_ALARM),
        remediation="Give alarmActions the topic of the alarms.",
        check=_tells_somebody,
    ),
    Rule(
        id="alarm-actions-enabled",
        title="The actions of alarms are enabled",
        problem="The actions of the alarm are disabled",
        severity=Severity.HIGH,
        concern=Concern.AUDIT,
        fsbp=("CloudWatch.17",),
        checkov=("CKV_AWS_319",),
        prowler=("cloudwatch_alarm_actions_enabled",),
        types=(ALARM, COMPOSITE_ALARM),
        remediation="Leave actionsEnabled true.",
        check=is_true("actionsEnabled"),
    ),
)
