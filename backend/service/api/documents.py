"""Handlers for documents. Their descriptions are in the database, and their files in storage, not in the service."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from starlette.responses import Response

from service.api import rows
from service.api.call import Call, Handler, nothing, page, reply
from service.api.cursors import Conditions, page_of, read_order
from service.api.identity import Role, need, need_member
from service.api.problems import Problem, conflict, forbidden, not_found, unprocessable
from service.storage.keys import company_key, safe_name, user_key
from service.storage.provider import FileRule

COLUMNS: Final = (
    "id, company_id, owner_id, audit_id, kind, title, file_name, content_type, size_bytes, storage_key, stored_at,"
    " created_at"
)
_DOCUMENT: Final = "document"
_FORGOTTEN: Final = timedelta(days=1)
"""Age from which a user's unrecorded uploads are deleted when the user announces another upload."""


def document(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document in the form of the API document's `Document`."""
    return {
        "id": row["id"],
        "title": row["title"],
        "kind": row["kind"],
        "contentType": row["content_type"],
        "sizeBytes": row["size_bytes"],
        "companyId": row["company_id"],
        "createdAt": row["created_at"],
    }


async def create_upload_url(call: Call) -> Response:
    """Return a form with which a browser sends one file of the announced type and size to storage."""
    body = call.body
    company_id = await _company_of(call)
    document_id = uuid4()
    at = datetime.now(UTC)
    # The name in the key contains a random id, so that two files with the same name in the same millisecond get
    # different keys. The name is made safe first, because `safe_name` drops everything before a slash, also the id
    name = f"{document_id.hex[:12]}-{safe_name(body['fileName'])}"
    key = (
        company_key(company_id, body["kind"], at, name)
        if company_id
        else user_key(call.caller.user_id, body["kind"], at, name)
    )
    rule = FileRule(key, body["contentType"], body["sizeBytes"], {"document-id": str(document_id)})
    form = await call.services.storage.upload_form(rule)
    await call.database.execute(
        "DELETE FROM documents WHERE owner_id = $1 AND stored_at IS NULL AND created_at < now() - $2::interval",
        call.caller.user_id,
        _FORGOTTEN,
    )
    await call.database.execute(
        """INSERT INTO documents
               (id, company_id, owner_id, kind, title, file_name, content_type, size_bytes, storage_key)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        document_id,
        company_id,
        call.caller.user_id,
        body["kind"],
        body.get("title", body["fileName"][:200]),
        body["fileName"],
        body["contentType"],
        body["sizeBytes"],
        key,
    )
    answered = {
        "documentId": document_id,
        "url": form.url,
        "fields": dict(form.fields),
        "expiresAt": form.expires_at,
    }
    return reply(call, answered)


async def record_document(call: Call) -> Response:
    """Record an upload, so that the document is listed. A second call only changes title and kind."""
    row = await stored_document(call, UUID(call.body["documentId"]), owner_id=call.caller.user_id)
    _keep_evidence(call, row)
    return await _changed(call, row["id"])


async def list_documents(call: Call) -> Response:
    """List the documents that the caller sees: those of their companies, and their own."""
    order = read_order({**call.values, "sort": "-createdAt"})
    where = Conditions("deleted_at IS NULL", "stored_at IS NOT NULL")
    if call.caller.visible_companies is not None:
        where.add(
            "(company_id = ANY({0}) OR (company_id IS NULL AND owner_id = {1}))",
            call.caller.visible_companies,
            call.caller.user_id,
        )
    if "companyId" in call.values:
        where.add("company_id = {0}", call.id("companyId"))
    if "kind" in call.values:
        where.add("kind = {0}", call.values["kind"])
    where.add_place(order, call.values)
    found = await call.database.fetch(
        f"SELECT {COLUMNS} FROM documents WHERE {where.sql} ORDER BY {order.sql} LIMIT {call.limit + 1}", *where.values
    )
    shown, cursor = page_of(found, call.limit, order)
    return page(call, [document(row) for row in shown], cursor)


async def get_document(call: Call) -> Response:
    """Get the description of a document."""
    return reply(call, document(await visible_document(call)))


async def update_document(call: Call) -> Response:
    """Change the description of a document."""
    row = await visible_document(call, lock=True)
    _keep_evidence(call, row)
    return await _changed(call, row["id"])


async def delete_document(call: Call) -> Response:
    """Delete a document. The versioned bucket keeps the file as an old version, until its lifecycle deletes it."""
    row = await visible_document(call, lock=True)
    _keep_evidence(call, row)
    company_id = row["company_id"]
    may_delete = (
        row["owner_id"] == call.caller.user_id
        or row["audit_id"] is not None
        or (company_id is not None and call.caller.administers(company_id))
    )
    if not may_delete:
        raise forbidden("Only who uploaded it, or an administrator of the company, deletes a document.")
    if await call.database.fetchval(
        """SELECT EXISTS (SELECT FROM supplier_certificates
                          WHERE deleted_at IS NULL AND body ->> 'documentId' = $1::text)""",
        str(row["id"]),
    ):
        raise conflict("A supplier's certificate refers to the document.")
    await call.database.execute("UPDATE documents SET deleted_at = now() WHERE id = $1", row["id"])
    await rows.log(call, f"document {row['id']}")
    # Last in the transaction: if storage does not answer, nothing is deleted and the client can try again
    await call.services.storage.delete(row["storage_key"])
    return nothing(call)


async def get_content(call: Call) -> Response:
    """Return a pre-signed URL of the file."""
    row = await visible_document(call)
    if call.values.get("version", 1) != 1:
        raise not_found("version")
    link = await call.services.storage.download_link(row["storage_key"], row["file_name"])
    return reply(call, {"url": link.url, "expiresAt": link.expires_at})


async def list_versions(call: Call) -> Response:
    """List the versions of a document. There is always one, because a new file is a new document."""
    row = await visible_document(call)
    version = {
        "version": 1,
        "sizeBytes": row["size_bytes"],
        "createdAt": row["stored_at"],
        "createdBy": row["owner_id"],
    }
    return reply(call, [version])


async def record_evidence(call: Call) -> Response:
    """Attach an uploaded document to an audit, and optionally to one of its findings."""
    need(call.caller, Role.AUDITOR, Role.ADMINISTRATOR)
    audit = await call.database.fetchrow(
        "SELECT id, company_id, status FROM audits WHERE id = $1 AND deleted_at IS NULL FOR SHARE", call.id("auditId")
    )
    if audit is None:
        raise not_found("audit")
    if audit["status"] in {"completed", "cancelled"}:
        raise conflict("The audit has ended.")
    finding_id = UUID(call.body["findingId"]) if "findingId" in call.body else None
    if finding_id is not None and not await call.database.fetchval(
        "SELECT EXISTS (SELECT FROM findings WHERE id = $1 AND parent_id = $2 AND deleted_at IS NULL)",
        finding_id,
        audit["id"],
    ):
        raise Problem(400, "Something in the request cannot be.", [("findingId", "names no finding of the audit")])
    row = await stored_document(call, UUID(call.body["documentId"]), owner_id=call.caller.user_id)
    row = await call.database.fetchrow(
        f"""UPDATE documents SET kind = 'evidence', audit_id = $2, finding_id = $3, company_id = $4,
                   title = coalesce($5, title), taken_at = $6
            WHERE id = $1 RETURNING {COLUMNS}""",
        row["id"],
        audit["id"],
        finding_id,
        audit["company_id"],
        call.body.get("caption"),
        call.body.get("takenAt"),
    )
    await rows.log(call, f"document {row['id']}")
    return reply(call, document(row))


async def stored_document(call: Call, document_id: UUID, *, owner_id: UUID) -> Any:
    """Read a document whose file is in storage. The first call asks storage for the file.

    Args:
        call: The call.
        document_id: The document.
        owner_id: The user who must have uploaded it.

    Raises:
        Problem: 404 if this user has no such document, or if it belongs to a company that the caller does not see any
            more; 409 if the file has not been uploaded, or is not as announced; 413 if it is larger than announced.
    """
    row = await call.database.fetchrow(
        f"SELECT {COLUMNS} FROM documents WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL FOR UPDATE",
        document_id,
        owner_id,
    )
    if row is None or not _sees(call, row):
        raise not_found(_DOCUMENT)
    if row["stored_at"] is not None:
        return row
    file = await call.services.storage.describe(row["storage_key"])
    if file is None:
        raise conflict("The file has not been uploaded.")
    if file.size_bytes > row["size_bytes"]:
        raise Problem(413, f"The file is larger than the {row['size_bytes']} bytes that were announced.")
    if file.size_bytes != row["size_bytes"] or file.content_type != row["content_type"]:
        raise conflict("The uploaded file is not of the announced size and type.")
    return await call.database.fetchrow(
        f"UPDATE documents SET stored_at = now() WHERE id = $1 RETURNING {COLUMNS}", document_id
    )


async def visible_document(call: Call, *, lock: bool = False) -> Any:
    """Read the document in the path, if the caller may see it.

    Raises:
        Problem: 404.
    """
    row = await call.database.fetchrow(
        f"""SELECT {COLUMNS} FROM documents
            WHERE id = $1 AND deleted_at IS NULL AND stored_at IS NOT NULL{" FOR UPDATE" if lock else ""}""",
        call.id("documentId"),
    )
    if row is None or not _sees(call, row):
        raise not_found(_DOCUMENT)
    return row


async def _changed(call: Call, document_id: UUID) -> Response:
    row = await call.database.fetchrow(
        f"""UPDATE documents SET title = coalesce($2, title), kind = coalesce($3, kind)
            WHERE id = $1 RETURNING {COLUMNS}""",
        document_id,
        call.body.get("title"),
        call.body.get("kind"),
    )
    await rows.log(call, f"document {document_id}")
    return reply(call, document(row))


def _sees(call: Call, row: Mapping[str, Any]) -> bool:
    """Return whether the caller sees a document. The uploader sees a company's document only as a member."""
    is_own = row["company_id"] is None and row["owner_id"] == call.caller.user_id
    return is_own or call.caller.sees(row["company_id"])


def _keep_evidence(call: Call, row: Mapping[str, Any]) -> None:
    """Refuse a change to the evidence of an audit, except for auditors and administrators.

    Raises:
        Problem: 403.
    """
    if row["audit_id"] is not None and not call.caller.has(Role.AUDITOR, Role.ADMINISTRATOR):
        raise forbidden("Only auditors and administrators change or delete the evidence of an audit.")


async def _company_of(call: Call) -> UUID | None:
    """Return the company that an upload will belong to; None for the caller's own document.

    It is the company in the body, or else the company that the caller registered. Membership alone is not enough,
    because anybody can be added to a company without being asked. If the caller registered the company, the company and
    the membership were created in one transaction, so their times are equal.
    """
    if "companyId" in call.body:
        company_id = UUID(call.body["companyId"])
        need_member(call.caller, company_id, "Only members upload documents of a company.")
        return company_id
    found = await call.database.fetch(
        """SELECT c.id FROM memberships m JOIN companies c ON c.id = m.company_id
           WHERE m.user_id = $1 AND m.since = c.created_at AND c.deleted_at IS NULL""",
        call.caller.user_id,
    )
    if found and len(call.caller.companies) > 1:
        raise unprocessable("companyId", "is needed by members of several companies")
    return found[0]["id"] if found else None


HANDLERS: Final[dict[str, Handler]] = {
    "createUploadUrl": create_upload_url,
    "uploadDocument": record_document,
    "listDocuments": list_documents,
    "getDocument": get_document,
    "updateDocument": update_document,
    "deleteDocument": delete_document,
    "getDocumentContent": get_content,
    "listDocumentVersions": list_versions,
    "uploadAuditEvidence": record_evidence,
}
