"""Password verifiers as PostgreSQL keeps them, so that no password stands in a statement that a log may show."""

import base64
import hashlib
import hmac
import secrets
from typing import Final

ITERATIONS: Final = 4096
"""As PostgreSQL makes them (scram_iterations); a generated password needs no slower hash."""
SALT_BYTES: Final = 16
"""As PostgreSQL makes them."""


def verifier(password: str, salt: bytes | None = None) -> str:
    """What PostgreSQL stores for a password with SCRAM-SHA-256 (RFC 5803; libpq's PQencryptPasswordConn).

    Args:
        password: Of ASCII characters, which SASLprep leaves as they are.
        salt: Random bytes; made when it is not given.

    Raises:
        ValueError: When the password has other characters.
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
