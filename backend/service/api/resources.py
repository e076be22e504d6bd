"""Handlers for all resources in plain tables: list, create, get, change, replace, delete, change of state.

The API document defines the operations with their parameters, bodies and responses. `catalogue` defines who sees and
writes a resource, and which state may follow which, with the classes of `rules`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast
from uuid import UUID, uuid4

import orjson
from starlette.responses import Response

from service.api import rows
from service.api.call import Call, Handler, as_json, created, nothing, page, reply
from service.api.cursors import Conditions, like, page_of, read_order
from service.api.problems import conflict, forbidden, not_found
from service.api.rules import Draft, Resource, Scope, Transition, Writers, may_write, moment

MAX_ARRAY: Final = 1000
"""Maximum number of entries of a list without pages."""

_COLUMNS: Final = "id, company_id, parent_id, owner_id, status, name, at, body, created_at"
_FILTERS: Final[dict[str, str]] = {
    "companyId": "company_id = {0}::text::uuid",
    "q": "name ILIKE {0}",
    "status": "status = {0}",
    "country": "body ->> 'country' = {0}",
    "from": "coalesce(at, created_at) >= {0}::text::date",
    "to": "coalesce(at, created_at) < {0}::text::date + 1",
}
"""SQL condition of a list, by the name of the query parameter."""


def handlers(resource: Resource) -> dict[str, Handler]:
    """Return the handlers of a resource, by operation id."""
    made: dict[str, Handler] = {}
    for operation_id in resource.operations:

        async def handle(call: Call) -> Response:
            return await _ANSWERS[_kind(call, resource)](call, resource)

        made[operation_id] = handle
    for transition in resource.transitions:
        made[transition.operation_id] = _transition(resource, transition)
    return made


def _kind(call: Call, resource: Resource) -> str:
    is_item = call.operation.path.endswith(f"{{{resource.id_parameter}}}")
    return f"{call.operation.method} {'item' if is_item else 'list'}"


async def show(call: Call, resource: Resource, found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Convert rows into objects with the properties of the document's schema."""
    properties = _properties(call, resource.schema)
    shown: list[dict[str, Any]] = []
    for row in found:
        values = {
            **orjson.loads(row["body"]),
            "id": row["id"],
            "companyId": row["company_id"],
            "status": row["status"],
            "createdAt": row["created_at"],
        }
        always = properties - {name for name in ("companyId", "status") if values[name] is None}
        shown.append({name: value for name, value in values.items() if name in always})
    if resource.refine is not None:
        await resource.refine(call, shown)
    return shown


_known_properties: Final[dict[str, frozenset[str]]] = {}


def _properties(call: Call, schema: str) -> frozenset[str]:
    if schema not in _known_properties:
        _known_properties[schema] = call.services.contract.schema(schema).properties
    return _known_properties[schema]


async def list_entries(call: Call, resource: Resource, *conditions: tuple[str, object]) -> Response:
    """Return a page of entries, or an array if the document declares no pages for the operation."""
    where = Conditions("deleted_at IS NULL")
    if resource.scope is Scope.OWNER:
        where.add("owner_id = {0}", call.caller.user_id)
    elif resource.scope is Scope.COMPANY and call.caller.visible_companies is not None:
        where.add("company_id = ANY({0})", call.caller.visible_companies)
    for template, value in conditions:
        where.add(template, value)
    for name, template in _FILTERS.items():
        if name in call.values and not any(
            each.name == name and each.place == "path" for each in call.operation.parameters
        ):
            where.add(template, like(call.values[name]) if name == "q" else call.values[name])
    order = read_order(call.values)
    paged = call.operation.answer is not None and "items" in call.operation.answer.properties
    limit = call.limit if paged else MAX_ARRAY
    where.add_place(order, call.values)
    found = await call.database.fetch(
        f"SELECT {_COLUMNS} FROM {resource.table} WHERE {where.sql} ORDER BY {order.sql} LIMIT {limit + 1}",
        *where.values,
    )
    rows_shown, cursor = page_of(found, limit, order)
    shown = await show(call, resource, rows_shown)
    return page(call, shown, cursor) if paged else reply(call, shown)


async def _list(call: Call, resource: Resource) -> Response:
    if resource.parent is None:
        return await list_entries(call, resource)
    parent_id, _ = await _parent(call, resource)
    return await list_entries(call, resource, ("parent_id = {0}", parent_id))


async def _create(call: Call, resource: Resource) -> Response:
    draft = Draft(dict(call.body))
    if resource.parent is not None:
        draft.parent_id, draft.company_id = await _parent(call, resource)
    elif "companyId" in draft.body:
        draft.company_id = UUID(draft.body["companyId"])
    if not may_write(call.caller, resource.writers, draft.company_id, call.caller.user_id):
        raise forbidden(f"Only {resource.writers} do that.")
    if resource.check is not None:
        await resource.check(call, draft)
    row = await call.database.fetchrow(
        f"""INSERT INTO {resource.table} (id, company_id, parent_id, owner_id, status, name, at, body)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING {_COLUMNS}""",
        uuid4(),
        draft.company_id,
        draft.parent_id,
        call.caller.user_id,
        resource.first_status,
        draft.body.get("name", ""),
        draft.at,
        as_json(draft.body),
    )
    await rows.log(call, f"{resource.what} {row['id']}")
    return created(call, (await show(call, resource, [row]))[0])


