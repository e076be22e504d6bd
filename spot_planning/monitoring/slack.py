"""Sends alarms to a Slack channel, with Amazon Q Developer in chat applications (formerly AWS Chatbot)."""

from collections.abc import Iterator
from typing import Final

from spot_planning.declarations import arguments, matching, setting
from spot_planning.iam.policy_documents import Document, assume_role_document, document, statement
from spot_planning.problems import Problem

WORKSPACE: Final = matching(r"T[0-9A-Z]{2,254}", "the id of a Slack workspace, such as T07EA123LEP")
CHANNEL: Final = matching(r"[CG][0-9A-Z]{2,254}", "the id of a Slack channel, such as C07EZ1ABC23")
"""CreateSlackChannelConfiguration, AWS Chatbot API Reference. Slack's own ids begin with these letters."""


@arguments
class SlackSettings:
    """The Slack channel that gets the alarms."""

    slack_workspace_id: str | None = setting(default=None, allowed=WORKSPACE)
    """Id of the Slack workspace that gets the alarms; needs `slack_channel_id`. First connect the workspace with the
    account, once, in the console of Amazon Q Developer in chat applications: AWS offers no other way."""
    slack_channel_id: str | None = setting(default=None, allowed=CHANNEL)
    """Id of the workspace's channel that gets the alarms. A private channel must invite @Amazon Q."""


def channel_of_a_workspace(settings: SlackSettings) -> Iterator[Problem]:
    """The workspace and the channel are set together."""
    if settings.slack_channel_id is not None and settings.slack_workspace_id is None:
        yield Problem(("slack_channel_id",), "is not allowed without slack_workspace_id")
    if settings.slack_workspace_id is not None and settings.slack_channel_id is None:
        yield Problem(("slack_workspace_id",), "is not allowed without slack_channel_id")


def slack_trust_policy() -> Document:
    """Return the trust policy of the channel's role."""
    return assume_role_document("chatbot.amazonaws.com")


def slack_policy(*, topic_arn: str, name: str) -> Document:
    """Return the policy of the channel's role: it may show the graph of an alarm.

    Source: "IAM policies for Amazon Q Developer in chat applications" (Administrator Guide), notification permissions,
        without those that a graph does not need. Actions on metrics have no resource-level permissions ("Actions,
        resources, and condition keys for Amazon CloudWatch", Service Authorization Reference).

    Args:
        topic_arn: The topic to which the alarms publish. The alarms are in its account and Region.
        name: Prefix of the alarms' names.
    """
    _, partition, _, region, account_id, *_ = topic_arn.split(":")
    return document(
        statement(
            "ShowAlarms",
            ["cloudwatch:DescribeAlarms"],
            [f"arn:{partition}:cloudwatch:{region}:{account_id}:alarm:{name}-*"],
        ),
        statement("ShowMetrics", ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"], ["*"]),
    )


GUARDRAIL: Final = "CloudWatchReadOnlyAccess"
"""The managed policy that limits all commands in the channel, for every user. Without it, AWS's default is
AdministratorAccess (CreateSlackChannelConfiguration, AWS Chatbot API Reference)."""
