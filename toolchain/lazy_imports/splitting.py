"""Splits the source of a generated module: statements that must run at its import, and definitions that can wait."""

import ast
import re
from dataclasses import dataclass
from types import CodeType


class NotSplittableError(ValueError):
    """A module has a statement that generated modules do not have, so it must be imported in the normal way."""


@dataclass(frozen=True)
class Split:
    """The parts of a module."""

    prelude: CodeType
    """The imports, ``__all__`` and the docstring."""
    stars: tuple[str, ...]
    """The sibling modules that are imported with ``import *``, in order."""
    definitions: dict[str, CodeType]
    """Name of each class or function -> the code that creates it."""


def split(source: bytes, filename: str) -> Split:
    """Split a module.

    Args:
        source: The module's source.
        filename: The path for tracebacks.

    Raises:
        NotSplittableError: The module has statements other than imports, ``__all__``, classes and functions.
        SyntaxError: The source is not valid Python.
    """
    prelude: list[ast.stmt] = []
    stars: list[str] = []
    definitions: dict[str, list[ast.stmt]] = {}
    for statement in ast.parse(source, filename).body:
        match statement:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                definitions.setdefault(name, []).append(statement)
            case ast.ImportFrom(module=str(module), level=1, names=[ast.alias(name="*")]):
                stars.append(module)
            case _ if _belongs_to_the_import(statement):
                prelude.append(statement)
            case _:
                raise NotSplittableError(f"{filename}:{statement.lineno}: {type(statement).__name__}")
    return Split(
        prelude=_compiled(prelude, filename),
        stars=tuple(stars),
        definitions={name: _compiled(statements, filename) for name, statements in definitions.items()},
    )


def exported(source: str) -> list[str]:
    """Return the names in a generated module's ``__all__``.

    Raises:
        NotSplittableError: The module has no ``__all__`` that is a plain list.
    """
    found = re.search(r"^__all__ = (\[[^\]]*\])", source, re.MULTILINE)
    names: object = ast.literal_eval(found[1]) if found else None
    if not isinstance(names, list):
        raise NotSplittableError("no __all__")
    return [str(name) for name in names]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _belongs_to_the_import(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant()) | ast.Import():
            return True
        case ast.ImportFrom(names=names):
            return all(alias.name != "*" for alias in names)
        case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List()):
            return True
        case ast.If(body=body, orelse=orelse):
            return all(isinstance(part, ast.ImportFrom) for part in (*body, *orelse))
        case _:
            return False


def _compiled(statements: list[ast.stmt], filename: str) -> CodeType:
    return compile(ast.Module(statements, type_ignores=[]), filename, "exec", dont_inherit=True)
