"""Makes PostgreSQL's password verifiers, so that no statement, and so no log, contains a password."""

import base64
import hashlib
import hmac
import secrets
from typing import Final

ITERATIONS: Final = 4096
"""PostgreSQL's own default (scram_iterations); a generated password needs no slower hash."""
SALT_BYTES: Final = 16
"""PostgreSQL's own length of a salt."""


def verifier(password: str, salt: bytes | None = None) -> str:
    """Return PostgreSQL's verifier of a password with SCRAM-SHA-256 (RFC 5803; libpq's PQencryptPasswordConn).

    Args:
        password: Password of printable ASCII characters, which SASLprep does not change.
        salt: Random bytes; None for new ones.

    Raises:
        ValueError: The password has other characters.
    """
    if not password.isascii() or not password.isprintable():
        raise ValueError("a database password must be of printable ASCII characters")
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    return f"SCRAM-SHA-256${ITERATIONS}:{_text(salt)}${_text(stored_key)}:{_text(server_key)}"


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
