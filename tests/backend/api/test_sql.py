"""SQL is built from constants only; values of a request are passed as parameters."""

import ast
from pathlib import Path

from tests.backend.servers import BACKEND

API = BACKEND / "service" / "api"
METHODS = {"fetch", "fetchrow", "fetchval", "execute", "executemany"}
ALLOWED = {
    "where.sql",  # conditions with numbered parameters
    "order.sql",  # one of two columns, and the direction
    "call.limit + 1",  # an integer with a maximum in the document
    "limit + 1",
    "resource.table",  # from the catalogue
    "table",
    "company",
    "lock",
    "body",  # one of two expressions
    "assignment",  # literals in the callers, which this test checks too
    "condition",  # from the catalogue
    "MAX_ROWS",
    "_NEAREST",
    "_SOURCES[asked['kind']]",  # the key is a value of the document's enumeration
    "rows.USER_COLUMNS",
    "COLUMNS",
    "_COLUMNS",
    "' FOR UPDATE' if lock else ''",
    "'FOR UPDATE' if lock else ''",
}


def interpolations(path: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in METHODS
            and node.args
        ):
            statement = node.args[0]
            if isinstance(statement, ast.JoinedStr):
                found += [ast.unparse(each.value) for each in statement.values if isinstance(each, ast.FormattedValue)]
            elif not isinstance(statement, ast.Constant):
                found.append(ast.unparse(statement))
    return found


def test_only_constants_are_written_into_statements() -> None:
    used = {path.name: interpolations(path) for path in API.glob("*.py")}
    assert sum(map(len, used.values())) > 30
    assert {name: strange for name, each in used.items() if (strange := set(each) - ALLOWED)} == {}


def test_assignments_are_literals() -> None:
    for path in API.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"_set", "_decide"}:
                position = 1 if ast.unparse(node.func) == "_set" else 3
                assert isinstance(node.args[position], ast.Constant), ast.unparse(node)
