"""Imports the modules of one package lazily: a class or function is created when its name is looked up."""

import builtins
import hashlib
import importlib
import importlib.metadata
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType

from toolchain.lazy_imports.store import Parts, Store

_FORMAT = "1"
"""Version of the format of the cache's files."""


def install(package: str, distribution: str, cache: Path) -> bool:
    """Import the submodules of a package lazily from now on.

    The package itself and each module that cannot be split are imported in the normal way. Nothing is imported lazily
    if this Python does not look up names as CPython does, if the package's list of files is missing, or if the package
    is already imported.

    Args:
        package: The package's name, such as ``pulumi_aws``.
        distribution: The name of its distribution, such as ``pulumi-aws``.
        cache: The cache folder for the parts of modules; each installed version has its own folder in it.

    Returns:
        Whether submodules are imported lazily from now on.
    """
    if package in sys.modules or not _names_can_be_looked_up():
        return False
    try:
        installed = importlib.metadata.distribution(distribution)
        files = installed.read_text("RECORD")
    except (importlib.metadata.PackageNotFoundError, OSError):
        return False
    if files is None:
        return False
    # the path is included, because the cached code contains it for tracebacks
    identity = (_FORMAT, sys.version, str(installed.locate_file(package)), files)
    digest = hashlib.sha256("\n".join(identity).encode()).hexdigest()[:16]
    store = Store(cache / f"{distribution}-{installed.version}-{digest}")
    sys.meta_path.insert(0, _Finder(package, store))
    return True


def _names_can_be_looked_up() -> bool:
    """Check whether Python looks up a name that is not global in ``__builtins__``, even in a subclass of ``dict``.

    CPython does so. The documentation of ``exec`` allows a caller to set ``__builtins__``.
    """
    names = _Names(lambda name: name)
    return eval("missing", {"__builtins__": names}, {"other": 1}) == "missing"  # noqa: S307


class _Finder:
    """Finds the subpackages of a package and the modules in them, and gives them the lazy loader."""

    def __init__(self, package: str, store: Store) -> None:
        self._prefix = f"{package}."
        self._store = store

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(self._prefix):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or not isinstance(spec.loader, SourceFileLoader):
            return spec
        package = spec.submodule_search_locations is not None
        if package or fullname.count(".") > 1:
            spec.loader = _Loader(fullname, spec.loader.path, self._store, package=package)
        return spec


class _Loader(SourceFileLoader):
    """Runs a module's imports at once, and each of its definitions at its first use."""

    def __init__(self, fullname: str, path: str, store: Store, *, package: bool) -> None:
        super().__init__(fullname, path)
        self._store = store
        self._package = package

    def exec_module(self, module: ModuleType) -> None:
        parts = self._store.parts(module.__name__, Path(self.path), package=self._package)
        if parts is None:
            super().exec_module(module)
            return
        definitions = _Definitions(module, parts)
        namespace = vars(module)
        namespace["__builtins__"] = _Names(definitions.find)
        namespace["__getattr__"] = definitions.attribute
        namespace["__dir__"] = definitions.listed
        exec(parts.prelude, namespace)  # noqa: S102
        if self._package:
            # without `__all__`, `import *` would import only the names that already exist
            namespace["__all__"] = [name for name in definitions.listed() if not name.startswith("_")]
            module.__class__ = _Package


class _Names(dict[str, object]):
    """The built-in names; a missing name is looked up in the definitions of a module."""

    def __init__(self, find: Callable[[str], object]) -> None:
        super().__init__(vars(builtins))
        self._find = find

    def __missing__(self, name: str) -> object:
        return self._find(name)


class _Package(ModuleType):
    """A package in which a function wins over a module of the same name that defines it."""

    def __setattr__(self, name: str, value: object) -> None:
        # For example, `aws.ec2.get_ami` is a module and a function. In a normal import, `import *` sets the function
        # last. Here the import system sets the module last, so the function is put in its place.
        if isinstance(value, ModuleType) and name in getattr(value, "__all__", ()):
            value = getattr(value, name)
        super().__setattr__(name, value)


class _Definitions:
    """The names that a module defines or imports from its siblings; each is created at its first use."""

    def __init__(self, module: ModuleType, parts: Parts) -> None:
        self._namespace = vars(module)
        self._name = module.__name__
        self._is_package = hasattr(module, "__path__")
        self._parts = parts

    def find(self, name: str) -> object:
        """Return the class or function of this name, from the module or a sibling.

        If two threads create it at the same time, both get the object that was stored first.

        Raises:
            KeyError: There is no such name.
        """
        if self._parts.defines(name):
            made: dict[str, object] = {}
            exec(self._parts.definition(name), self._namespace, made)  # noqa: S102
            return self._namespace.setdefault(name, made[name])
        if self._is_package:
            return self._of_a_module(name)
        for star in reversed(self._parts.stars):
            sibling = self._sibling(star)
            if name in sibling.__all__:
                return self._namespace.setdefault(name, getattr(sibling, name))
        raise KeyError(name)

    def attribute(self, name: str) -> object:
        """Return an attribute, as the module's ``__getattr__``."""
        try:
            return self.find(name)
        except KeyError:
            raise AttributeError(f"module {self._name!r} has no attribute {name!r}") from None

    def listed(self) -> list[str]:
        """Return all names, as the module's ``__dir__``."""
        if self._is_package:
            taken: list[str] = [*self._parts.exports, *self._parts.stars]
        else:
            taken = [name for star in self._parts.stars for name in self._sibling(star).__all__]
        return sorted({*self._namespace, *self._parts.names, *taken})

    def _sibling(self, name: str) -> ModuleType:
        return importlib.import_module(f"{self._name.rpartition('.')[0]}.{name}")

    def _of_a_module(self, name: str) -> object:
        """Return a name that a package imports from one of its modules, or the module of that name."""
        exporting = self._parts.exports.get(name)
        if exporting is None and name not in self._parts.stars:
            raise KeyError(name)
        module = importlib.import_module(f"{self._name}.{exporting or name}")
        if exporting is None:
            return module
        found = getattr(module, name)
        self._namespace[name] = found
        return found
