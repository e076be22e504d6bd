"""The SNS topic that sends alarms to people."""

from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

import pulumi
import pulumi_aws as aws

from spot_planning.account import ACCOUNT_ID
from spot_planning.declarations import arguments, setting
from spot_planning.monitoring.alert_topic import EMAIL, HTTPS_URL, topic_policy
from spot_planning.repetition import nothing_twice
from spot_platform.component import Component, Transform, check
from spot_platform.planned import planned_json


@arguments
class AlertTopicArgs:
    """Arguments of `AlertTopic`."""

    account_id: str = setting(allowed=ACCOUNT_ID)
    """The AWS account, 12 digits. Only services on behalf of this account may publish."""
    emails: list[str] = setting(default_factory=list[str], each=EMAIL)
    """E-mail addresses that get the messages. AWS asks each address once to confirm."""
    urls: list[str] = setting(default_factory=list[str], each=HTTPS_URL)
    """HTTPS URLs that get the messages. ``up`` waits up to a minute for each URL to confirm automatically."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the topic. The key's policy must allow cloudwatch.amazonaws.com: a message that cannot be
    encrypted is lost without any error."""


@dataclass(frozen=True, kw_only=True)
class AlertTopicTransforms:
    """Changes to the arguments of `AlertTopic`'s resources."""

    topic: Transform | None = None
    topic_policy: Transform | None = None
    subscription: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class AlertTopicNodes:
    """The resources of `AlertTopic`. The key of `subscriptions` is the e-mail address or URL."""

    topic: aws.sns.Topic
    topic_policy: aws.sns.TopicPolicy
    subscriptions: dict[str, aws.sns.TopicSubscription]


class AlertTopic(Component):
    """spot-platform:index:AlertTopic: an SNS topic to which AWS services of this account publish alarms and events.

    Makes: an encrypted topic, its policy and a subscription for each address.

    Costs: nothing for the first 1,000 mails a month, then 2 USD per 100,000; 0.60 USD per million messages to URLs.

    Risks: an address that nobody confirmed gets nothing. A subscription that was never confirmed can be deleted only by
    AWS, after three days.
    """

    arn: pulumi.Output[str]
    """ARN of the topic. It is known when services may publish to the topic."""

    def __init__(
        self,
        name: str,
        args: AlertTopicArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: AlertTopicTransforms | None = None,
    ) -> None:
        check(AlertTopic, name, args, (nothing_twice("emails"), nothing_twice("urls")))
        super().__init__(name, opts)
        transforms = transforms or AlertTopicTransforms()
        topic = aws.sns.Topic(name, kms_master_key_id=args.kms_key_arn, opts=self.child(transforms.topic))

        self.nodes = AlertTopicNodes(
            topic=topic,
            topic_policy=aws.sns.TopicPolicy(
                name,
                arn=topic.arn,
                policy=planned_json(topic_policy, topic_arn=topic.arn, account_id=args.account_id),
                opts=self.child(transforms.topic_policy),
            ),
            subscriptions={
                email: aws.sns.TopicSubscription(
                    f"{name}-{email}",
                    topic=topic.arn,
                    protocol="email",
                    endpoint=email,
                    opts=self.child(transforms.subscription),
                )
                for email in args.emails
            }
            | {
                url: aws.sns.TopicSubscription(
                    f"{name}-{_name_of(url)}",
                    topic=topic.arn,
                    protocol="https",
                    endpoint=url,
                    # If a URL does not confirm, the `up` fails, and not the first alarm.
                    endpoint_auto_confirms=True,
                    opts=self.child(transforms.subscription),
                )
                for url in args.urls
            },
        )
        # Amazon RDS refuses an event subscription to a topic that it may not publish to (SNSNoAuthorization,
        # CreateEventSubscription, Amazon RDS API Reference).
        self.arn = self.nodes.topic_policy.arn
        self.finish()


def _name_of(url: str) -> str:
    """Return a logical name for a URL: its host and a hash, without the path, which may be secret."""
    return f"{urlsplit(url).hostname}-{sha256(url.encode()).hexdigest()[:8]}"
