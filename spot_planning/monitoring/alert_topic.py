"""The policy of the alert topic, and the allowed forms of its subscribers' addresses."""

import re

from spot_planning.declarations import Allowed, matching
from spot_planning.iam.policy_documents import Document, deny_insecure_transport, document, statement
from spot_planning.names.domain_names import is_host_on_the_internet, is_port

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


_HTTPS_URL = re.compile(r"https://(?P<host>[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?(?:/[^\s@#]*)?")


def _is_https_url(value: str) -> bool:
    found = _HTTPS_URL.fullmatch(value)
    return found is not None and is_host_on_the_internet(found["host"]) and is_port(found["port"])


HTTPS_URL = Allowed(
    "an https address with a full host name, without a user or a fragment, such as https://alerts.example.com/sns",
    _is_https_url,
)
EMAIL = matching(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}",
    "an email address, such as ops@example.com",
)