async def _get(call: Call, resource: Resource) -> Response:
    return reply(call, (await show(call, resource, [await entry(call, resource)]))[0])


async def _change(call: Call, resource: Resource) -> Response:
    return await _write(call, resource, "body || $2::jsonb")


async def _replace(call: Call, resource: Resource) -> Response:
    return await _write(call, resource, "$2::jsonb")


async def _write(call: Call, resource: Resource, body: str) -> Response:
    row = await _writable(call, resource, resource.writers)
    if resource.check_change is not None:
        await resource.check_change(call, row)
    given = dict(call.body)
    status = given.pop("status", None)
    changed = await call.database.fetchrow(
        f"""UPDATE {resource.table}
            SET body = {body}, status = coalesce($3, status), name = coalesce($4, name), at = coalesce($5, at)
            WHERE id = $1 RETURNING {_COLUMNS}""",
        row["id"],
        as_json(given),
        status,
        given.get("name"),
        moment(given.get("scheduledFor")),
    )
    await rows.log(call, f"{resource.what} {row['id']}")
    return reply(call, (await show(call, resource, [changed]))[0])


async def _delete(call: Call, resource: Resource) -> Response:
    row = await _writable(call, resource, resource.writers)
    for sentence, condition in resource.in_use.items():
        if await call.database.fetchval(f"SELECT EXISTS ({condition})", row["id"]):
            raise conflict(sentence)
    await call.database.execute(f"UPDATE {resource.table} SET deleted_at = now() WHERE id = $1", row["id"])
    await rows.log(call, f"{resource.what} {row['id']}")
    return nothing(call)


def _transition(resource: Resource, transition: Transition) -> Handler:
    async def handle(call: Call) -> Response:
        row = await _writable(call, resource, transition.writers)
        if transition.before is not None and row["status"] not in transition.before:
            raise conflict(f"The {resource.what} is {row['status']}.")
        if transition.check is not None:
            await transition.check(call, row)
        added = dict(call.body or {})
        status = transition.after or added.pop("status")
        if transition.stamp is not None:
            added[transition.stamp] = datetime.now(UTC)
        changed = await call.database.fetchrow(
            f"UPDATE {resource.table} SET status = $2, body = body || $3::jsonb WHERE id = $1 RETURNING {_COLUMNS}",
            row["id"],
            status,
            as_json(added),
        )
        await rows.log(call, f"{resource.what} {row['id']}")
        return reply(call, (await show(call, resource, [changed]))[0])

    return handle


_ANSWERS: Final[dict[str, Callable[[Call, Resource], Awaitable[Response]]]] = {
    "GET list": _list,
    "POST list": _create,
    "GET item": _get,
    "PATCH item": _change,
    "PUT item": _replace,
    "DELETE item": _delete,
}


async def entry(call: Call, resource: Resource, *, lock: bool = False) -> Any:
    """Read the entry in the path, if the caller may see it.

    Raises:
        Problem: 404.
    """
    row = await call.database.fetchrow(
        f"SELECT {_COLUMNS} FROM {resource.table} WHERE id = $1 AND deleted_at IS NULL{' FOR UPDATE' if lock else ''}",
        call.id(resource.id_parameter),
    )
    if row is None:
        raise not_found(resource.what)
    visible = (
        resource.scope is Scope.EVERYBODY
        or (resource.scope is Scope.COMPANY and call.caller.sees(row["company_id"]))
        or (resource.scope is Scope.OWNER and row["owner_id"] == call.caller.user_id)
    )
    if not visible or (resource.parent is not None and row["parent_id"] != call.id(resource.parent)):
        raise not_found(resource.what)
    return row


async def _writable(call: Call, resource: Resource, writers: Writers) -> Any:
    row = await entry(call, resource, lock=True)
    if not may_write(call.caller, writers, row["company_id"], row["owner_id"]):
        raise forbidden(f"Only {writers} do that.")
    return row


_PARENT_TABLES: Final = {"companyId": "companies", "auditId": "audits", "supplierId": "suppliers"}


async def _parent(call: Call, resource: Resource) -> tuple[UUID, UUID | None]:
    """Return the ids of the parent entry and of its company. Unless the method is GET, lock the parent entry."""
    parent = cast("str", resource.parent)
    parent_id = call.id(parent)
    table = _PARENT_TABLES[parent]
    company = {"companies": "id", "suppliers": "NULL::uuid"}.get(table, "company_id")
    lock = "" if call.operation.method == "GET" else " FOR SHARE"
    row = await call.database.fetchrow(
        f"SELECT {company} AS company_id FROM {table} WHERE id = $1 AND deleted_at IS NULL{lock}", parent_id
    )
    if row is None or not (resource.scope is Scope.EVERYBODY or call.caller.sees(row["company_id"])):
        raise not_found(parent.removesuffix("Id"))
    return parent_id, row["company_id"]
