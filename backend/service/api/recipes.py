"""Handlers for recipes: the ingredients of a product, and the percentage of each."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from service.api import rows
from service.api.call import Call, Handler, nothing, reply
from service.api.identity import need_member
from service.api.problems import not_found, unprocessable

_WHOLE: Final = 100
"""Per cent."""


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ingredientId": row["ingredient_id"],
        "name": row["name"],
        "status": row["status"],
        "percentage": float(row["percentage"]),
        "supplierId": row["supplier_id"],
    }


async def list_lines(call: Call) -> Response:
    """List the recipe of a product."""
    product = await _product(call)
    found = await call.database.fetch(
        """SELECT l.ingredient_id, i.name, i.status, l.percentage, l.supplier_id
           FROM recipe_lines l JOIN ingredients i ON i.id = l.ingredient_id
           WHERE l.product_id = $1 ORDER BY l.percentage DESC, l.ingredient_id LIMIT 1000""",
        product["id"],
    )
    return reply(call, [_line(row) for row in found])


async def set_line(call: Call) -> Response:
    """Add an ingredient to a product, or change its percentage. The sum of all percentages is at most 100."""
    product = await _own_product(call)
    ingredient = await call.database.fetchrow(
        "SELECT id, name, status FROM ingredients WHERE id = $1 AND deleted_at IS NULL FOR SHARE",
        call.id("ingredientId"),
    )
    if ingredient is None:
        raise not_found("ingredient")
    supplier_id = UUID(call.body["supplierId"]) if call.body.get("supplierId") else None
    if supplier_id is not None and not await call.database.fetchval(
        "SELECT id FROM suppliers WHERE id = $1 AND deleted_at IS NULL FOR SHARE", supplier_id
    ):
        raise unprocessable("supplierId", "names no supplier")
    # The product is locked, so that two requests at the same time cannot both use the remaining percentage
    others: Decimal = await call.database.fetchval(
        "SELECT coalesce(sum(percentage), 0) FROM recipe_lines WHERE product_id = $1 AND ingredient_id <> $2",
        product["id"],
        ingredient["id"],
    )
    percentage = Decimal(str(call.body["percentage"]))
    if others + percentage > _WHOLE:
        raise unprocessable("percentage", f"only {_WHOLE - others} per cent are left")
    row = await call.database.fetchrow(
        """INSERT INTO recipe_lines (product_id, ingredient_id, percentage, supplier_id) VALUES ($1, $2, $3, $4)
           ON CONFLICT (product_id, ingredient_id)
           DO UPDATE SET percentage = excluded.percentage, supplier_id = excluded.supplier_id
           RETURNING ingredient_id, percentage, supplier_id""",
        product["id"],
        ingredient["id"],
        percentage,
        supplier_id,
    )
    await _back_to_review(call, product)
    return reply(call, _line({**row, "name": ingredient["name"], "status": ingredient["status"]}))


async def remove_line(call: Call) -> Response:
    """Remove an ingredient from a product."""
    product = await _own_product(call)
    removed = await call.database.fetchval(
        "DELETE FROM recipe_lines WHERE product_id = $1 AND ingredient_id = $2 RETURNING ingredient_id",
        product["id"],
        call.id("ingredientId"),
    )
    if removed is None:
        raise not_found("line of the recipe")
    await _back_to_review(call, product)
    return nothing(call)


async def _back_to_review(call: Call, product: Mapping[str, Any]) -> None:
    """Set a certified product back to review, because its ingredients have changed, and write the audit log."""
    await call.database.execute(
        "UPDATE products SET status = 'in-review' WHERE id = $1 AND status = 'approved'", product["id"]
    )
    await rows.log(call, f"product {product['id']}")


async def _product(call: Call, lock: str = "") -> Any:
    row = await call.database.fetchrow(
        f"SELECT id, company_id, status FROM products WHERE id = $1 AND deleted_at IS NULL{lock}", call.id("productId")
    )
    if row is None or not call.caller.sees(row["company_id"]):
        raise not_found("product")
    return row


async def _own_product(call: Call) -> Any:
    row = await _product(call, " FOR UPDATE")
    need_member(call.caller, row["company_id"])
    return row


HANDLERS: Final[dict[str, Handler]] = {
    "listProductIngredients": list_lines,
    "setProductIngredient": set_line,
    "removeProductIngredient": remove_line,
}
