"""The project's program, as the Automation API runs it: inside this process."""

import ast
import contextlib
import gc
import importlib
import runpy
import threading
from pathlib import Path

import platformdirs
import pulumi.log

from toolchain import lazy_imports


class Program:
    """A ``__main__.py``; calling it runs it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> None:
        """Run the program; whatever it raises is raised here.

        Without the SDK's debug messages: each is a call that the program waits for, a thousand of them for a stack, and
        the engine shows them with `--debug` alone, which this driver has no option for.
        """
        pulumi.log.debug = _unheard
        runpy.run_path(str(self._path), run_name="__main__")

    def load_ahead(self) -> threading.Thread:
        """Import what the program imports while the engine starts, in a thread that is returned.

        The AWS package is the longest part of a preview that needs no engine (``docs/performance.md``), so of that
        only what the program uses is imported. What cannot be imported is left for the program, whose error says so.
        """
        lazy_imports.install("pulumi_aws", "pulumi-aws", platformdirs.user_cache_path("spot-platform") / "imports")
        # read here and not in the thread: CPython 3.11 cannot parse in two threads
        modules = _imported(self._path)
        thread = threading.Thread(target=_import_all, args=(modules,), name="load-ahead")
        thread.start()
        return thread


def _unheard(*_arguments: object, **_options: object) -> None:
    pass


def _imported(path: Path) -> list[str]:
    """The modules that a file imports at its top level, in order; none when it cannot be read as Python."""
    try:
        statements = ast.parse(path.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return []
    modules: list[str] = []
    for statement in statements:
        if isinstance(statement, ast.Import):
            modules += [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            modules.append(statement.module)
    return modules


def _import_all(modules: list[str]) -> None:
    gc.disable()
    try:
        with contextlib.suppress(Exception, SystemExit):
            for module in modules:
                importlib.import_module(module)
    finally:
        # classes and functions stay for the life of the process: no collection need look at them again
        gc.freeze()
        gc.enable()
