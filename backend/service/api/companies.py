"""Handlers for companies and their members."""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID, uuid4

from starlette.responses import Response

from service.api import rows
from service.api.call import Call, Handler, created, nothing, page, reply
from service.api.cursors import Conditions, Order, like, page_of, read_cursor, read_order, write_cursor
from service.api.identity import Role
from service.api.problems import conflict, forbidden, not_found
from service.api.users import refuse_last_administrator

_COLUMNS: Final = "id, name, registration_number, country, address, website, industry, status, created_at"
_TAKEN: Final = "A company with this registration number is there already."


def company(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a company in the form of the document's `Company`."""
    made = {
        "id": row["id"],
        "name": row["name"],
        "registrationNumber": row["registration_number"],
        "country": row["country"],
        "address": json.loads(row["address"]),
        "website": row["website"],
        "status": row["status"],
        "createdAt": row["created_at"],
    }
    return made if row["industry"] is None else {**made, "industry": row["industry"]}


async def list_companies(call: Call) -> Response:
    """List the companies that the caller sees."""
    order = read_order(call.values)
    where = Conditions("deleted_at IS NULL")
    if call.caller.visible_companies is not None:
        where.add("id = ANY({0})", call.caller.visible_companies)
    if "q" in call.values:
        where.add("name ILIKE {0}", like(call.values["q"]))
    if "country" in call.values:
        where.add("country = {0}", call.values["country"])
    where.add_place(order, call.values)
    found = await call.database.fetch(
        f"SELECT {_COLUMNS} FROM companies WHERE {where.sql} ORDER BY {order.sql} LIMIT {call.limit + 1}",
        *where.values,
    )
    shown, cursor = page_of(found, call.limit, order)
    return page(call, [company(row) for row in shown], cursor)


async def create_company(call: Call) -> Response:
    """Register a company; the caller becomes its first administrator."""
    body = call.body
    row = await call.database.fetchrow(
        f"""INSERT INTO companies (id, name, registration_number, country, address, website, industry)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (country, registration_number) WHERE deleted_at IS NULL DO NOTHING RETURNING {_COLUMNS}""",
        uuid4(),
        body["name"],
        body["registrationNumber"],
        body["country"],
        json.dumps(body["address"]),
        body.get("website"),
        body.get("industry"),
    )
    if row is None:
        raise conflict(_TAKEN)
    await _add_member(call, row["id"], call.caller.user_id, administrator=True)
    await rows.log(call, f"company {row['id']}")
    return created(call, company(row))


async def get_company(call: Call) -> Response:
    """Get a company."""
    return reply(call, company(await visible_company(call)))


async def update_company(call: Call) -> Response:
    """Change a company; only its administrators may do so."""
    row = await _administered(call)
    body = call.body
    row = await call.database.fetchrow(
        f"""UPDATE companies SET name = coalesce($2, name), address = coalesce($3, address),
                   website = CASE WHEN $4 THEN $5 ELSE website END
            WHERE id = $1 RETURNING {_COLUMNS}""",
        row["id"],
        body.get("name"),
        json.dumps(body["address"]) if "address" in body else None,
        "website" in body,
        body.get("website"),
    )
    await rows.log(call, f"company {row['id']}")
    return reply(call, company(row))


async def delete_company(call: Call) -> Response:
    """Delete a company, unless it has a valid certificate."""
    row = await _administered(call)
    if await call.database.fetchval(
        """SELECT EXISTS (SELECT FROM certificates
                          WHERE company_id = $1 AND status <> 'revoked' AND valid_until >= current_date)""",
        row["id"],
    ):
        raise conflict("A certificate of the company is valid.")
    await call.database.execute("UPDATE companies SET deleted_at = now() WHERE id = $1", row["id"])
    await rows.log(call, f"company {row['id']}")
    return nothing(call)


async def list_members(call: Call) -> Response:
    """List the members of a company, in the order in which they joined."""
    row = await visible_company(call)
    order = Order("since", descending=False)
    where = Conditions()
    where.add("m.company_id = {0}", row["id"])
    if "cursor" in call.values:
        since, id_ = read_cursor(order, call.values["cursor"])
        where.add("(m.since, m.user_id) > ({0}, {1})", since, id_)
    found = await call.database.fetch(
        f"""SELECT m.user_id AS id, u.full_name, u.email, m.administrator, m.since
            FROM memberships m JOIN users u ON u.id = m.user_id
            WHERE {where.sql} ORDER BY m.since, m.user_id LIMIT {call.limit + 1}""",
        *where.values,
    )
    shown = found[: call.limit]
    cursor = write_cursor(order, shown[-1]) if len(found) > call.limit else None
    return page(call, [_member(each) for each in shown], cursor)


async def add_member(call: Call) -> Response:
    """Add a user to a company. The user must have an account."""
    row = await _administered(call)
    user = await call.database.fetchrow(
        "SELECT id, full_name, email FROM users WHERE lower(email) = lower($1) AND deleted_at IS NULL",
        call.body["email"],
    )
    if user is None:
        raise not_found("user: they register an account first")
    administrator: bool = call.body.get("administrator", False)
    since = await _add_member(call, row["id"], user["id"], administrator=administrator)
    if since is None:
        raise conflict("The user is a member already.")
    await rows.log(call, f"company {row['id']}")
    return reply(call, _member({**user, "administrator": administrator, "since": since}))


async def remove_member(call: Call) -> Response:
    """Remove a member. Members may remove themselves, administrators anybody, but never the last administrator."""
    row = await visible_company(call)
    user_id = call.id("userId")
    if user_id != call.caller.user_id and not call.caller.administers(row["id"]):
        raise forbidden("Only an administrator of the company removes others.")
    await refuse_last_administrator(call, user_id, row["id"])
    removed = await call.database.fetchval(
        "DELETE FROM memberships WHERE company_id = $1 AND user_id = $2 RETURNING user_id", row["id"], user_id
    )
    if removed is None:
        raise not_found("member")
    await rows.log(call, f"company {row['id']}")
    return nothing(call)


async def visible_company(call: Call, company_id: UUID | None = None, *, lock: bool = False) -> Any:
    """Read a company that the caller sees.

    Args:
        call: The call.
        company_id: The company; None for the company in the path.
        lock: Whether to lock the company until the transaction ends.

    Raises:
        Problem: 404.
    """
    wanted = company_id or call.id("companyId")
    row = None
    if call.caller.sees(wanted):
        row = await call.database.fetchrow(
            f"SELECT {_COLUMNS} FROM companies WHERE id = $1 AND deleted_at IS NULL{' FOR UPDATE' if lock else ''}",
            wanted,
        )
    if row is None:
        raise not_found("company")
    return row


async def keep_company(call: Call, company_id: UUID | None, detail: str) -> None:
    """Lock a company, so that nobody can delete it before the transaction ends.

    Args:
        call: The call; its caller is a member.
        company_id: The company.
        detail: Message if the company was deleted after the caller was loaded.

    Raises:
        Problem: 403.
    """
    # The statement waits for a delete that is not committed yet, and then finds its result
    found = await call.database.fetchval(
        "SELECT id FROM companies WHERE id = $1 AND deleted_at IS NULL FOR SHARE", company_id
    )
    if found is None:
        raise forbidden(detail)


async def _administered(call: Call) -> Any:
    row = await visible_company(call, lock=True)
    if not call.caller.administers(row["id"]):
        raise forbidden("Only an administrator of the company does that.")
    return row


async def _add_member(call: Call, company_id: UUID, user_id: UUID, *, administrator: bool) -> Any:
    """Add a member and the matching role. Return the time, or None if the user is a member already."""
    role = Role.COMPANY_ADMIN if administrator else Role.COMPANY_MEMBER
    since = await call.database.fetchval(
        """INSERT INTO memberships (company_id, user_id, administrator) VALUES ($1, $2, $3)
           ON CONFLICT (company_id, user_id) DO NOTHING RETURNING since""",
        company_id,
        user_id,
        administrator,
    )
    await call.database.execute(
        "UPDATE users SET roles = array_append(roles, $2) WHERE id = $1 AND NOT $2 = ANY(roles)", user_id, str(role)
    )
    return since


def _member(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "userId": row["id"],
        "fullName": row["full_name"],
        "email": row["email"],
        "administrator": row["administrator"],
        "since": row["since"].date(),
    }


HANDLERS: Final[dict[str, Handler]] = {
    "listCompanies": list_companies,
    "createCompany": create_company,
    "getCompany": get_company,
    "updateCompany": update_company,
    "deleteCompany": delete_company,
    "listCompanyMembers": list_members,
    "addCompanyMember": add_member,
    "removeCompanyMember": remove_member,
}
