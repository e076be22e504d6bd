"""Queues and topics must let in the services that send them events: otherwise events are lost unnoticed."""

from collections.abc import Iterator
from typing import Final

from policy.checks import given
from policy.documents import statements
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, per_resource, violation
from policy.rules.delivery import EVENT_TARGET
from policy.rules.event_delivery import Caller
from policy.rules.resource_policies import QUEUE, QUEUE_POLICY, SUBSCRIPTION, TOPIC, TOPIC_POLICY
from policy.secrets.in_text import top_of
from policy.values import UndecidableError

SENDERS: Final = {
    EVENT_TARGET: Caller(("arn",), "events.amazonaws.com", role="roleArn"),
    SUBSCRIPTION: Caller(("endpoint",), "sns.amazonaws.com"),
}
"""Type -> how it sends to queues and topics, whose policies must allow it (EventBridge User Guide, "Using
resource-based policies"; Amazon SNS Developer Guide, "Subscribing a queue"). Notifications of buckets are not listed:
Amazon S3 refuses a notification that it is not allowed to send."""
POLICIES: Final = {QUEUE: (QUEUE_POLICY, "queueUrl"), TOPIC: (TOPIC_POLICY, "arn")}
"""Type of a receiver -> the type of its policy resource, and the property there that names the receiver."""
SENDING: Final = {QUEUE: "sqs:SendMessage", TOPIC: "sns:Publish"}


def _is_let_in(graph: Graph, owner: ResourceView, _config: Config) -> Iterator[Verdict]:
    sender = SENDERS[owner.type]
    if sender.role and given(owner.at(sender.role)):
        return
    for path in sender.paths:
        for receiver in graph.targets(owner, top_of(path), QUEUE, TOPIC):
            if not _lets_in(graph, receiver, sender.service):
                yield violation(path, f"no policy of {receiver.name} lets {sender.service} send it events")


def _lets_in(graph: Graph, receiver: ResourceView, service: str) -> bool:
    policies = [receiver, *graph.dependents(receiver, *POLICIES[receiver.type])]
    return any(_allows(policy, SENDING[receiver.type], service) for policy in policies)


def _allows(policy: ResourceView, action: str, service: str) -> bool:
    try:
        return any(
            statement.allows
            and statement.covers(action)
            and (statement.every_principal or ("Service", service) in statement.principals)
            for statement in statements(policy.at("policy"))
        )
    except UndecidableError:
        return True  # the part that a preview does not know may allow it


RULES = (
    Rule(
        id="receivers-let-senders-in",
        title="Queues and topics let in the services that send them events",
        problem="Events are sent to a queue or topic that does not let their sender in, so that they never arrive",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=(*SENDERS, *POLICIES, QUEUE_POLICY, TOPIC_POLICY),
        remediation="Let the service in by a QueuePolicy or TopicPolicy, with aws:SourceArn of the sender.",
        check_graph=per_resource(_is_let_in, *SENDERS),
        note=(
            "It checks event targets without a role, and topic subscriptions. It does not check a receiver of another "
            "stack, and a policy that a preview does not know counts as letting the sender in."
        ),
    ),
)
