"""Handlers for certificates: issue, search, suspension, renewal, and the public register."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid4

from starlette.responses import Response

from service.api import rows, search_cache, vectors
from service.api.call import Call, Handler, holding_no_connection, reply
from service.api.cursors import Conditions, like, page_of, read_order
from service.api.identity import Role, need, need_member
from service.api.pdf import one_page
from service.api.problems import conflict, not_found
from service.api.rates import count, network

RENEWAL_DAYS: Final = 90
"""A certificate can be renewed this many days before its end, as the document says."""
LOOKUPS_PER_ADDRESS: Final = 300
"""Maximum look-ups in the public register by one address in a minute."""
_NEAREST: Final = 200
"""Number of certificates that are requested from the index of vectors."""
_CERTIFICATE: Final = "certificate"
_STATUS: Final = "CASE WHEN status = 'valid' AND valid_until < current_date THEN 'expired' ELSE status END"
_COLUMNS: Final = (
    f"id, number, number AS name, company_id, scheme, {_STATUS} AS status, issued_at, valid_until, product_ids,"
    " suspension_reason, created_at"
)


def certificate(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a certificate in the form of the document's `Certificate`."""
    made = {
        "id": row["id"],
        "number": row["number"],
        "companyId": row["company_id"],
        "scheme": row["scheme"],
        "status": row["status"],
        "issuedAt": row["issued_at"],
        "validUntil": row["valid_until"],
        "productIds": row["product_ids"],
    }
    if row["status"] != "suspended":
        return made
    return {**made, "suspension": {"reason": row["suspension_reason"]}}


async def issue(call: Call, request: Mapping[str, Any], months: int) -> Any:
    """Issue the certificate of an approved request, with the next number of the year."""
    year: int = await call.database.fetchval("SELECT extract(year FROM current_date)::int")
    number = await rows.next_number(call, f"certificate-{year}")
    text: str = await call.database.fetchval(
        """SELECT concat_ws(' ', c.name, $2::text,
                            (SELECT string_agg(p.name, ' ') FROM products p WHERE p.id = ANY($3)))
           FROM companies c WHERE c.id = $1""",
        request["company_id"],
        request["scheme"],
        request["product_ids"],
    )
    row = await call.database.fetchrow(
        f"""INSERT INTO certificates
                (id, number, company_id, request_id, scheme, issued_at, valid_until, product_ids, search_text)
            VALUES ($1, $2, $3, $4, $5, current_date, (current_date + make_interval(months => $6))::date, $7, $8)
            RETURNING {_COLUMNS}""",
        uuid4(),
        f"HS-{year}-{number:06}",
        request["company_id"],
        request["id"],
        request["scheme"],
        months,
        request["product_ids"],
        text,
    )
    await call.database.execute("UPDATE products SET status = 'approved' WHERE id = ANY($1)", request["product_ids"])
    if await _has_vectors(call):
        embedding = vectors.literal(vectors.embed(text))
        await call.database.execute(
            "UPDATE certificates SET embedding = $2::text::vector WHERE id = $1", row["id"], embedding
        )
    return row


@holding_no_connection
async def list_certificates(call: Call) -> Response:
    """Search the certificates of the companies that the caller sees."""
    companies = call.caller.visible_companies
    cache = call.services.cache
    key, kept = await search_cache.lookup(cache, call.values, companies)
    if kept is not None:
        return reply(call, kept)
    async with call.connection():
        value = await _search(call, companies)
    await search_cache.keep(cache, key, value)
    return reply(call, value)


async def _search(call: Call, companies: Sequence[UUID] | None) -> dict[str, Any]:
    order = read_order(call.values)
    where = Conditions()
    if companies is not None:
        where.add("company_id = ANY({0})", companies)
    if "companyId" in call.values:
        where.add("company_id = {0}", call.id("companyId"))
    if "status" in call.values:
        where.add("status = {0}", call.values["status"])
    if "q" in call.values:
        await _add_words(call, where, call.values["q"])
    where.add_place(order, call.values)
    found = await call.database.fetch(
        f"""SELECT * FROM (SELECT {_COLUMNS}, search_text FROM certificates) c
            WHERE {where.sql} ORDER BY {order.sql} LIMIT {call.limit + 1}""",
        *where.values,
    )
    shown, cursor = page_of(found, call.limit, order)
    return {"items": [certificate(row) for row in shown], "nextCursor": cursor}


async def get_certificate(call: Call) -> Response:
    """Get a certificate."""
    return reply(call, certificate(await _visible(call)))


async def suspend_certificate(call: Call) -> Response:
    """Suspend a valid certificate; the public register shows the suspension at once."""
    need(call.caller, Role.AUDITOR, Role.SCHOLAR, Role.ADMINISTRATOR)
    row = await _visible(call, lock=True)
    if row["status"] != "valid":
        raise conflict(f"The certificate is {row['status']}.")
    row = await call.database.fetchrow(
        f"UPDATE certificates SET status = 'suspended', suspension_reason = $2 WHERE id = $1 RETURNING {_COLUMNS}",
        row["id"],
        call.body["reason"],
    )
    await rows.notify_company(call, row["company_id"], "certification", f"Certificate {row['number']} is suspended")
    await rows.log(call, f"certificate {row['number']}")
    call.after_commit.append(forget_searches(call))
    return reply(call, certificate(row))


