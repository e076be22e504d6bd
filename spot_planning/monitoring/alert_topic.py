"""Who may publish to the alert topic, and who reads it."""

import re
from collections.abc import Sequence

from spot_planning.iam.policy_documents import Document, deny_insecure_transport, document, statement

PUBLISHERS = (
    "backup.amazonaws.com",
    "budgets.amazonaws.com",
    "cloudwatch.amazonaws.com",
    "events.rds.amazonaws.com",
)
"""Services that publish for an account they name. EventBridge is not among them: it supports no conditions here, so its
events are counted by metrics, and alarms on those publish."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def check_emails(key: str, emails: Sequence[str]) -> None:
    """Refuse addresses that cannot be right.

    Args:
        key: The name of the value, for the error.
        emails: The addresses.

    Raises:
        ValueError: For a malformed address, or one that is there twice.
    """
    for email in emails:
        if not _EMAIL.fullmatch(email):
            raise ValueError(f"{key} has {email!r}, which is not an e-mail address")
        if list(emails).count(email) > 1:
            raise ValueError(f"{key} has {email} twice")


def topic_policy(*, topic_arn: str, account_id: str) -> Document:
    """The policy of a topic that services of one account publish to, over TLS only.

    Args:
        topic_arn: The topic.
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
