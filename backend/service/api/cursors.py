"""Pages of a list. An opaque cursor contains the place where the next page begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

DEFAULT_SORT: Final = "-createdAt"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ID_BYTES: Final = 16
_TIME_BYTES: Final = 8
_LATEST_MICROSECONDS: Final = 253_402_300_799_999_999
"""The last microsecond of the year 9999."""


@dataclass(frozen=True)
class Order:
    """The order of a list: by a column, then by the id, so that no entry is missing or repeated between pages."""

    column: str
    descending: bool

    @property
    def sql(self) -> str:
        """The ORDER BY clause of a query, without the keyword."""
        direction = " DESC" if self.descending else ""
        return f"{self.expression}{direction}, id{direction}"

    @property
    def expression(self) -> str:
        """The column. Text is compared byte by byte, which gives the same order on every server and version."""
        return 'name COLLATE "C"' if self.column == "name" else self.column

    @property
    def after(self) -> str:
        """The operator that compares an entry with the cursor."""
        return "<" if self.descending else ">"


def read_order(query: Mapping[str, Any], time_column: str = "created_at") -> Order:
    """Read the order from a request.

    Args:
        query: The validated parameters.
        time_column: The column for `createdAt`.
    """
    text: str = query.get("sort", DEFAULT_SORT)
    return Order("name" if text.removeprefix("-") == "name" else time_column, text.startswith("-"))


def write_cursor(order: Order, row: Mapping[str, Any]) -> str:
    """Return the cursor that points behind an entry."""
    value = row[order.column]
    if isinstance(value, datetime):
        key = ((value - _EPOCH) // timedelta(microseconds=1)).to_bytes(_TIME_BYTES)
    else:
        key = str(value).encode()
    return (row["id"].bytes + key).hex()


def read_cursor(order: Order, text: str) -> tuple[Any, UUID]:
    """Read a cursor. Every text that matches the document's pattern is a valid place in the list.

    Args:
        order: The order of the list.
        text: Hexadecimal digits: 16 bytes of an id, then the bytes of the value in the sorted column.

    Returns:
        The value in the sorted column, and the id.
    """
    raw = bytes.fromhex(text)
    id_, key = UUID(bytes=raw[:_ID_BYTES]), raw[_ID_BYTES:]
    if order.column == "name":
        return key.decode(errors="replace").replace("\0", "\ufffd"), id_
    microseconds = min(int.from_bytes(key[:_TIME_BYTES]), _LATEST_MICROSECONDS)
    return _EPOCH + timedelta(microseconds=microseconds), id_


def page_of(
    rows: Sequence[Mapping[str, Any]], limit: int, order: Order
) -> tuple[Sequence[Mapping[str, Any]], str | None]:
    """Cut a page from the rows of a query that requested one row more than a page has.

    Returns:
        The rows of the page, and the cursor of the next page; None on the last page.
    """
    if len(rows) <= limit:
        return rows, None
    shown = rows[:limit]
    return shown, write_cursor(order, shown[-1])


class Conditions:
    """The WHERE clause of a query, with its parameters. Values are only passed as parameters, never as text."""

    def __init__(self, *fixed: str) -> None:
        """Start with conditions that have no parameter."""
        self._parts = list(fixed)
        self.values: list[Any] = []

    def add(self, template: str, *values: Any) -> None:
        """Add a condition.

        Args:
            template: SQL condition, with ``{0}``, ``{1}`` for the values.
            values: The values of the condition.
        """
        first = len(self.values) + 1
        self._parts.append(template.format(*(f"${first + index}" for index in range(len(values)))))
        self.values += values

    def add_place(self, order: Order, query: Mapping[str, Any]) -> None:
        """Add the condition that entries are behind the request's cursor, if it has one."""
        if "cursor" in query:
            key, id_ = read_cursor(order, query["cursor"])
            self.add(f"({order.expression}, id) {order.after} ({{0}}, {{1}})", key, id_)

    @property
    def sql(self) -> str:
        """All conditions, joined with AND; ``true`` if there are none."""
        return " AND ".join(self._parts) or "true"


def like(words: str) -> str:
    """Return a pattern for ILIKE that finds the words anywhere; wildcards in the words are escaped."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
