"""Reads the modules of a generated SDK, and cuts their definitions down to what a type checker needs."""

import ast
import re
from collections.abc import Collection
from functools import cached_property
from pathlib import Path

_WORD = re.compile(r"[A-Za-z_]\w*")
_DEFINITION = re.compile(r"^(?:@[^\n]*\n)*(?:class|def) (\w+)", re.MULTILINE)


def words(text: str) -> set[str]:
    """Return every identifier in a text, and also every word in its strings and comments."""
    return set(_WORD.findall(text))


class Module:
    """A module of a generated SDK. Only its imports and the definitions that are needed are parsed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stubs: dict[str, str] = {}

    @property
    def name(self) -> str:
        """The module's name in its package, such as ``eip``."""
        return self._path.stem

    @property
    def names(self) -> list[str]:
        """The names of its classes and functions, in order."""
        return list(self._sources)

    def definition(self, name: str) -> str:
        """Return the stub of a class or function.

        Raises:
            SyntaxError: The source is not valid Python, or is not as generated SDKs are.
        """
        if name not in self._stubs:
            statements = ast.parse(self._sources[name], str(self._path)).body
            definitions = [each for each in statements if isinstance(each, ast.ClassDef | ast.FunctionDef)]
            for each in definitions:
                _strip(each)
            self._stubs[name] = "\n".join(ast.unparse(each) for each in definitions)
        return self._stubs[name]

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
        for statement in self._prelude:
            match statement:
                case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=names)):
                    listed = [str(name.value) for name in names if isinstance(name, ast.Constant)]
                    lines.append(f"__all__ = {[name for name in listed if name in kept]!r}")
                case ast.ImportFrom(level=1, module=str(module)) if module not in modules:
                    pass
                case ast.ImportFrom(level=int(level), module=None, names=names) if level:
                    there = [alias for alias in names if alias.name in (modules if level == 1 else services)]
                    if there:
                        lines.append(ast.unparse(ast.ImportFrom(None, there, level)))
                case ast.Import() | ast.ImportFrom() | ast.If():
                    lines.append(ast.unparse(statement))
                case _:
                    pass
        return "\n".join([*lines, *(self.definition(name) for name in self.names if name in kept), ""])

    @cached_property
    def _source(self) -> str:
        return self._path.read_text(encoding="utf-8")

    @cached_property
    def _sources(self) -> dict[str, str]:
        """Name of each class or function -> its source; of all of them, if there are several of this name."""
        starts = [(found.start(), found[1]) for found in _DEFINITION.finditer(self._source)]
        ends = [*(start for start, _ in starts[1:]), len(self._source)]
        sources: dict[str, str] = {}
        for (start, name), end in zip(starts, ends, strict=False):
            sources[name] = sources.get(name, "") + self._source[start:end]
        return sources

    @cached_property
    def _prelude(self) -> list[ast.stmt]:
        """The statements before the first definition: imports and ``__all__``."""
        first = _DEFINITION.search(self._source)
        return ast.parse(self._source[: first.start() if first else None], str(self._path)).body

    @property
    def _imports(self) -> list[ast.ImportFrom]:
        return [each for each in self._prelude if isinstance(each, ast.ImportFrom)]


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
