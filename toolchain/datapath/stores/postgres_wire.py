"""Parses and makes the first messages of PostgreSQL's protocol.

Source: PostgreSQL manual, "Frontend/Backend Protocol", "Message Formats".
"""

import struct
from dataclasses import dataclass
from typing import Final

FIRST_BYTES: Final = 8
"""Length of the messages before TLS, and of the header of the other first messages: length and code."""
MOST_BYTES: Final = 10_000
"""Maximum length of a first message that PostgreSQL itself accepts (MAX_STARTUP_PACKET_LENGTH)."""
SSL_CODE: Final = 80877103
GSS_CODE: Final = 80877104
CANCEL_CODE: Final = 80877102
VERSION_3: Final = 3
READ_ONLY: Final = "-c default_transaction_read_only=on"


@dataclass(frozen=True)
class First:
    """The header of a connection's first message."""

    length: int
    """Length of the whole message in bytes."""
    code: int

    @property
    def is_startup(self) -> bool:
        """Whether it begins a session."""
        return self.code >> 16 == VERSION_3


def first(head: bytes) -> First:
    """Parse the first eight bytes of a connection.

    Raises:
        ValueError: They are not the header of a message of PostgreSQL.
    """
    length, code = struct.unpack("!ii", head)
    found = First(length, code)
    if not FIRST_BYTES <= length <= MOST_BYTES or not (found.is_startup or code in {SSL_CODE, GSS_CODE, CANCEL_CODE}):
        raise ValueError("this is not PostgreSQL's protocol")
    return found


def parameters(message: bytes) -> dict[str, str]:
    """Return the parameters of a startup message, such as ``user`` and ``database``."""
    words = message[FIRST_BYTES:].split(b"\0")
    pairs = zip(words[::2], words[1::2], strict=False)
    return {name.decode(errors="replace"): value.decode(errors="replace") for name, value in pairs if name}


def read_only(message: bytes) -> bytes:
    """Return a startup message changed so that its session is read-only, as a replica's sessions are."""
    code = message[4:FIRST_BYTES]
    given = parameters(message)
    given["options"] = f"{given.get('options', '')} {READ_ONLY}".strip()
    body = b"".join(name.encode() + b"\0" + value.encode() + b"\0" for name, value in given.items()) + b"\0"
    return struct.pack("!i", FIRST_BYTES + len(body)) + code + body


def unencrypted_is_refused(message: bytes) -> bytes:
    """Return PostgreSQL's response to a session without TLS if pg_hba.conf has only hostssl lines."""
    given = parameters(message)
    user = given.get("user", "")
    text = (
        f'no pg_hba.conf entry for host "127.0.0.1", user "{user}", database "{given.get("database", user)}", '
        "no encryption"
    )
    return fatal("28000", text)


def fatal(code: str, text: str) -> bytes:
    """Return an ErrorResponse after which the connection ends.

    Args:
        code: SQLSTATE.
        text: The error message.
    """
    fields = {"S": "FATAL", "V": "FATAL", "C": code, "M": text}
    body = b"".join(key.encode() + value.encode() + b"\0" for key, value in fields.items()) + b"\0"
    return b"E" + struct.pack("!i", 4 + len(body)) + body
