"""What the local data path asks of the emulator to play Amazon S3."""

from datetime import UTC
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

PARTITION = "aws"
_TEST_CREDENTIALS = "test"
"""Key and secret of what runs with the credentials that the emulator takes from anybody."""


def access_key(report: dict[str, Any]) -> dict[str, str]:
    """Tell the secret of an access key, so that the data path can check signatures, and whose it is.

    The emulator serves its own user only, who could read it from its memory.

    Args:
        report: ``{"accessKeyId": ...}``.

    Returns:
        ``{"secretAccessKey": ...}``, or nothing for a key that is not known. Of a role's session also ``sessionToken``,
        ``roleArn``, ``sessionArn`` and ``expiration`` (ISO 8601).

    Raises:
        KeyError: The report names no key.
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
