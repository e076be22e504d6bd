"""Imports the modules of one package in parts: a class is made when it is looked up."""

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
"""Changes with what the cache's files hold."""


def install(package: str, distribution: str, cache: Path) -> bool:
    """Import what is below the modules of a package in parts from now on.

    The package itself is imported in the plain way, and so is each module that cannot be taken apart, and everything
    when this Python looks names up in another way than CPython does, when the package's list of files is missing, or
    when the package is imported already.

    Args:
        package: The package's name, such as ``pulumi_aws``.
        distribution: The name that it is installed under, such as ``pulumi-aws``.
        cache: The folder in which the parts of its modules are kept, each installed version in a folder of its own.

    Returns:
        Whether it is done.
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
    # the path too, for tracebacks show it
    identity = (_FORMAT, sys.version, str(installed.locate_file(package)), files)
    digest = hashlib.sha256("\n".join(identity).encode()).hexdigest()[:16]
    store = Store(cache / f"{distribution}-{installed.version}-{digest}")
    sys.meta_path.insert(0, _Finder(package, store))
    return True


def _names_can_be_looked_up() -> bool:
    """Whether a name that is no global is asked of the mapping in ``__builtins__``, a subclass of ``dict`` at that.

    CPython does so; that a caller may put a mapping there is in the documentation of ``exec``.
    """
    names = _Names(lambda name: name)
    return eval("missing", {"__builtins__": names}, {"other": 1}) == "missing"  # noqa: S307


class _Finder:
    """Finds the modules below a package's own modules, and has them loaded in parts."""

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
    """Runs a module's imports, and leaves its definitions for when they are asked for."""

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
            # without a list, `import *` takes what is there already
            namespace["__all__"] = [name for name in definitions.listed() if not name.startswith("_")]
            module.__class__ = _Package


class _Names(dict[str, object]):
    """The built-in names, and behind them those of a module that are not made yet."""

    def __init__(self, find: Callable[[str], object]) -> None:
        super().__init__(vars(builtins))
        self._find = find

    def __missing__(self, name: str) -> object:
        return self._find(name)


class _Package(ModuleType):
    """A package in which a function keeps its name from the module that it comes from."""

    def __setattr__(self, name: str, value: object) -> None:
        # An import puts the module into its package last, where in the plain way `import *` has the last word:
        # `aws.get_ami` is both.
        if isinstance(value, ModuleType) and name in getattr(value, "__all__", ()):
            value = getattr(value, name)
        super().__setattr__(name, value)


class _Definitions:
    """What a module defines or takes from its siblings, made when it is asked for."""

    def __init__(self, module: ModuleType, parts: Parts) -> None:
        self._namespace = vars(module)
        self._name = module.__name__
        self._is_package = hasattr(module, "__path__")
        self._parts = parts

    def find(self, name: str) -> object:
        """A class, a function, or what a sibling has of this name.

        Two threads may make the same one at once; both get the one that was there first.

        Raises:
            KeyError: There is none.
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
        """The module's ``__getattr__``."""
        try:
            return self.find(name)
        except KeyError:
            raise AttributeError(f"module {self._name!r} has no attribute {name!r}") from None

    def listed(self) -> list[str]:
        """The module's ``__dir__``."""
        if self._is_package:
            taken: list[str] = [*self._parts.exports, *self._parts.stars]
        else:
            taken = [name for star in self._parts.stars for name in self._sibling(star).__all__]
        return sorted({*self._namespace, *self._parts.names, *taken})

    def _sibling(self, name: str) -> ModuleType:
        return importlib.import_module(f"{self._name.rpartition('.')[0]}.{name}")

    def _of_a_module(self, name: str) -> object:
        """What a package takes from one of its modules, or the module itself."""
        exporting = self._parts.exports.get(name)
        if exporting is None and name not in self._parts.stars:
            raise KeyError(name)
        module = importlib.import_module(f"{self._name}.{exporting or name}")
        if exporting is None:
            return module
        found = getattr(module, name)
        self._namespace[name] = found
        return found
