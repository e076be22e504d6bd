"""Passwords, one-time codes and opaque tokens."""

import hashlib
import secrets
import time
from typing import Final

import anyio
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pyotp.totp import TOTP

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Argon2id with 19 MiB, two passes, one lane: OWASP, Password Storage Cheat Sheet."""
PARALLEL_HASHES: Final = 2
"""Maximum number of hashes at once: each takes 19 MiB and a core for some tens of milliseconds."""
TOTP_SECONDS: Final = 30
TOTP_WINDOW: Final = 1
"""Steps before and after the present one that are valid too, because clocks differ (RFC 6238, section 5.2)."""

_limiter: Final = anyio.CapacityLimiter(PARALLEL_HASHES)
NOBODYS_HASH: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$0aLNihm8w4XgdljgM6qCMA$Y0VvNA0d+a10uVNENO4A+tSEbFgT9qCpbvCES/BlQgI"
)
"""Hash of forgotten random bytes with the parameters of `HASHER`. It is compared if the user does not exist, so that
the response time does not reveal this. It is written down because making one takes 30 ms of a processor."""


async def hash_password(password: str) -> str:
    """Hash a password with a new salt, in a thread."""
    return await anyio.to_thread.run_sync(HASHER.hash, password, limiter=_limiter)


async def password_matches(password: str, hashed: str | None) -> bool:
    """Compare a password with a hash, in a thread. Without a hash it returns False after the same time."""
    matches = await anyio.to_thread.run_sync(_matches, password, hashed or NOBODYS_HASH, limiter=_limiter)
    return matches and hashed is not None


def _matches(password: str, hashed: str) -> bool:
    try:
        return HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def new_token() -> str:
    """Make an opaque token of 256 random bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """Return the hash of an opaque token. Only the hash is stored, so a reader of the database cannot use it."""
    return hashlib.sha256(token.encode()).digest()


def totp_step(secret: str, code: str, last_step: int) -> int | None:
    """Check a code of an authenticator (RFC 6238). Each code is valid only once.

    Args:
        secret: Shared secret, base 32.
        code: Six digits.
        last_step: Step of the last valid code.

    Returns:
        The step of the code, which the caller must store; None if the code is not valid.
    """
    now = int(time.time()) // TOTP_SECONDS
    totp = TOTP(secret, interval=TOTP_SECONDS)
    steps = range(now - TOTP_WINDOW, now + TOTP_WINDOW + 1)
    return next(
        (step for step in steps if step > last_step and secrets.compare_digest(totp.at(step * TOTP_SECONDS), code)),
        None,
    )
