"""Alarms in a Slack channel."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.account import PARTITION
from spot_planning.declarations import arguments, setting
from spot_planning.documents import canonical_json
from spot_planning.monitoring.slack import CHANNEL, GUARDRAIL, WORKSPACE, slack_policy, slack_trust_policy
from spot_platform.component import Component, Transform
from spot_platform.planned import planned_json


@arguments
class SlackAlertsArgs:
    """Arguments of `SlackAlerts`."""

    topic_arn: pulumi.Input[str]
    """The SNS topic whose messages are sent to the channel."""
    workspace_id: str = setting(allowed=WORKSPACE)
    """Id of the Slack workspace, which must already be connected with the account."""
    channel_id: str = setting(allowed=CHANNEL)
    """Id of the channel."""
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
    """spot-platform:index:SlackAlerts: sends the messages of an SNS topic to a Slack channel.

    Makes: a configuration of Amazon Q Developer in chat applications for one channel, which subscribes to the topic,
    and a role that can show the graphs of alarms and nothing else.

    Costs: nothing.

    Risks: the workspace must first be connected with the account in the console; until then AWS refuses the channel.
    Slack keeps the messages. To run a command in the channel, a user needs a role, and the command can at most read
    CloudWatch.
    """

    def __init__(
        self,
        name: str,
        args: SlackAlertsArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: SlackAlertsTransforms | None = None,
    ) -> None:
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
            # The log group would be created without retention or key, in us-east-1.
            logging_level="NONE",
            user_authorization_required=True,
            opts=self.child(transforms.channel, pulumi.ResourceOptions(depends_on=[policy])),
        )
        self.nodes = SlackAlertsNodes(role=role, channel=channel)
        self.finish()
