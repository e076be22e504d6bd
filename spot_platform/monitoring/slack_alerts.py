"""Alarms in a channel of Slack."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.account import PARTITION
from spot_planning.declarations import arguments, setting
from spot_planning.documents import canonical_json
from spot_planning.monitoring.slack import CHANNEL, GUARDRAIL, WORKSPACE, slack_policy, slack_trust_policy
from spot_platform.component import Component, Transform, check
from spot_platform.planned import planned_json


@arguments
class SlackAlertsArgs:
    """Arguments of `SlackAlerts`."""

    topic_arn: pulumi.Input[str]
    """The SNS topic whose messages are shown."""
    workspace_id: str = setting(allowed=WORKSPACE)
    """The Slack workspace; it has to be connected with the account already."""
    channel_id: str = setting(allowed=CHANNEL)
    """The channel."""
    partition: str = setting(default="aws", allowed=PARTITION)
    """``aws``, ``aws-cn`` or ``aws-us-gov``."""


@dataclass(frozen=True, kw_only=True)
class SlackAlertsTransforms:
    """Changes to the arguments of `SlackAlerts`' resources."""

    role: Transform | None = None
    role_policy: Transform | None = None
    channel: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class SlackAlertsNodes:
    """The resources of `SlackAlerts`."""

    role: aws.iam.Role
    channel: aws.chatbot.SlackChannelConfiguration


class SlackAlerts(Component):
    """spot-platform:index:SlackAlerts: the messages of an SNS topic in a channel of Slack.

    Makes: a configuration of Amazon Q Developer in chat applications for one channel, which subscribes to the topic,
    and a role that can show the graphs of alarms and nothing else.

    Costs: nothing.

    Risks: somebody connects the workspace with the account beforehand, in the console; until then AWS refuses the
    channel. What is shown there, Slack keeps. Commands that are typed in the channel need a role of who types them, and
    read CloudWatch at most.
    """

    def __init__(
        self,
        name: str,
        args: SlackAlertsArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: SlackAlertsTransforms | None = None,
    ) -> None:
        check(SlackAlerts, name, args)
        super().__init__(name, opts)
        transforms = transforms or SlackAlertsTransforms()
        role = aws.iam.Role(
            f"{name}-slack",
            description="Shows alarms in Slack",
            assume_role_policy=canonical_json(slack_trust_policy()),
            opts=self.child(transforms.role),
        )
        policy = aws.iam.RolePolicy(
            f"{name}-slack",
            role=role.name,
            policy=planned_json(slack_policy, topic_arn=args.topic_arn, name=name),
            opts=self.child(transforms.role_policy),
        )
        channel = aws.chatbot.SlackChannelConfiguration(
            name,
            configuration_name=name,
            iam_role_arn=role.arn,
            slack_team_id=args.workspace_id,
            slack_channel_id=args.channel_id,
            sns_topic_arns=[args.topic_arn],
            guardrail_policy_arns=[f"arn:{args.partition}:iam::aws:policy/{GUARDRAIL}"],
            # Its log group would be made without retention or key, in us-east-1.
            logging_level="NONE",
            user_authorization_required=True,
            opts=self.child(transforms.channel, pulumi.ResourceOptions(depends_on=[policy])),
        )
        self.nodes = SlackAlertsNodes(role=role, channel=channel)
        self.finish()
