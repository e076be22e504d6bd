"""Alarms in a channel of Slack, by Amazon Q Developer in chat applications (before: AWS Chatbot)."""

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
    """The channel of Slack that gets the alarms."""

    slack_workspace_id: str | None = setting(default=None, allowed=WORKSPACE)
    """The Slack workspace that gets the alarms, with `slack_channel_id`. First connect it with the account, once, in
    the console of Amazon Q Developer in chat applications: AWS has no other way."""
    slack_channel_id: str | None = setting(default=None, allowed=CHANNEL)
    """Its channel; a private one has to invite @Amazon Q."""


def channel_of_a_workspace(settings: SlackSettings) -> Iterator[Problem]:
    """A channel is one of a workspace."""
    if settings.slack_channel_id is not None and settings.slack_workspace_id is None:
        yield Problem(("slack_channel_id",), "is not allowed without slack_workspace_id")
    if settings.slack_workspace_id is not None and settings.slack_channel_id is None:
        yield Problem(("slack_workspace_id",), "is not allowed without slack_channel_id")


def slack_trust_policy() -> Document:
    """Who may take the channel's role."""
    return assume_role_document("chatbot.amazonaws.com")


def slack_policy(*, topic_arn: str, name: str) -> Document:
    """What the channel may do: show the graph of an alarm.

    Source: "IAM policies for Amazon Q Developer in chat applications" (Administrator Guide), notification permissions,
        without what a graph does not need. Metrics know no resource ("Actions, resources, and condition keys for Amazon
        CloudWatch", Service Authorization Reference).

    Args:
        topic_arn: The topic that alarms of its account and Region publish to.
        name: Beginning of the alarms' names.
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
"""The managed policy beyond which no command in the channel goes, whoever types it; without one AWS takes
AdministratorAccess (CreateSlackChannelConfiguration, AWS Chatbot API Reference)."""
