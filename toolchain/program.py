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
    """A ``__main__.py``; calling it runs it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        LanguageServer.Run = _run_and_report_once

    def __call__(self) -> None:
        """Run the program.

        The SDK's debug messages are switched off. Each is a call that the program waits for, a stack has a thousand of
        them, and the engine shows them only with `--debug`, which this driver does not offer.

        Raises:
            RunError: A provider has refused a look-up; any other error of the program is raised as it is.
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
        """Import what the program imports, in the returned thread, while the engine starts.

        The AWS package is the longest part of a preview that needs no engine (``docs/performance.md``), so of that
        only what the program uses is imported. What cannot be imported is left for the program, whose error says so.
        """
        lazy_imports.install("pulumi_aws", "pulumi-aws", platformdirs.user_cache_path("spot-platform") / "imports")
        # parsed here and not in the thread: CPython 3.11 cannot parse in two threads
        modules = _imported(self._path)
        thread = threading.Thread(target=_import_all, args=(modules,), name="load-ahead")
        thread.start()
        return thread


_RUN: Callable[..., RunResponse] = LanguageServer.Run  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def _run_and_report_once(self: LanguageServer, request: object, context: object) -> RunResponse:
    """Run the program, as the SDK's language server does, but let its error be printed once.

    The SDK prints the error and then also returns it to the engine, which prints it again as "an unhandled error
    occurred". ``bail`` tells the engine that the error was printed already, as the command line's language host does.
    """
    response = _RUN(self, request, context)
    return RunResponse(bail=True) if response.error else response


def _comes_from_a_provider(error: Exception) -> bool:
    """Whether the SDK raised the error while it called a function of a provider: that is no bug of the program."""
    return any(
        Path(frame.filename).parts[-2:] == ("runtime", "invoke.py")
        for frame in traceback.extract_tb(error.__traceback__)
    )


def _ignore(*_arguments: object, **_options: object) -> None:
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
        # classes and functions live as long as the process: the collector need not look at them again
        gc.freeze()
        gc.enable()
