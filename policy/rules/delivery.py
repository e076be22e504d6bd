"""Delivery of notifications, events and schedules: somebody receives them, and none is lost unnoticed."""

import re
from collections.abc import Iterator
from typing import Final

from policy.checks import given, is_none_of, is_own_key
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, guarded, per_resource, violation
from policy.rules.observability import ALARM, COMPOSITE_ALARM
from policy.rules.resource_policies import SUBSCRIPTION, TOPIC, not_public
from policy.values import Value

EVENT_RULE: Final = "aws:cloudwatch/eventRule:EventRule"
EVENT_TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"
EVENT_BUS_POLICY: Final = "aws:cloudwatch/eventBusPolicy:EventBusPolicy"
SCHEDULE: Final = "aws:scheduler/schedule:Schedule"
API_DESTINATION: Final = "aws:cloudwatch/eventApiDestination:EventApiDestination"
PUBLISHERS: Final = {
    ALARM: "alarmActions",
    COMPOSITE_ALARM: "alarmActions",
    "aws:rds/eventSubscription:EventSubscription": "snsTopic",
    "aws:budgets/budget:Budget": "notifications",
    "aws:backup/vaultNotifications:VaultNotifications": "snsTopicArn",
}
"""Type -> the property with the topic that notifies people."""
CHANNELS: Final = (
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
    "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration",
)
"""Chat channels, which subscribe to topics without a TopicSubscription."""
HTTPS: Final = re.compile(r"https://.+", re.DOTALL)


def _is_heard(graph: Graph, topic: ResourceView, _config: Config) -> Iterator[Verdict]:
    told = [owner for type_, path in PUBLISHERS.items() for owner in graph.dependents(topic, type_, path)]
    heard = [*graph.dependents(topic, SUBSCRIPTION, "topic")]
    heard += [owner for type_ in CHANNELS for owner in graph.dependents(topic, type_, "snsTopicArns")]
    if told and not heard:
        yield violation(
            "topic", f"{told[0].name} and others publish to it, and no TopicSubscription of the stack is for it"
        )


def _is_on(rule: ResourceView, _config: Config) -> Iterator[Verdict]:
    enabled, state = rule.at("isEnabled"), rule.at("state")
    if not enabled.flag():
        yield violation(enabled.path, f"{enabled}; it must be true")
    if state.text() == "DISABLED":
        yield violation(state.path, f"{state}; it must be ENABLED")


def _leads_somewhere(graph: Graph, rule: ResourceView, _config: Config) -> Iterator[Verdict]:
    if not graph.dependents(rule, EVENT_TARGET, "rule"):
        yield violation("name", "no EventTarget of the stack is for this rule")


def _no_public_address(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    parameters = "ecsTarget" if resource.type == EVENT_TARGET else "target.ecsParameters"
    public = resource.at(f"{parameters}.networkConfiguration.assignPublicIp")
    if public.flag():
        yield violation(public.path, f"{public}; it must be false")


def _with_tls(destination: ResourceView, _config: Config) -> Iterator[Verdict]:
    yield from guarded(_is_https(destination.at("invocationEndpoint")))


def _is_https(url: Value) -> Iterator[Verdict]:
    if not HTTPS.fullmatch(url.text() or ""):
        yield violation(url.path, f"{url}; it must begin with https://")


def _dead_letters(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    yield from keeps_undelivered(resource.at("target.deadLetterConfig.arn"))


def keeps_undelivered(queue: Value) -> Iterator[Verdict]:
    """Demand a dead-letter queue.

    Args:
        queue: The property with the queue's ARN.
    """
    if not given(queue):
        yield violation(queue.path, f"{queue}; a dead-letter queue must be given")


RULES = (
    Rule(
        id="topic-heard",
        title="Topics of alarms, budgets and database events have a subscriber",
        problem="Nobody receives the notifications of the topic",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        types=(TOPIC, SUBSCRIPTION, *CHANNELS),
        remediation="Add a TopicSubscription, such as a mail address of the team, or a channel of a chat.",
        settings=(Setting("observability.alarm_emails", "who gets the alarms", "AlertTopic"),),
        check_graph=per_resource(_is_heard, TOPIC),
    ),
    Rule(
        id="event-rule-enabled",
        title="Event rules are switched on",
        problem="An event rule is switched off",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        types=(EVENT_RULE,),
        remediation="Leave state ENABLED, or remove the rule.",
        check=_is_on,
    ),
    Rule(
        id="event-rule-target",
        title="Event rules have a target",
        problem="An event rule has no target",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        types=(EVENT_RULE, EVENT_TARGET),
        remediation="Add an EventTarget of the rule.",
        check_graph=per_resource(_leads_somewhere, EVENT_RULE),
    ),
    Rule(
        id="event-bus-not-public",
        title="Event buses are not open to the whole world",
        problem="Anybody in the world may send events to the bus",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("EventBridge.3",),
        cdk_nag=("AwsSolutions-EVB1",),
        prowler=("eventbridge_bus_exposed",),
        types=(EVENT_BUS_POLICY,),
        remediation="Name the principal, or narrow it with aws:PrincipalOrgID.",
        check=not_public("policy"),
    ),
    Rule(
        id="schedule-enabled",
        title="Schedules are switched on",
        problem="A schedule is switched off",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        types=(SCHEDULE,),
        remediation="Leave state ENABLED, or remove the schedule.",
        check=is_none_of("state", "DISABLED"),
    ),
    Rule(
        id="schedule-encrypted",
        title="Schedules are encrypted with a customer-managed key",
        problem="A schedule, with the input that it passes on, is encrypted with a key of AWS",
        severity=Severity.LOW,
        concern=Concern.ENCRYPTION,
        checkov=("CKV_AWS_297",),
        types=(SCHEDULE,),
        remediation="Give kmsKeyArn.",
        check=is_own_key("kmsKeyArn"),
    ),
    Rule(
        id="scheduled-tasks-no-public-address",
        title="Tasks that events and schedules start have no public address",
        problem="Tasks that an event or a schedule starts have public addresses",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        types=(EVENT_TARGET, SCHEDULE),
        remediation="Leave assignPublicIp false, and give private subnets.",
        check=_no_public_address,
    ),
    Rule(
        id="schedule-dead-letters",
        title="Events that a schedule cannot deliver go to a dead-letter queue",
        problem="Events that a schedule cannot deliver are lost",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        types=(SCHEDULE,),
        remediation="Give target.deadLetterConfig a queue.",
        check=_dead_letters,
    ),
    Rule(
        id="api-destination-tls",
        title="Events leave AWS with TLS",
        problem="Events leave AWS in clear text",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        types=(API_DESTINATION,),
        remediation="Give invocationEndpoint a URL with https.",
        check=_with_tls,
    ),
)
