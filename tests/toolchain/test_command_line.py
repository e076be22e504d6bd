"""What `python -m toolchain` makes of errors and of where its output goes, without an engine."""

import os
from contextlib import contextmanager

import pytest
from pulumi.automation import CommandResult
from pulumi.automation.errors import CommandError
from typer.testing import CliRunner

from toolchain import __main__ as command_line
from toolchain.errors import ToolchainError


def failing_with(error: BaseException):
    class Driver:
        @contextmanager
        def run(self, *_arguments, **_options):
            raise error
            yield

    return Driver


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (ToolchainError("no such stack"), 2, "error: no such stack\n"),
        (OSError(28, "No space left on device", "/x/y"), 2, "error: [Errno 28] No space left on device: '/x/y'\n"),
        (KeyboardInterrupt(), 130, "error: interrupted; run 'make up STACK=local' again to go on\n"),
        (CommandError(CommandResult(stdout="", stderr="error: locked", code=255)), 255, "error: locked\n"),
        (
            CommandError(CommandResult(stdout="", stderr="", code=-9)),
            137,
            "error: the engine was killed (signal 9); run 'make up STACK=local' again to go on\n",
        ),
    ],
)
def test_an_error_is_one_line_and_a_code(monkeypatch, error, code, text):
    monkeypatch.setattr(command_line, "_driver", failing_with(error))
    result = CliRunner().invoke(command_line.app, ["up", "local"])
    assert (result.exit_code, result.stderr) == (code, text)


def test_output_that_nobody_reads_does_not_stop_the_engine():
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stream:
        for _ in range(3):
            command_line._write(stream, "x" * 100_000)


@pytest.mark.parametrize(
    ("is_terminal", "environment", "color"),
    [
        (True, {"TERM": "xterm"}, "always"),
        (True, {"TERM": "dumb"}, "never"),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, "never"),
        (False, {"TERM": "xterm"}, "never"),
    ],
)
def test_color_is_for_terminals_that_want_it(monkeypatch, is_terminal, environment, color):
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(command_line.sys.stdout, "isatty", lambda: is_terminal)
    assert command_line._color() == color
