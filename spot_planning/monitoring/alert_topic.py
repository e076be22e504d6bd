"""The policy of the alert topic, and the allowed forms of its subscribers' addresses."""

from spot_planning.declarations import matching
from spot_planning.iam.policy_documents import Document, deny_insecure_transport, document, statement

PUBLISHERS = (
    "backup.amazonaws.com",
    "budgets.amazonaws.com",
    "cloudwatch.amazonaws.com",
    "events.rds.amazonaws.com",
)
"""Services that publish on behalf of an account that they name. EventBridge is not in the list because it supports no
conditions here. Its events are counted by metrics instead, and alarms on these metrics publish."""


def topic_policy(*, topic_arn: str, account_id: str) -> Document:
    """Return the policy of a topic to which services may publish for one account, over TLS only.

    Args:
        topic_arn: ARN of the topic.
        account_id: The account, 12 digits.

    Source: Amazon SNS Developer Guide, "Example cases for Amazon SNS access control".
    """
    return document(
        statement(
            "PublishForThisAccount",
            ["sns:Publish"],
            [topic_arn],
            principal={"Service": list(PUBLISHERS)},
            conditions={"StringEquals": {"aws:SourceAccount": account_id}},
        ),
        {**deny_insecure_transport([topic_arn]), "Action": ["sns:Publish"]},
    )


HTTPS_URL = matching(
    r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[^\s@#]*)?",
    "an https address without a user or a fragment, such as https://alerts.example.com/sns",
)
EMAIL = matching(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}",
    "an email address, such as ops@example.com",
)
