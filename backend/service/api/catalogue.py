"""Declares the resources in plain tables: who sees and writes them, and which state may follow which."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from service.api import recipes
from service.api.call import Call, Handler
from service.api.companies import keep_company
from service.api.documents import stored_document
from service.api.identity import Role
from service.api.problems import conflict, forbidden
from service.api.resources import entry, handlers, list_entries
from service.api.rules import Draft, Resource, Scope, Transition, Writers, moment, wrong

_ENDED: Final = frozenset({"completed", "cancelled"})


async def _product_is_of_its_company(call: Call, draft: Draft) -> None:
    await keep_company(call, draft.company_id, "Only members of the company do that.")
    facility = draft.body.get("facilityId")
    if facility is not None and not await _is_there(call, "facilities", facility, draft.company_id):
        raise wrong(call, "facilityId", "names no facility of the company")


async def _supplier_is_there(call: Call, draft: Draft) -> None:
    await _known_supplier(call, draft.body)


async def _supplier_stays_there(call: Call, _: Mapping[str, Any]) -> None:
    await _known_supplier(call, call.body)


async def _known_supplier(call: Call, body: Mapping[str, Any]) -> None:
    supplier = body.get("supplierId")
    if supplier is not None and not await _is_there(call, "suppliers", supplier, None):
        raise wrong(call, "supplierId", "names no supplier")


async def _scan_is_uploaded(call: Call, draft: Draft) -> None:
    await stored_document(call, UUID(draft.body["documentId"]), owner_id=call.caller.user_id)
    draft.body["recognised"] = False


async def _audit_fits_its_request(call: Call, draft: Draft) -> None:
    request = await call.database.fetchrow(
        "SELECT id, company_id, status FROM certification_requests WHERE id = $1 FOR UPDATE",
        UUID(draft.body["requestId"]),
    )
    if request is None:
        raise wrong(call, "requestId", "names no certification request")
    if request["status"] not in {"submitted", "in-audit"}:
        raise conflict(f"The certification request is {request['status']}.")
    if not await _is_there(call, "facilities", draft.body["facilityId"], request["company_id"]):
        raise wrong(call, "facilityId", "names no facility of the company")
    await _auditors_are_auditors(call, draft.body["auditorIds"])
    draft.parent_id, draft.company_id = request["id"], request["company_id"]
    draft.at = moment(draft.body["scheduledFor"])


async def _audit_has_not_begun(call: Call, row: Mapping[str, Any]) -> None:
    if row["status"] != "scheduled":
        raise conflict(f"The audit is {row['status']}.")
    if "auditorIds" in call.body:
        await _auditors_are_auditors(call, call.body["auditorIds"])


async def _auditors_are_auditors(call: Call, ids: list[str]) -> None:
    wanted = {UUID(each) for each in ids}
    known = await call.database.fetchval(
        "SELECT count(*) FROM users WHERE id = ANY($1) AND 'auditor' = ANY(roles) AND deleted_at IS NULL", list(wanted)
    )
    if known != len(wanted):
        raise wrong(call, "auditorIds", "names somebody who is no auditor")


async def _request_is_in_audit(call: Call, row: Mapping[str, Any]) -> None:
    await call.database.execute(
        "UPDATE certification_requests SET status = 'in-audit' WHERE id = $1 AND status = 'submitted'", row["parent_id"]
    )


async def _audit_is_open(call: Call, draft: Draft) -> None:
    if not call.caller.has(Role.AUDITOR, Role.ADMINISTRATOR):
        raise forbidden("Only auditors and administrators record findings.")
    status = await call.database.fetchval("SELECT status FROM audits WHERE id = $1", draft.parent_id)
    if status in _ENDED:
        raise conflict(f"The audit is {status}.")


async def _finding_may_change(call: Call, row: Mapping[str, Any]) -> None:
    status = await call.database.fetchval("SELECT status FROM audits WHERE id = $1 FOR SHARE", row["parent_id"])
    is_auditor = call.caller.has(Role.AUDITOR, Role.ADMINISTRATOR)
    if not is_auditor and (call.body.get("status", "answered") != "answered" or "dueOn" in call.body):
        raise forbidden("Only auditors resolve a finding or move its day; a company answers.")
    if status == "cancelled":
        raise conflict("The audit is cancelled.")


async def _add_evidence(call: Call, shown: list[dict[str, Any]]) -> None:
    found = await call.database.fetch(
        "SELECT id, finding_id FROM documents WHERE finding_id = ANY($1) AND deleted_at IS NULL ORDER BY created_at",
        [each["id"] for each in shown],
    )
    for each in shown:
        each["evidence"] = [row["id"] for row in found if row["finding_id"] == each["id"]]


async def _has_ingredients(call: Call, row: Mapping[str, Any]) -> None:
    if not await call.database.fetchval("SELECT EXISTS (SELECT FROM recipe_lines WHERE product_id = $1)", row["id"]):
        raise wrong(call, "productId", "names a product without ingredients")


async def _is_there(call: Call, table: str, id_: str, company_id: UUID | None) -> bool:
    """Return whether an entry exists, and lock it so that it exists until the transaction ends."""
    found = await call.database.fetchval(
        f"""SELECT id FROM {table}
            WHERE id = $1 AND ($2::uuid IS NULL OR company_id = $2) AND deleted_at IS NULL FOR SHARE""",
        UUID(id_),
        company_id,
    )
    return found is not None


FACILITIES: Final = Resource(
    what="facility",
    table="facilities",
    schema="Facility",
    id_parameter="facilityId",
    scope=Scope.COMPANY,
    writers=Writers.COMPANY_ADMINISTRATORS,
    operations=("listFacilities", "createFacility", "getFacility", "replaceFacility", "deleteFacility"),
    parent="companyId",
    in_use={
        "A product is made there.": """SELECT FROM products
            WHERE deleted_at IS NULL AND body ->> 'facilityId' = $1::uuid::text"""
    },
)
PRODUCTS: Final = Resource(
    what="product",
    table="products",
    schema="Product",
    id_parameter="productId",
    scope=Scope.COMPANY,
    writers=Writers.MEMBERS,
    operations=("listProducts", "createProduct", "getProduct", "updateProduct", "deleteProduct"),
    first_status="draft",
    check=_product_is_of_its_company,
    in_use={
        "The product is on a valid certificate.": """SELECT FROM certificates
            WHERE $1 = ANY(product_ids) AND status <> 'revoked' AND valid_until >= current_date""",
        "The product is in a certification request.": """SELECT FROM certification_requests
            WHERE $1 = ANY(product_ids) AND status IN ('submitted', 'in-audit')""",
    },
    transitions=(
        Transition(
            "submitProduct",
            frozenset({"draft", "rejected"}),
            "in-review",
            Writers.MEMBERS,
            check=_has_ingredients,
        ),
    ),
)
INGREDIENTS: Final = Resource(
    what="ingredient",
    table="ingredients",
    schema="Ingredient",
    id_parameter="ingredientId",
    scope=Scope.EVERYBODY,
    writers=Writers.OWNER,
    operations=("listIngredients", "createIngredient", "getIngredient", "updateIngredient", "deleteIngredient"),
    first_status="unreviewed",
    check=_supplier_is_there,
    check_change=_supplier_stays_there,
    in_use={
        "A product contains it.": """SELECT FROM recipe_lines l JOIN products p ON p.id = l.product_id
            WHERE l.ingredient_id = $1 AND p.deleted_at IS NULL"""
    },
    transitions=(Transition("reviewIngredient", None, None, Writers.REVIEWERS, stamp="reviewedAt"),),
)
SUPPLIERS: Final = Resource(
    what="supplier",
    table="suppliers",
    schema="Supplier",
    id_parameter="supplierId",
    scope=Scope.EVERYBODY,
    writers=Writers.OWNER,
    operations=("listSuppliers", "createSupplier", "getSupplier", "updateSupplier", "deleteSupplier"),
    in_use={
        "An ingredient comes from the supplier.": """SELECT FROM ingredients
            WHERE deleted_at IS NULL AND body ->> 'supplierId' = $1::uuid::text"""
    },
)
SUPPLIER_CERTIFICATES: Final = Resource(
    what="supplier certificate",
    table="supplier_certificates",
    schema="SupplierCertificate",
    id_parameter="certificateId",
    scope=Scope.EVERYBODY,
    writers=Writers.OWNER,
    operations=("listSupplierCertificates", "uploadSupplierCertificate"),
    parent="supplierId",
    check=_scan_is_uploaded,
)
AUDITS: Final = Resource(
    what="audit",
    table="audits",
    schema="Audit",
    id_parameter="auditId",
    scope=Scope.COMPANY,
    writers=Writers.AUDITORS,
    operations=("listAudits", "createAudit", "getAudit", "updateAudit"),
    first_status="scheduled",
    check=_audit_fits_its_request,
    check_change=_audit_has_not_begun,
    transitions=(
        Transition(
            "startAudit",
            frozenset({"scheduled"}),
            "running",
            Writers.AUDITORS,
            stamp="startedAt",
            check=_request_is_in_audit,
        ),
        Transition("completeAudit", frozenset({"running"}), "completed", Writers.AUDITORS, stamp="completedAt"),
        Transition("cancelAudit", frozenset({"scheduled", "running"}), "cancelled", Writers.AUDITORS),
    ),
)
FINDINGS: Final = Resource(
    what="finding",
    table="findings",
    schema="Finding",
    id_parameter="findingId",
    scope=Scope.COMPANY,
    writers=Writers.MEMBERS_AND_AUDITORS,
    operations=("listAuditFindings", "createAuditFinding", "updateAuditFinding"),
    first_status="open",
    parent="auditId",
    check=_audit_is_open,
    check_change=_finding_may_change,
    refine=_add_evidence,
)
INVOICES: Final = Resource(
    what="invoice",
    table="invoices",
    schema="Invoice",
    id_parameter="invoiceId",
    scope=Scope.COMPANY,
    writers=Writers.AUDITORS,
    operations=("listInvoices", "getInvoice"),
)
PAYMENTS: Final = Resource(
    what="payment",
    table="payments",
    schema="Payment",
    id_parameter="paymentId",
    scope=Scope.COMPANY,
    writers=Writers.MEMBERS,
    operations=("listPayments", "getPayment"),
)
NOTIFICATIONS: Final = Resource(
    what="notification",
    table="notifications",
    schema="Notification",
    id_parameter="notificationId",
    scope=Scope.OWNER,
    writers=Writers.OWNER,
    transitions=(Transition("readNotification", None, "read", Writers.OWNER, stamp="readAt"),),
)
REPORTS: Final = Resource(
    what="report",
    table="reports",
    schema="Report",
    id_parameter="reportId",
    scope=Scope.OWNER,
    writers=Writers.OWNER,
    operations=("getReport",),
)
RESOURCES: Final = (
    FACILITIES,
    PRODUCTS,
    INGREDIENTS,
    SUPPLIERS,
    SUPPLIER_CERTIFICATES,
    AUDITS,
    FINDINGS,
    INVOICES,
    PAYMENTS,
    NOTIFICATIONS,
    REPORTS,
)


async def list_supplier_ingredients(call: Call) -> Response:
    """List the ingredients of a supplier."""
    row = await entry(call, SUPPLIERS)
    return await list_entries(call, INGREDIENTS, ("body ->> 'supplierId' = {0}", str(row["id"])))


HANDLERS: Final[dict[str, Handler]] = {
    **{operation_id: handler for each in RESOURCES for operation_id, handler in handlers(each).items()},
    **recipes.HANDLERS,
    "listSupplierIngredients": list_supplier_ingredients,
}
