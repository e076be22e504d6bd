"""The project's program, which the Automation API runs inside this process."""

import ast
import contextlib
import gc
import importlib
import runpy
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pulumi.log
from pulumi import RunError
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto.language_pb2 import RunResponse

from toolchain import lazy_imports


class Program:
    """A Pulumi program, a ``__main__.py``. Calling the object runs the program."""

    def __init__(self, path: Path) -> None:
        self._path = path
        LanguageServer.Run = _run_and_report_once

    def __call__(self) -> None:
        """Run the program.

        The SDK's debug messages are switched off. The program waits for the call that sends each message, a stack has
        a thousand of them, and the engine shows them only with `--debug`, which this driver does not offer.

        Raises:
            RunError: A function of a provider failed. All other errors of the program are raised unchanged.
        """
        pulumi.log.debug = _ignore
        try:
            runpy.run_path(str(self._path), run_name="__main__")
        except RunError:
            raise
        except Exception as error:
            if not _comes_from_a_provider(error):
                raise
            raise RunError(" ".join(str(error).split())) from error

    def load_ahead(self) -> threading.Thread:
        """Import the program's modules in a thread, while the engine starts, and return the thread.

        Importing the AWS package is the longest part of a preview that needs no engine (``docs/performance.md``), so
        only the parts that the program uses are imported. A failing import is ignored here; the program reports it.
        """
        lazy_imports.install("pulumi_aws", "pulumi-aws", platformdirs.user_cache_path("spot-platform") / "imports")
        # parsed outside the thread, because CPython 3.11 cannot parse in two threads
        modules = _imported(self._path)
        thread = threading.Thread(target=_import_all, args=(modules,), name="load-ahead")
        thread.start()
        return thread


_RUN: Callable[..., RunResponse] = LanguageServer.Run  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def _run_and_report_once(self: LanguageServer, request: object, context: object) -> RunResponse:
    """Run the program as the SDK's language server does, but print an error only once.

    The SDK prints the error and then also returns it to the engine, which prints it again as "an unhandled error
    occurred". ``bail`` tells the engine that the error was printed already, as the command line's language host does.
    """
    response = _RUN(self, request, context)
    return RunResponse(bail=True) if response.error else response


def _comes_from_a_provider(error: Exception) -> bool:
    """Check whether the SDK raised the error in a call of a provider's function; then it is no bug of the program."""
    return any(
        Path(frame.filename).parts[-2:] == ("runtime", "invoke.py")
        for frame in traceback.extract_tb(error.__traceback__)
    )


def _ignore(*_arguments: object, **_options: object) -> None:
    pass


def _imported(path: Path) -> list[str]:
    """Return the modules that a file imports at its top level, in order; none if it is not valid Python."""
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
        # the garbage collector can skip the imported objects, which live as long as the process
        gc.freeze()
        gc.enable()
