"""What the local data path asks of the emulator to play Amazon S3."""

from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

PARTITION = "aws"
_TEST_CREDENTIALS = "test"
"""Key and secret of what runs with the credentials that the emulator takes from anybody."""


def access_key(report: dict[str, Any]) -> dict[str, str]:
    """Tell the secret of an access key, so that the data path can check signatures.

    The emulator serves its own user only, who could read it from its memory.

    Args:
        report: ``{"accessKeyId": ...}``.

    Returns:
        ``{"secretAccessKey": ...}``, or nothing for a key that is not known.

    Raises:
        KeyError: The report names no key.
    """
    wanted = str(report["accessKeyId"])
    secret = _TEST_CREDENTIALS if wanted == _TEST_CREDENTIALS else _secret(wanted)
    return {} if secret is None else {"secretAccessKey": secret}


def _secret(wanted: str) -> str | None:
    users: Any = iam_backends[DEFAULT_ACCOUNT_ID][PARTITION].users
    roles: Any = sts_backends[DEFAULT_ACCOUNT_ID][PARTITION].assumed_roles
    keys = [*(key for user in users.values() for key in user.access_keys), *roles]
    return next((key.secret_access_key for key in keys if key.access_key_id == wanted), None)
