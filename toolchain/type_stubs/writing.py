"""Writes the stubs of what some source files name from a generated SDK, once for each set of names and each version."""

import hashlib
import importlib.metadata
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from toolchain.type_stubs.cutting import Module, words

_FORMAT = "1"
"""Version of how stubs are written; a new one makes them anew."""
_BY_MODULE_NAME = ("outputs", "_inputs", "_enums")
"""Modules that every other module of a package imports; they have a stub even if nothing in them is named."""

_UTILITIES = "_utilities"
"""The module with the decorators of the SDK's definitions; it is copied as it is."""


class NoStubsError(Exception):
    """No stubs can be made; the type checker must read the SDK itself."""


def write(package: str, distribution: str, sources: Iterable[Path], folder: Path) -> Path:
    """Write stubs of what the sources name from a package, unless they are there already.

    Args:
        package: The SDK's package, such as ``pulumi_aws``.
        distribution: The name of its distribution, such as ``pulumi-aws``.
        sources: The Python files that the type checker checks.
        folder: The folder for stubs. Only the stubs that were made last stay in it.

    Returns:
        The folder in it for the type checker's ``stubPath``.

    Raises:
        NoStubsError: The package is not installed, has no list of files, or is not as generated SDKs are; or the folder
            cannot be written.
    """
    try:
        installed = importlib.metadata.distribution(distribution)
        files = installed.read_text("RECORD")
    except (importlib.metadata.PackageNotFoundError, OSError) as error:
        raise NoStubsError(f"{distribution} is not installed") from error
    if files is None:
        raise NoStubsError(f"{distribution} has no list of its files")
    try:
        names = named(package, sources)
        digest = hashlib.sha256("\n".join((_FORMAT, files, *sorted(names))).encode()).hexdigest()[:16]
        stubs = folder / digest
        if not stubs.is_dir():
            _make(Path(str(installed.locate_file(package))), names, stubs)
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        raise NoStubsError(f"no stubs of {package}: {error}") from error
    return stubs


def named(package: str, sources: Iterable[Path]) -> set[str]:
    """Return every word that follows the package's name, or a name that a file imports from it, after a dot.

    Words too many do no harm, because only those are used that the SDK defines.
    """
    importing = re.compile(rf"^\s*(?:import|from) +{package}\b(?:[^\n(]*\([^)]*\)|[^\n]*)", re.MULTILINE)
    found: set[str] = set()
    for source in sources:
        text = source.read_text(encoding="utf-8")
        imported = words(" ".join(importing.findall(text)))
        if imported:
            found |= imported
            used = re.compile(rf"\b(?:{'|'.join(sorted(imported))})((?:\s*\.\s*\w+)+)")
            found |= words(" ".join(used.findall(text)))
    return found


class _Package:
    """The SDK's own package, or the package of one service."""

    def __init__(self, folder: Path) -> None:
        self.modules = {path.stem: Module(path) for path in sorted(folder.glob("*.py"))}
        self.modules.pop(_UTILITIES, None)
        self.kept: dict[str, set[str]] = {name: set() for name in _BY_MODULE_NAME if name in self.modules}
        """Module -> the definitions in it that are needed."""

    @cached_property
    def defining(self) -> dict[str, list[Module]]:
        """Name of each class or function -> the modules that define it."""
        found: dict[str, list[Module]] = defaultdict(list)
        for module in self.modules.values():
            for name in module.names:
                found[name].append(module)
        return dict(found)

    def init(self, package: str, services: Sequence[str]) -> str:
        """Return the stub of ``__init__``, which imports all that is kept, and the services."""
        lines = [f"from .{name} import *" for name in sorted(self.kept) if name != "outputs"]
        if "outputs" in self.kept:
            lines.append("from . import outputs as outputs")
        for service in services:
            # in two steps, as in the package itself, so that the type checker's messages have the service's full name
            lines += [f"import {package}.{service} as __{service}", f"{service} = __{service}"]
        return "\n".join([*lines, ""])


def _make(package: Path, names: set[str], stubs: Path) -> None:
    """Write the stubs in one step, because another process may write and read them at the same time."""
    packages = _needed(package, names)
    services = sorted(name for name in packages if name)
    stubs.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(dir=stubs.parent))
    for service, found in packages.items():
        folder = new / package.name / service
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.pyi").write_text(found.init(package.name, [] if service else services), encoding="utf-8")
        for module, kept in found.kept.items():
            text = found.modules[module].stub(kept, {*found.kept, _UTILITIES}, {*services, _UTILITIES})
            (folder / f"{module}.pyi").write_text(text, encoding="utf-8")
    shutil.copy(package / f"{_UTILITIES}.py", new / package.name / f"{_UTILITIES}.pyi")
    for old in stubs.parent.iterdir():
        if old != new:
            shutil.rmtree(old, ignore_errors=True)
    new.rename(stubs)


def _needed(package: Path, names: set[str]) -> dict[str, _Package]:
    """Return the packages that are needed, by service, with what must be kept in them; the SDK's own has no name."""
    packages = {"": _Package(package)}
    packages |= {name: _Package(package / name) for name in sorted(names) if (package / name / "__init__.py").is_file()}
    todo = [(service, name) for service, found in packages.items() for name in names if name in found.defining]
    seen = set(todo)
    while todo:
        service, name = todo.pop()
        for module in packages[service].defining[name]:
            packages[service].kept.setdefault(module.name, set()).add(name)
            text = words(module.definition(name))
            for neighbour in module.neighbours:
                if neighbour not in packages and (package / neighbour / "__init__.py").is_file():
                    packages[neighbour] = _Package(package / neighbour)
            for place in {service, *module.neighbours} & packages.keys():
                further = {(place, word) for word in text if word in packages[place].defining} - seen
                seen |= further
                todo += further
    return packages
