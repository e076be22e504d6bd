"""Outputs of CloudWatch, events, SNS, SQS, X-Ray, Scheduler and Budgets."""

from .templates import Made, Scope

_CLOUDWATCH = "arn:{partition}:cloudwatch:{region}:{account}"
_LOGS = "arn:{partition}:logs:{region}:{account}"


def _rule_arn(scope: Scope) -> str:
    bus = str(scope.get("eventBusName", "default")).rpartition("/")[2]
    path = "" if bus == "default" else f"{bus}/"
    return scope.render(f"arn:{{partition}}:events:{{region}}:{{account}}:rule/{path}{{name}}")


def _is_pending(scope: Scope) -> bool:
    return scope.get("protocol") in {"email", "email-json", "http", "https"}


def _target_bus(scope: Scope) -> str:
    bus = str(scope.get("eventBusName", "default"))
    return scope.render("{rule}-{targetId}" if bus == "default" else "{eventBusName}-{rule}-{targetId}")


TABLE: dict[str, Made] = {
    "aws:cloudwatch/logGroup:LogGroup": Made(
        "{name}",
        {"arn": f"{_LOGS}:log-group:{{name}}", "logGroupClass": "STANDARD", "deletionProtectionEnabled": False},
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Made("{name}"),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": Made(
        "{policyName}", {"policyScope": "ACCOUNT", "revisionId": ""}
    ),
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": Made("cwlsf-{digits:10}"),
    "aws:cloudwatch/logDestination:LogDestination": Made("{name}", {"arn": f"{_LOGS}:destination:{{name}}"}),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Made("{name}", {"arn": f"{_CLOUDWATCH}:alarm:{{name}}"}),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Made("{alarmName}", {"arn": f"{_CLOUDWATCH}:alarm:{{alarmName}}"}),
    "aws:cloudwatch/dashboard:Dashboard": Made(
        "{dashboardName}",
        {"dashboardArn": "arn:{partition}:cloudwatch::{account}:dashboard/{dashboardName}"},
    ),
    "aws:cloudwatch/eventRule:EventRule": Made("{name}", {"arn": _rule_arn}),
    "aws:cloudwatch/eventTarget:EventTarget": Made(id=_target_bus),
    "aws:sns/topic:Topic": Made(
        "{arn}",
        {
            "arn": "arn:{partition}:sns:{region}:{account}:{name}",
            "owner": "{account}",
            "signatureVersion": 0,
            "maximumMessageSize": 262144,
        },
    ),
    "aws:sns/topicPolicy:TopicPolicy": Made("{arn}", {"owner": "{account}"}),
    "aws:sns/topicSubscription:TopicSubscription": Made(
        "{arn}",
        {
            "arn": "{topic}:{uuid}",
            "ownerId": "{account}",
            "pendingConfirmation": _is_pending,
            "confirmationWasAuthenticated": lambda scope: not _is_pending(scope),
        },
    ),
    "aws:sqs/queue:Queue": Made(
        "{url}",
        {
            "url": "https://sqs.{region}.{domain}/{account}/{name}",
            "arn": "arn:{partition}:sqs:{region}:{account}:{name}",
            "kmsDataKeyReusePeriodSeconds": 300,
            "sqsManagedSseEnabled": lambda scope: scope.get("kmsMasterKeyId") is None,
        },
    ),
    "aws:sqs/queuePolicy:QueuePolicy": Made("{queueUrl}"),
    "aws:xray/group:Group": Made(
        "{arn}", {"arn": "arn:{partition}:xray:{region}:{account}:group/{groupName}/{upper:26}"}
    ),
    "aws:xray/samplingRule:SamplingRule": Made(
        "{ruleName}", {"arn": "arn:{partition}:xray:{region}:{account}:sampling-rule/{ruleName}"}
    ),
    "aws:scheduler/schedule:Schedule": Made(
        "{groupName}/{name}",
        {
            "arn": "arn:{partition}:scheduler:{region}:{account}:schedule/{groupName}/{name}",
            "groupName": "default",
            "actionAfterCompletion": "NONE",
        },
    ),
    "aws:scheduler/scheduleGroup:ScheduleGroup": Made(
        "{name}",
        {
            "arn": "arn:{partition}:scheduler:{region}:{account}:schedule-group/{name}",
            "creationDate": "2026-01-01T00:00:00Z",
            "lastModificationDate": "2026-01-01T00:00:00Z",
            "state": "ACTIVE",
        },
    ),
    "aws:budgets/budget:Budget": Made(
        "{accountId}:{name}",
        {
            "accountId": "{account}",
            "arn": "arn:{partition}:budgets::{account}:budget/{name}",
            "limitUnit": "USD",
            "timePeriodStart": "2026-01-01_00:00",
        },
    ),
}
