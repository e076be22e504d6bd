"""Handlers for users and their roles."""

from typing import Any, Final
from uuid import UUID, uuid4

from starlette.responses import Response

from service.api import rows
from service.api.accounts import end_sessions
from service.api.call import Call, Handler, created, nothing, page, reply
from service.api.cursors import Conditions, like, page_of, read_order
from service.api.documents import stored_document
from service.api.identity import Role, need
from service.api.problems import Problem, conflict, forbidden, not_found, unprocessable

AVATAR_BYTES: Final = 1_000_000
"""Maximum bytes of a user's picture, as the document says."""
AVATAR_TYPES: Final = frozenset({"image/jpeg", "image/png"})
_NO_USER: Final = "user"


async def list_users(call: Call) -> Response:
    """List users; administrators only."""
    need(call.caller, Role.ADMINISTRATOR)
    order = read_order(call.values)
    where = Conditions("deleted_at IS NULL")
    if "q" in call.values:
        where.add("(full_name ILIKE {0} OR email ILIKE {0})", like(call.values["q"]))
    if "role" in call.values:
        where.add("{0} = ANY(roles)", call.values["role"])
    where.add_place(order, call.values)
    found = await call.database.fetch(
        f"SELECT {rows.USER_COLUMNS} FROM users WHERE {where.sql} ORDER BY {order.sql} LIMIT {call.limit + 1}",
        *where.values,
    )
    shown, cursor = page_of(found, call.limit, order)
    return page(call, [rows.user(row) for row in shown], cursor)


async def create_user(call: Call) -> Response:
    """Invite a user, and create a message with a token with which they set a password; administrators only."""
    need(call.caller, Role.ADMINISTRATOR)
    company_id = call.body.get("companyId")
    row = await call.database.fetchrow(
        f"""INSERT INTO users (id, email, full_name, roles, status) VALUES ($1, $2, $3, $4, 'invited')
            ON CONFLICT (lower(email)) WHERE deleted_at IS NULL DO NOTHING RETURNING {rows.USER_COLUMNS}""",
        uuid4(),
        call.body["email"],
        call.body.get("fullName", ""),
        call.body["roles"],
    )
    if row is None:
        raise conflict("There is an account with this e-mail address.")
    if company_id is not None:
        added = await call.database.fetchval(
            """INSERT INTO memberships (company_id, user_id, administrator)
               SELECT id, $2, $3 FROM companies WHERE id = $1 AND deleted_at IS NULL RETURNING company_id""",
            UUID(company_id),
            row["id"],
            Role.COMPANY_ADMIN in call.body["roles"],
        )
        if added is None:
            raise unprocessable("companyId", "names no company")
    await rows.send_token(call, row["id"], row["email"], "invitation")
    await rows.log(call, f"user {row['id']}")
    return created(call, rows.user(row))


async def get_user(call: Call) -> Response:
    """Get a user. Users can get themselves, administrators anybody."""
    return reply(call, rows.user(await _visible(call)))


async def update_user(call: Call) -> Response:
    """Change a name or a language."""
    row = await _visible(call, lock=True)
    row = await call.database.fetchrow(
        f"""UPDATE users SET full_name = coalesce($2, full_name), locale = coalesce($3, locale)
            WHERE id = $1 RETURNING {rows.USER_COLUMNS}""",
        row["id"],
        call.body.get("fullName"),
        call.body.get("locale"),
    )
    await rows.log(call, f"user {row['id']}")
    return reply(call, rows.user(row))


async def delete_user(call: Call) -> Response:
    """Delete a user. Name and e-mail address are deleted at once; the id stays, because audits refer to it."""
    row = await _visible(call, lock=True)
    await refuse_last_administrator(call, row["id"])
    await call.database.execute("DELETE FROM memberships WHERE user_id = $1", row["id"])
    await call.database.execute("DELETE FROM outgoing_messages WHERE user_id = $1", row["id"])
    await call.database.execute("DELETE FROM one_time_tokens WHERE user_id = $1", row["id"])
    await call.database.execute(
        """UPDATE users
              SET deleted_at = now(), status = 'inactive', email = 'deleted-' || id, full_name = 'Deleted user',
                  password_hash = NULL, totp_secret = NULL, token_version = token_version + 1
           WHERE id = $1""",
        row["id"],
    )
    await end_sessions(call, row["id"])
    await rows.log(call, f"user {row['id']}")
    return nothing(call)


