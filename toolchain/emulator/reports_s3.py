"""Answers the data path's requests for access keys, which it needs to emulate Amazon S3."""

from datetime import UTC
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

PARTITION = "aws"
_TEST_CREDENTIALS = "test"
"""Id and secret of the access key that the emulator accepts from every client."""


def access_key(report: dict[str, Any]) -> dict[str, str]:
    """Return the secret of an access key, and its role session if it has one, so that the data path checks signatures.

    This exposes nothing: only the emulator's own user may ask, who could also read the secret from its memory.

    Args:
        report: ``{"accessKeyId": ...}``.

    Returns:
        ``{"secretAccessKey": ...}``; empty for an unknown key. For a role session also ``sessionToken``, ``roleArn``,
        ``sessionArn`` and ``expiration`` (ISO 8601).

    Raises:
        KeyError: The report has no ``accessKeyId``.
    """
    wanted = str(report["accessKeyId"])
    if wanted == _TEST_CREDENTIALS:
        return {"secretAccessKey": _TEST_CREDENTIALS}
    users: Any = iam_backends[DEFAULT_ACCOUNT_ID][PARTITION].users
    keys = (key for user in users.values() for key in user.access_keys)
    secret = next((key.secret_access_key for key in keys if key.access_key_id == wanted), None)
    return _session(wanted) if secret is None else {"secretAccessKey": secret}


def _session(wanted: str) -> dict[str, str]:
    sessions: Any = sts_backends[DEFAULT_ACCOUNT_ID][PARTITION].assumed_roles
    found = next((session for session in sessions if session.access_key_id == wanted), None)
    if found is None:
        return {}
    return {
        "secretAccessKey": found.secret_access_key,
        "sessionToken": found.session_token,
        "roleArn": found.role_arn,
        "sessionArn": found.arn,
        "expiration": found.expiration.replace(tzinfo=UTC).isoformat(),
    }
