"""Handlers for invoices and payments: creation, payment, refund, and the messages of payment providers."""

import hashlib
import hmac
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

import orjson
from starlette.responses import Response

from service.api import rows
from service.api.call import Call, Handler, as_json, nothing, reply
from service.api.identity import Role, need, need_member
from service.api.pdf import one_page
from service.api.problems import Problem, conflict, not_found, unauthorized, unprocessable
from service.api.requests import raw_body

FEE: Final = {"amount": "1250.00", "currency": "MYR"}
"""Price of a request if the settings have no fee for its scheme."""
_REPORTED: Final = {"succeeded", "failed"}


async def make_invoice(call: Call, request: Mapping[str, Any]) -> UUID:
    """Create the invoice of a certification request, with the next number of the year.

    Returns:
        The invoice's id.
    """
    kept = await call.database.fetchval("SELECT body FROM kept_values WHERE name = 'settings' AND user_id IS NULL")
    fees: dict[str, Any] = orjson.loads(kept).get("fees", {}) if kept else {}
    fee: dict[str, str] = fees.get(request["scheme"], FEE)
    year, due = await call.database.fetchrow("SELECT extract(year FROM current_date)::int, current_date + 30")
    number = await rows.next_number(call, f"invoice-{year}")
    invoice_id = uuid4()
    body = {
        "number": f"INV-{year}-{number:06}",
        "requestId": request["id"],
        "total": fee,
        "lines": [{"text": f"Certification, {request['scheme']}", "price": fee}],
        "dueOn": due,
    }
    await call.database.execute(
        "INSERT INTO invoices (id, company_id, owner_id, status, body) VALUES ($1, $2, $3, 'open', $4)",
        invoice_id,
        request["company_id"],
        call.caller.user_id,
        as_json(body),
    )
    return invoice_id


async def invoice_pdf(call: Call) -> Response:
    """Get an invoice as PDF."""
    row = await call.database.fetchrow(
        """SELECT i.company_id, i.status, i.body, c.name FROM invoices i JOIN companies c ON c.id = i.company_id
           WHERE i.id = $1 AND i.deleted_at IS NULL""",
        call.id("invoiceId"),
    )
    if row is None or not call.caller.sees(row["company_id"]):
        raise not_found("invoice")
    body = orjson.loads(row["body"])
    lines = [f"{each['text']}: {_money(each['price'])}" for each in body["lines"]]
    total = [f"Total: {_money(body['total'])}", f"Due on {body['dueOn']}", f"Status: {row['status']}"]
    pdf = one_page(f"Invoice {body['number']}", [f"Company: {row['name']}", *lines, *total])
    return Response(pdf, media_type="application/pdf")


async def create_payment(call: Call) -> Response:
    """Start the payment of an invoice. Requests with the same key create one payment, even at the same time."""
    invoice = await call.database.fetchrow(
        "SELECT id, company_id, status, body FROM invoices WHERE id = $1 AND deleted_at IS NULL FOR UPDATE",
        UUID(call.body["invoiceId"]),
    )
    if invoice is None or not call.caller.sees(invoice["company_id"]):
        raise unprocessable("invoiceId", "names no invoice")
    need_member(call.caller, invoice["company_id"], "Only members of the company pay its invoices.")
    key = str(UUID(call.values["Idempotency-Key"]))
    made = await call.database.fetchrow(
        """SELECT id, body, status, created_at FROM payments WHERE owner_id = $1 AND body ->> 'idempotencyKey' = $2""",
        call.caller.user_id,
        key,
    )
    if made is not None:
        if orjson.loads(made["body"])["invoiceId"] != str(invoice["id"]):
            raise conflict("The Idempotency-Key was used for another invoice.")
        return reply(call, _payment(made))
    if invoice["status"] not in {"open", "overdue"}:
        raise conflict(f"The invoice is {invoice['status']}.")
    body = {
        "invoiceId": invoice["id"],
        "amount": orjson.loads(invoice["body"])["total"],
        "method": call.body["method"],
        "idempotencyKey": key,
        "redirectUrl": None,
    }
    # A unique index refuses a key that another request has just used for another invoice
    row = await call.database.fetchrow(
        """INSERT INTO payments (id, company_id, owner_id, parent_id, status, body)
           VALUES ($1, $2, $3, $4, 'pending', $5) RETURNING id, body, status, created_at""",
        uuid4(),
        invoice["company_id"],
        call.caller.user_id,
        invoice["id"],
        as_json(body),
    )
    await rows.log(call, f"payment {row['id']}")
    return reply(call, _payment(row))


