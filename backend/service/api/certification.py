"""Handlers for certification requests, from draft to decision."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID, uuid4

from starlette.responses import Response

from service.api import rows
from service.api.call import Call, Handler, created, page, reply
from service.api.certificates import certificate, forget_searches, issue
from service.api.companies import keep_company
from service.api.cursors import Conditions, like, page_of, read_order
from service.api.identity import Role, need, need_member
from service.api.invoices import make_invoice
from service.api.problems import conflict, not_found, unprocessable
from service.api.rules import wrong

_COLUMNS: Final = (
    "id, company_id, scheme, product_ids, facility_ids, notes, status, invoice_id, submitted_at, decided_at, created_at"
)

_MEMBERS: Final = "Only members of the company ask for its certification."


def certification_request(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request in the form of the document's `CertificationRequest`."""
    made = {
        "id": row["id"],
        "companyId": row["company_id"],
        "scheme": row["scheme"],
        "productIds": row["product_ids"],
        "notes": row["notes"],
        "status": row["status"],
        "invoiceId": row["invoice_id"],
        "submittedAt": row["submitted_at"],
        "decidedAt": row["decided_at"],
    }
    return made if row["facility_ids"] is None else {**made, "facilityIds": row["facility_ids"]}


async def list_requests(call: Call) -> Response:
    """List the requests of the companies that the caller sees."""
    query = call.values
    order = read_order(query)
    where = Conditions()
    if call.caller.visible_companies is not None:
        where.add("company_id = ANY({0})", call.caller.visible_companies)
    if "companyId" in query:
        where.add("company_id = {0}", call.id("companyId"))
    if query.get("status"):
        where.add("status = ANY({0})", query["status"])
    if "q" in query:
        where.add("(name ILIKE {0} OR notes ILIKE {0})", like(query["q"]))
    where.add_place(order, query)
    # Requests have no name, so a list is sorted and searched by the name of their scheme
    found = await call.database.fetch(
        f"""SELECT {_COLUMNS}, name FROM (SELECT *, scheme AS name FROM certification_requests) r
            WHERE {where.sql} ORDER BY {order.sql} LIMIT {call.limit + 1}""",
        *where.values,
    )
    shown, cursor = page_of(found, call.limit, order)
    return page(call, [certification_request(row) for row in shown], cursor)


async def create_request(call: Call) -> Response:
    """Start a request, as a draft."""
    body = call.body
    company_id = UUID(body["companyId"])
    need_member(call.caller, company_id, _MEMBERS)
    await keep_company(call, company_id, _MEMBERS)
    products, facilities = await _parts(call, company_id)
    row = await call.database.fetchrow(
        f"""INSERT INTO certification_requests (id, company_id, scheme, product_ids, facility_ids, notes)
            VALUES ($1, $2, $3, $4, $5, $6) RETURNING {_COLUMNS}""",
        uuid4(),
        company_id,
        body["scheme"],
        products,
        facilities,
        body.get("notes"),
    )
    await rows.log(call, f"certification request {row['id']}")
    return created(call, certification_request(row))


async def get_request(call: Call) -> Response:
    """Get a request."""
    return reply(call, certification_request(await _visible(call)))


async def update_request(call: Call) -> Response:
    """Change a draft."""
    row = await _own(call, {"draft"})
    products, facilities = await _parts(call, row["company_id"])
    row = await call.database.fetchrow(
        f"""UPDATE certification_requests
            SET product_ids = coalesce($2, product_ids), facility_ids = coalesce($3, facility_ids),
                notes = CASE WHEN $4 THEN $5 ELSE notes END
            WHERE id = $1 RETURNING {_COLUMNS}""",
        row["id"],
        products,
        facilities,
        "notes" in call.body,
        call.body.get("notes"),
    )
    await rows.log(call, f"certification request {row['id']}")
    return reply(call, certification_request(row))


async def submit_request(call: Call) -> Response:
    """Submit a draft, and make its invoice. Every ingredient of its products must have been reviewed."""
    row = await _own(call, {"draft"})
    waiting = await call.database.fetchval(
        """SELECT i.name FROM recipe_lines l JOIN ingredients i ON i.id = l.ingredient_id
           WHERE l.product_id = ANY($1) AND i.status = 'unreviewed' ORDER BY i.name LIMIT 1""",
        row["product_ids"],
    )
    if waiting is not None:
        raise unprocessable("productIds", f"the ingredient {waiting} has not been reviewed")
    invoice_id = await make_invoice(call, row)
    return await _decide(call, row, "submitted", "invoice_id = $3, submitted_at = now()", invoice_id)