async def renew_certificate(call: Call) -> Response:
    """Start the renewal of a certificate: create a draft request for the same products."""
    from service.api.certification import certification_request  # noqa: PLC0415 (the two modules import each other)

    row = await _visible(call, lock=True)
    need_member(call.caller, row["company_id"])
    if row["status"] not in {"valid", "expired"}:
        raise conflict(f"The certificate is {row['status']}.")
    if not await call.database.fetchval("SELECT $1::date - current_date <= $2", row["valid_until"], RENEWAL_DAYS):
        raise conflict(f"Renewal starts {RENEWAL_DAYS} days before the end.")
    made = await call.database.fetchrow(
        """INSERT INTO certification_requests (id, company_id, scheme, product_ids, renews)
           VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (renews) WHERE status IN ('draft', 'submitted', 'in-audit') DO NOTHING RETURNING *""",
        uuid4(),
        row["company_id"],
        row["scheme"],
        row["product_ids"],
        row["id"],
    )
    if made is None:
        raise conflict("The renewal has begun already.")
    await rows.log(call, f"certification request {made['id']}")
    return reply(call, certification_request(made))


async def certificate_pdf(call: Call) -> Response:
    """Get a certificate as PDF."""
    row = await _visible(call)
    company = await call.database.fetchval("SELECT name FROM companies WHERE id = $1", row["company_id"])
    lines = [
        f"Company: {company}",
        f"Scheme: {row['scheme']}",
        f"Issued: {row['issued_at']}",
        f"Valid until: {row['valid_until']}",
        f"Status on the day of this copy: {row['status']}",
    ]
    return Response(one_page(f"Certificate {row['number']}", lines), media_type="application/pdf")


@holding_no_connection
async def verify_certificate(call: Call) -> Response:
    """Return the entry of a certificate's number in the public register."""
    await count(call.services.cache, f"verify:{network(call.client_address)}", LOOKUPS_PER_ADDRESS)
    async with call.connection() as connection:
        row = await connection.fetchrow(
            f"""SELECT r.number, r.status, r.valid_until, c.name AS company,
                       ARRAY(SELECT p.name FROM products p WHERE p.id = ANY(r.product_ids) ORDER BY p.name) AS products
                FROM (SELECT {_COLUMNS} FROM certificates WHERE number = $1) r
                JOIN companies c ON c.id = r.company_id""",
            call.values["certificateNumber"],
        )
    if row is None:
        raise not_found(_CERTIFICATE)
    return reply(
        call,
        {
            "number": row["number"],
            "status": row["status"],
            "company": row["company"],
            "products": row["products"],
            "validUntil": row["valid_until"],
        },
    )


def forget_searches(call: Call) -> Callable[[], Awaitable[None]]:
    """Return the function to run after a change of certificates is committed."""
    cache = call.services.cache
    return lambda: search_cache.forget(cache)


async def _add_words(call: Call, where: Conditions, words: str) -> None:
    """Add a condition that finds the exact words, and with pgvector also similar texts."""
    if not vectors.words_of(words) or not await _has_vectors(call):
        where.add("(search_text ILIKE {0} OR number ILIKE {0})", like(words))
        return
    where.add(
        f"""(search_text ILIKE {{0}} OR number ILIKE {{0}} OR id IN (
                SELECT id FROM (SELECT id, embedding <=> {{1}}::text::vector AS distance FROM certificates
                                ORDER BY embedding <=> {{1}}::text::vector LIMIT {_NEAREST}) nearest
                WHERE distance <= {{2}}))""",
        like(words),
        vectors.literal(vectors.embed(words)),
        vectors.MAX_DISTANCE,
    )


async def _has_vectors(call: Call) -> bool:
    """Return whether the database has pgvector; each task queries this only once."""
    state = call.request.app.state
    known: bool | None = getattr(state, "has_vectors", None)
    if known is None:
        known = state.has_vectors = await call.database.fetchval(
            """SELECT EXISTS (SELECT FROM pg_attribute
                              WHERE attrelid = 'certificates'::regclass AND attname = 'embedding'
                                AND NOT attisdropped)"""
        )
    return bool(known)


async def _visible(call: Call, *, lock: bool = False) -> Any:
    row = await call.database.fetchrow(
        f"SELECT {_COLUMNS} FROM certificates WHERE id = $1{' FOR UPDATE' if lock else ''}", call.id("certificateId")
    )
    if row is None or not call.caller.sees(row["company_id"]):
        raise not_found(_CERTIFICATE)
    return row


HANDLERS: Final[dict[str, Handler]] = {
    "listCertificates": list_certificates,
    "getCertificate": get_certificate,
    "suspendCertificate": suspend_certificate,
    "renewCertificate": renew_certificate,
    "getCertificatePdf": certificate_pdf,
    "verifyCertificate": verify_certificate,
}
