"""Makes password verifiers, so that no SQL statement and no log of PostgreSQL contains a password."""

import base64
import hashlib
import hmac
import os
from typing import Final

ITERATIONS: Final = 4096
"""PostgreSQL's own default (scram_iterations)."""
SALT_BYTES: Final = 16


def verifier(password: str, salt: bytes | None = None) -> str:
    """Return the verifier that PostgreSQL stores for SCRAM-SHA-256.

    Sources: RFC 5802, RFC 7677; PostgreSQL manual, "pg_authid".

    Args:
        password: The password in clear; ASCII, as RDS allows.
        salt: The salt; None for a random salt.
    """
    salt = os.urandom(SALT_BYTES) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(_hmac(salted, b"Client Key")).digest()
    keys = f"{_base64(stored)}:{_base64(_hmac(salted, b'Server Key'))}"
    return f"SCRAM-SHA-256${ITERATIONS}:{_base64(salt)}${keys}"


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
