"""Handlers for the platform's settings, the audit log, and the users' notifications and preferences."""

from typing import Any, Final
from uuid import UUID

import orjson
from starlette.responses import Response

from service.api import rows
from service.api.call import Call, Handler, as_json, nothing, page, reply
from service.api.catalogue import NOTIFICATIONS
from service.api.cursors import Conditions, page_of, read_order
from service.api.identity import Role, need
from service.api.resources import list_entries

SETTINGS: Final[dict[str, Any]] = {
    "certificateValidityMonths": 24,
    "reminderDays": [90, 30, 7],
    "maintenance": {"enabled": False, "message": None},
}
"""Default settings, until an administrator sets others."""
PREFERENCES: Final[dict[str, Any]] = {
    "email": ["certification", "audit", "payment"],
    "push": [],
    "digest": "daily",
}
"""Default notification preferences, until the user sets others."""


async def get_settings(call: Call) -> Response:
    """Get the settings of the platform."""
    need(call.caller, Role.ADMINISTRATOR)
    return reply(call, await _kept(call, "settings", None, SETTINGS))


async def set_settings(call: Call) -> Response:
    """Set the settings of the platform."""
    need(call.caller, Role.ADMINISTRATOR)
    await rows.log(call, "settings")
    return reply(call, await _keep(call, "settings", None))


async def get_preferences(call: Call) -> Response:
    """Get the caller's notification preferences."""
    return reply(call, await _kept(call, "preferences", call.caller.user_id, PREFERENCES))


async def set_preferences(call: Call) -> Response:
    """Set the caller's notification preferences."""
    return reply(call, await _keep(call, "preferences", call.caller.user_id))


async def list_notifications(call: Call) -> Response:
    """List the caller's notifications."""
    if call.values.get("unread"):
        return await list_entries(call, NOTIFICATIONS, ("status IS DISTINCT FROM {0}", "read"))
    return await list_entries(call, NOTIFICATIONS)


async def read_all_notifications(call: Call) -> Response:
    """Mark all of the caller's notifications as read."""
    await call.database.execute(
        """UPDATE notifications SET status = 'read', body = body || jsonb_build_object('readAt', now())
           WHERE owner_id = $1 AND status IS DISTINCT FROM 'read'""",
        call.caller.user_id,
    )
    return nothing(call)


async def list_audit_log(call: Call) -> Response:
    """List the entries of the audit log; administrators only."""
    need(call.caller, Role.ADMINISTRATOR)
    order = read_order(call.values, "at")
    where = Conditions()
    if "actorId" in call.values:
        where.add("actor_id = {0}", call.id("actorId"))
    if "from" in call.values:
        where.add("at >= {0}::text::date", call.values["from"])
    if "to" in call.values:
        where.add("at < {0}::text::date + 1", call.values["to"])
    where.add_place(order, call.values)
    found = await call.database.fetch(
        f"""SELECT id, at, actor_id, action, subject FROM audit_log
            WHERE {where.sql} ORDER BY {order.sql} LIMIT {call.limit + 1}""",
        *where.values,
    )
    shown, cursor = page_of(found, call.limit, order)
    items = [
        {
            "id": row["id"],
            "at": row["at"],
            "actorId": row["actor_id"],
            "action": row["action"],
            "subject": row["subject"],
        }
        for row in shown
    ]
    return page(call, items, cursor)


async def _kept(call: Call, name: str, user_id: UUID | None, default: dict[str, Any]) -> Any:
    body = await call.database.fetchval(
        "SELECT body FROM kept_values WHERE name = $1 AND user_id IS NOT DISTINCT FROM $2", name, user_id
    )
    return default if body is None else orjson.loads(body)


async def _keep(call: Call, name: str, user_id: UUID | None) -> Any:
    body = await call.database.fetchval(
        """INSERT INTO kept_values (name, user_id, body) VALUES ($1, $2, $3)
           ON CONFLICT (name, user_id) DO UPDATE SET body = excluded.body RETURNING body""",
        name,
        user_id,
        as_json(call.body),
    )
    return orjson.loads(body)


HANDLERS: Final[dict[str, Handler]] = {
    "getSettings": get_settings,
    "setSettings": set_settings,
    "getNotificationPreferences": get_preferences,
    "setNotificationPreferences": set_preferences,
    "listNotifications": list_notifications,
    "readAllNotifications": read_all_notifications,
    "listAuditLog": list_audit_log,
}