async def set_roles(call: Call) -> Response:
    """Set the roles of a user; they apply from the user's next request on."""
    need(call.caller, Role.ADMINISTRATOR)
    return await _set(call, "roles = $2", call.body["roles"])


async def activate_user(call: Call) -> Response:
    """Allow a deactivated user to sign in again."""
    need(call.caller, Role.ADMINISTRATOR)
    return await _set(call, "status = $2", "active")


async def deactivate_user(call: Call) -> Response:
    """Prevent a user from signing in, and sign them out everywhere."""
    need(call.caller, Role.ADMINISTRATOR)
    if call.id("userId") == call.caller.user_id:
        raise conflict("Nobody deactivates themselves.")
    answered = await _set(call, "status = $2, token_version = token_version + 1", "inactive")
    await end_sessions(call, call.id("userId"))
    return answered


async def set_avatar(call: Call) -> Response:
    """Set an uploaded picture as the user's picture."""
    row = await _visible(call, lock=True)
    document = await stored_document(call, UUID(call.body["documentId"]), owner_id=call.caller.user_id)
    if document["content_type"] not in AVATAR_TYPES:
        raise Problem(400, "The picture is of a wrong type.", [("documentId", "names no JPEG and no PNG")])
    if document["size_bytes"] > AVATAR_BYTES:
        raise Problem(413, f"A picture has at most {AVATAR_BYTES} bytes.")
    await call.database.execute("UPDATE users SET avatar_document_id = $2 WHERE id = $1", row["id"], document["id"])
    link = await call.services.storage.download_link(document["storage_key"], document["file_name"])
    await rows.log(call, f"user {row['id']}")
    return reply(call, {**rows.user(row), "avatarUrl": link.url})


async def refuse_last_administrator(call: Call, user_id: UUID, company_id: UUID | None = None) -> None:
    """Refuse to remove a user who is the last administrator of a company.

    The companies are locked, so that two administrators cannot leave at the same time.

    Args:
        call: The call.
        user_id: The user to remove.
        company_id: The company; None for all companies of the user.

    Raises:
        Problem: 409.
    """
    await call.database.execute(
        """SELECT c.id FROM companies c JOIN memberships m ON m.company_id = c.id
           WHERE m.user_id = $1 AND ($2::uuid IS NULL OR c.id = $2) AND c.deleted_at IS NULL
           ORDER BY c.id FOR UPDATE OF c""",
        user_id,
        company_id,
    )
    left_alone = await call.database.fetchval(
        """SELECT c.name FROM memberships m JOIN companies c ON c.id = m.company_id
           WHERE m.user_id = $1 AND m.administrator AND ($2::uuid IS NULL OR c.id = $2) AND c.deleted_at IS NULL
             AND NOT EXISTS (SELECT FROM memberships o
                             WHERE o.company_id = c.id AND o.administrator AND o.user_id <> m.user_id)
           LIMIT 1""",
        user_id,
        company_id,
    )
    if left_alone is not None:
        raise conflict("A company keeps its last administrator.")


async def _visible(call: Call, *, lock: bool = False) -> Any:
    user_id = call.id("userId")
    if user_id != call.caller.user_id and not call.caller.has(Role.ADMINISTRATOR):
        raise not_found(_NO_USER)
    row = await call.database.fetchrow(
        f"SELECT {rows.USER_COLUMNS} FROM users WHERE id = $1 AND deleted_at IS NULL{' FOR UPDATE' if lock else ''}",
        user_id,
    )
    if row is None:
        raise not_found(_NO_USER)
    return row


async def _set(call: Call, assignment: str, value: object) -> Response:
    row = await call.database.fetchrow(
        f"UPDATE users SET {assignment} WHERE id = $1 AND deleted_at IS NULL RETURNING {rows.USER_COLUMNS}",
        call.id("userId"),
        value,
    )
    if row is None:
        raise not_found(_NO_USER)
    if row["id"] == call.caller.user_id and Role.ADMINISTRATOR not in row["roles"]:
        raise forbidden("Nobody takes the role of an administrator from themselves.")
    await rows.log(call, f"user {row['id']}")
    return reply(call, rows.user(row))


HANDLERS: Final[dict[str, Handler]] = {
    "listUsers": list_users,
    "createUser": create_user,
    "getUser": get_user,
    "updateUser": update_user,
    "deleteUser": delete_user,
    "setUserRoles": set_roles,
    "activateUser": activate_user,
    "deactivateUser": deactivate_user,
    "setUserAvatar": set_avatar,
}
