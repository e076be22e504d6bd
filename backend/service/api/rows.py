"""Helpers of several handlers: users in the document's form, the audit log, tokens, numbers and notifications."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from service.api.call import Call
from service.api.credentials import new_token, token_hash

USER_COLUMNS: Final = "id, email, full_name, roles, status, last_seen_at, created_at"
TOKEN_LIFETIMES: Final = {
    "verify-email": timedelta(days=7),
    "reset-password": timedelta(hours=1),
    "invitation": timedelta(days=7),
}
"""Time for which a one-time token is valid, by its purpose."""


def user(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a user in the form of the document's `User`."""
    return {
        "id": row["id"],
        "email": row["email"],
        "fullName": row["full_name"],
        "roles": row["roles"],
        "status": row["status"],
        "lastSeenAt": row["last_seen_at"],
        "createdAt": row["created_at"],
    }


async def log(call: Call, subject: str, actor_id: UUID | None = None) -> None:
    """Write an entry into the audit log, in the call's own transaction.

    Args:
        call: The call; its operation id is the action.
        subject: The changed entry, such as ``company 5b2f...``.
        actor_id: The acting user; None for the caller.
    """
    actor = actor_id or (call.who.user_id if call.who else None)
    await call.database.execute(
        "INSERT INTO audit_log (id, actor_id, action, subject) VALUES ($1, $2, $3, $4)",
        uuid4(),
        actor,
        call.operation.operation_id,
        subject[:200],
    )


async def send_token(call: Call, user_id: UUID, email: str, purpose: str) -> None:
    """Create a one-time token and a message for a mailer to send. They replace the previous ones of this purpose.

    Args:
        call: The call.
        user_id: The user of the token.
        email: The address that the message goes to.
        purpose: A key of `TOKEN_LIFETIMES`.
    """
    token = new_token()
    await call.database.execute(
        """INSERT INTO one_time_tokens (user_id, purpose, token_hash, expires_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT (user_id, purpose)
           DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at""",
        user_id,
        purpose,
        token_hash(token),
        datetime.now(UTC) + TOKEN_LIFETIMES[purpose],
    )
    await call.database.execute(
        """INSERT INTO outgoing_messages (user_id, purpose, recipient, token) VALUES ($1, $2, $3, $4)
           ON CONFLICT (user_id, purpose)
           DO UPDATE SET recipient = excluded.recipient, token = excluded.token, created_at = now()""",
        user_id,
        purpose,
        email,
        token,
    )


async def use_token(call: Call, token: str, *purposes: str) -> UUID | None:
    """Use a one-time token, and delete it.

    Returns:
        The user of the token; None if the token is not valid.
    """
    found: UUID | None = await call.database.fetchval(
        """DELETE FROM one_time_tokens WHERE token_hash = $1 AND purpose = ANY($2) AND expires_at > now()
           RETURNING user_id""",
        token_hash(token),
        list(purposes),
    )
    return found


async def next_number(call: Call, name: str) -> int:
    """Take the next number of a series without gaps. Other transactions wait until this one ends."""
    number: int = await call.database.fetchval(
        """INSERT INTO counters (name, value) VALUES ($1, 1)
           ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value""",
        name,
    )
    return number


async def notify_company(call: Call, company_id: UUID, topic: str, title: str) -> None:
    """Create a notification for every member of a company."""
    await call.database.execute(
        """INSERT INTO notifications (id, owner_id, body)
           SELECT gen_random_uuid(), user_id, jsonb_build_object('topic', $2::text, 'title', $3::text)
           FROM memberships WHERE company_id = $1""",
        company_id,
        topic,
        title[:200],
    )


async def notify_user(call: Call, user_id: UUID, topic: str, title: str) -> None:
    """Create a notification for one user."""
    await call.database.execute(
        """INSERT INTO notifications (id, owner_id, body)
           VALUES (gen_random_uuid(), $1, jsonb_build_object('topic', $2::text, 'title', $3::text))""",
        user_id,
        topic,
        title[:200],
    )