async def withdraw_request(call: Call) -> Response:
    """Withdraw a request that has not been decided."""
    row = await _own(call, {"draft", "submitted", "in-audit"})
    reason = call.body["reason"] if call.body else None
    return await _decide(call, row, "withdrawn", "reason = $3, decided_at = now()", reason)


async def approve_request(call: Call) -> Response:
    """Approve a request after its audit, and issue the certificate."""
    need(call.caller, Role.SCHOLAR, Role.ADMINISTRATOR)
    row = await _visible(call, lock=True)
    _refuse_unless(row, {"submitted", "in-audit"})
    if not await call.database.fetchval(
        "SELECT EXISTS (SELECT FROM audits WHERE parent_id = $1 AND status = 'completed' AND deleted_at IS NULL)",
        row["id"],
    ):
        raise conflict("No audit of the request is completed.")
    if await call.database.fetchval(
        """SELECT EXISTS (SELECT FROM findings f JOIN audits a ON a.id = f.parent_id
                          WHERE a.parent_id = $1 AND f.status <> 'resolved' AND f.deleted_at IS NULL
                            AND f.body ->> 'severity' IN ('major', 'critical'))""",
        row["id"],
    ):
        raise conflict("A major finding is open.")
    made = await issue(call, row, call.body["validMonths"])
    await _decide(call, row, "approved", "decided_at = now(), reason = $3", None)
    call.after_commit.append(forget_searches(call))
    return reply(call, certificate(made))


async def reject_request(call: Call) -> Response:
    """Reject a request."""
    need(call.caller, Role.SCHOLAR, Role.ADMINISTRATOR)
    row = await _visible(call, lock=True)
    _refuse_unless(row, {"submitted", "in-audit"})
    return await _decide(call, row, "rejected", "reason = $3, decided_at = now()", call.body["reason"])


async def _decide(call: Call, row: Mapping[str, Any], status: str, assignment: str, value: object) -> Response:
    changed = await call.database.fetchrow(
        f"UPDATE certification_requests SET status = $2, {assignment} WHERE id = $1 RETURNING {_COLUMNS}",
        row["id"],
        status,
        value,
    )
    await rows.notify_company(call, row["company_id"], "certification", f"A certification request is {status}")
    await rows.log(call, f"certification request {row['id']}")
    return reply(call, certification_request(changed))


async def _visible(call: Call, *, lock: bool = False) -> Any:
    row = await call.database.fetchrow(
        f"SELECT {_COLUMNS} FROM certification_requests WHERE id = $1{' FOR UPDATE' if lock else ''}",
        call.id("requestId"),
    )
    if row is None or not call.caller.sees(row["company_id"]):
        raise not_found("certification request")
    return row


async def _own(call: Call, statuses: set[str]) -> Any:
    row = await _visible(call, lock=True)
    need_member(call.caller, row["company_id"])
    _refuse_unless(row, statuses)
    return row


def _refuse_unless(row: Mapping[str, Any], statuses: set[str]) -> None:
    if row["status"] not in statuses:
        raise conflict(f"The request is {row['status']}.")


async def _parts(call: Call, company_id: UUID) -> tuple[list[UUID] | None, list[UUID] | None]:
    """Return the products and facilities in the body; each must belong to the company. None if the body has none."""
    found: list[list[UUID] | None] = []
    for name, table in (("productIds", "products"), ("facilityIds", "facilities")):
        if name not in call.body:
            found.append(None)
            continue
        wanted = [UUID(each) for each in call.body[name]]
        known: int = await call.database.fetchval(
            f"SELECT count(*) FROM {table} WHERE id = ANY($1) AND company_id = $2 AND deleted_at IS NULL",
            wanted,
            company_id,
        )
        if known != len(set(wanted)):
            raise wrong(call, name, "names something that is not the company's")
        found.append(wanted)
    return found[0], found[1]


HANDLERS: Final[dict[str, Handler]] = {
    "listCertificationRequests": list_requests,
    "createCertificationRequest": create_request,
    "getCertificationRequest": get_request,
    "updateCertificationRequest": update_request,
    "submitCertificationRequest": submit_request,
    "withdrawCertificationRequest": withdraw_request,
    "approveCertificationRequest": approve_request,
    "rejectCertificationRequest": reject_request,
}
