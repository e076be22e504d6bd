"""Reads the modules of a generated SDK, and cuts their definitions down to what a type checker needs."""

import ast
import re
from collections.abc import Collection
from functools import cached_property
from pathlib import Path

_WORD = re.compile(r"[A-Za-z_]\w*")
_DEFINED = re.compile(r"^(?:class|def) (\w+)", re.MULTILINE)


def words(text: str) -> set[str]:
    """Return every identifier in a text, and also every word in its strings and comments."""
    return set(_WORD.findall(text))


class Module:
    """A module of a generated SDK; it is parsed only when one of its definitions is needed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        """The module's name in its package, such as ``eip``."""
        return self._path.stem

    @cached_property
    def names(self) -> list[str]:
        """The names of its classes and functions."""
        return _DEFINED.findall(self._source)

    @cached_property
    def definitions(self) -> dict[str, str]:
        """Name of each class or function -> its stub.

        Raises:
            SyntaxError: The source is not valid Python.
        """
        found: dict[str, str] = {}
        for statement in self._tree.body:
            if isinstance(statement, ast.ClassDef | ast.FunctionDef):
                _strip(statement)
                found[statement.name] = "\n".join(filter(None, (found.get(statement.name), ast.unparse(statement))))
        return found

    @cached_property
    def neighbours(self) -> set[str]:
        """The names that the module imports from the package above its own, such as the service ``iam``."""
        return {alias.name for each in self._imports if each.level > 1 and not each.module for alias in each.names}

    def stub(self, kept: Collection[str], modules: Collection[str], services: Collection[str]) -> str:
        """Return the module's stub.

        Args:
            kept: The definitions to keep.
            modules: The modules of its package that have a stub.
            services: The packages of the SDK that have a stub.
        """
        lines: list[str] = []
        for statement in self._tree.body:
            match statement:
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                    if name in kept and self.definitions[name] not in lines:
                        lines.append(self.definitions[name])
                case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=names)):
                    listed = [str(name.value) for name in names if isinstance(name, ast.Constant)]
                    lines.append(f"__all__ = {[name for name in listed if name in kept]!r}")
                case ast.ImportFrom(level=1, module=str(module)) if module not in modules:
                    pass
                case ast.ImportFrom(level=int(level), module=None) if level:
                    there = modules if level == 1 else services
                    statement.names = [alias for alias in statement.names if alias.name in there]
                    if statement.names:
                        lines.append(ast.unparse(statement))
                case ast.Import() | ast.ImportFrom() | ast.If():
                    lines.append(ast.unparse(statement))
                case _:
                    pass
        return "\n".join([*lines, ""])

    @cached_property
    def _source(self) -> str:
        return self._path.read_text(encoding="utf-8")

    @cached_property
    def _tree(self) -> ast.Module:
        return ast.parse(self._source, str(self._path))

    @property
    def _imports(self) -> list[ast.ImportFrom]:
        return [each for each in self._tree.body if isinstance(each, ast.ImportFrom)]


def _strip(definition: ast.ClassDef | ast.FunctionDef) -> None:
    """Take away docstrings, the bodies of functions, and the implementations of overloaded functions."""
    if isinstance(definition, ast.FunctionDef):
        definition.body = [ast.Expr(ast.Constant(...))]
        return
    overloaded = {part.name for part in definition.body if isinstance(part, ast.FunctionDef) and _is_overload(part)}
    kept: list[ast.stmt] = []
    for part in definition.body:
        if isinstance(part, ast.Expr):
            continue
        if isinstance(part, ast.FunctionDef) and part.name in overloaded and not _is_overload(part):
            continue
        if isinstance(part, ast.ClassDef | ast.FunctionDef):
            _strip(part)
        kept.append(part)
    definition.body = kept or [ast.Pass()]


def _is_overload(function: ast.FunctionDef) -> bool:
    return any(isinstance(decorator, ast.Name) and decorator.id == "overload" for decorator in function.decorator_list)