async def refund_payment(call: Call) -> Response:
    """Refund a payment that succeeded, in its currency and at most its amount; administrators only."""
    need(call.caller, Role.ADMINISTRATOR)
    row = await call.database.fetchrow(
        "SELECT id, body, status FROM payments WHERE id = $1 AND deleted_at IS NULL FOR UPDATE", call.id("paymentId")
    )
    if row is None:
        raise not_found("payment")
    if row["status"] != "succeeded":
        raise conflict(f"The payment is {row['status']}.")
    paid, asked = orjson.loads(row["body"])["amount"], call.body["amount"]
    if asked["currency"] != paid["currency"] or Decimal(asked["amount"]) > Decimal(paid["amount"]):
        raise unprocessable("amount", "is not within what was paid")
    changed = await call.database.fetchrow(
        """UPDATE payments SET status = 'refunded', body = body || $2::jsonb WHERE id = $1
           RETURNING id, body, status, created_at""",
        row["id"],
        as_json({"refund": call.body}),
    )
    await rows.log(call, f"payment {row['id']}")
    return reply(call, _payment(changed))


async def receive_message(call: Call) -> Response:
    """Receive a message of a payment provider, and verify its HMAC. A repeated message changes nothing.

    Only ``paymentId`` and ``status`` of a message are used; other properties and other statuses are accepted and
    ignored.

    Raises:
        Problem: 401 for a wrong signature; 400 if the status is not text, or if a new message with the status
            ``succeeded`` or ``failed`` has no valid payment id.
    """
    secret = call.services.settings.payment_webhook_secret
    raw = await raw_body(call.request, call.operation)
    signature = call.values["X-Signature"].lower().encode()
    expected = hmac.new((secret.get_secret_value() if secret else "").encode(), raw, hashlib.sha256).hexdigest()
    if secret is None or not hmac.compare_digest(expected.encode(), signature):
        raise unauthorized("The signature does not fit the body.")
    status, payment_id = call.body.get("status", ""), call.body.get("paymentId")
    if not isinstance(status, str):
        raise Problem(400, "The message is not understood.", [("status", "is not text")])
    is_new = await call.database.fetchval(
        """INSERT INTO payment_messages (provider, message_hash, body) VALUES ($1, $2, $3)
           ON CONFLICT DO NOTHING RETURNING true""",
        call.values["provider"],
        hashlib.sha256(raw).digest(),
        as_json(call.body),
    )
    if is_new and status in _REPORTED:
        await _settle(call, payment_id, status)
    return nothing(call)


async def _settle(call: Call, payment_id: object, status: str) -> None:
    try:
        id_ = UUID(str(payment_id))
    except ValueError as error:
        raise Problem(400, "The message is not understood.", [("paymentId", "is not an id")]) from error
    invoice_id = await call.database.fetchval(
        "UPDATE payments SET status = $2 WHERE id = $1 AND status = 'pending' RETURNING parent_id", id_, status
    )
    if invoice_id is not None and status == "succeeded":
        await call.database.execute("UPDATE invoices SET status = 'paid' WHERE id = $1", invoice_id)


def _payment(row: Mapping[str, Any]) -> dict[str, Any]:
    body = orjson.loads(row["body"])
    return {
        "id": row["id"],
        "invoiceId": body["invoiceId"],
        "amount": body["amount"],
        "status": row["status"],
        "redirectUrl": body["redirectUrl"],
        "createdAt": row["created_at"],
    }


def _money(price: Mapping[str, str]) -> str:
    return f"{price['currency']} {price['amount']}"


HANDLERS: Final[dict[str, Handler]] = {
    "getInvoicePdf": invoice_pdf,
    "createPayment": create_payment,
    "refundPayment": refund_payment,
    "receivePaymentWebhook": receive_message,
}
