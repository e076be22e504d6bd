"""`python -m toolchain preview|up|refresh|destroy|outputs STACK`: the engine, from the command line."""

import errno
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn, TextIO

import typer
from pulumi.automation.errors import CommandError
from rich.console import Console

from toolchain import confirmation, pulumi_command, summary
from toolchain.driver import Driver, Run, call_this_machine_directly, ensure_importable, exit_code
from toolchain.errors import ToolchainError
from toolchain.interrupts import Interrupts
from toolchain.modes import LOCAL_STACK, Operation
from toolchain.project import Project

USER_ERROR = 2
DECLINED = 1
INTERRUPTED = 130
WIDTH = 120
"""Columns of a table that goes to a file or a pipe."""

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False, emoji=False, markup=False, width=None if sys.stdout.isatty() else WIDTH)
interrupts = Interrupts()
_lost: list[TextIO] = []
"""The streams that could not be written to although somebody may read them."""

StackName = Annotated[str, typer.Argument(help="The stack: the middle of a Pulumi.<stack>.yaml.")]
Offline = Annotated[
    bool | None,
    typer.Option(
        "--offline/--no-offline",
        help="Preview on a throwaway state without AWS, or refuse to fall back to that. "
        "By default a preview without AWS credentials is offline.",
    ),
]
UseEmulator = Annotated[
    bool | None,
    typer.Option(
        "--emulator/--no-emulator",
        help="Run the local stack against the emulator, or on the offline provider, which takes seconds. "
        "By default the emulator, where the AWS provider plugin is to be had.",
    ),
]
Diff = Annotated[bool, typer.Option("--diff", help="Show each change in full.")]
ExpectNoChanges = Annotated[bool, typer.Option("--expect-no-changes", help="Fail when there is anything to change.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before AWS is changed.")]


@app.command()
def install() -> None:
    """Find the Pulumi command line, or install it."""
    with _errors_in_one_line("run 'make setup' again"):
        command = pulumi_command.find_or_install(_print_error)
    _print(f"Pulumi {command.version}: {shutil.which(command.command)}")


@app.command()
def preview(
    stack: StackName,
    *,
    offline: Offline = None,
    emulator: UseEmulator = None,
    diff: Diff = False,
    expect_no_changes: ExpectNoChanges = False,
) -> None:
    """Show what `up` would do, with the policy pack attached."""
    with _run(Operation.PREVIEW, stack, offline=offline, emulator=emulator) as run:
        _engine(
            run.stack.preview,
            diff=diff,
            expect_no_changes=expect_no_changes,
            policy_packs=run.policy_packs,
            policy_pack_configs=run.policy_configurations,
        )


@app.command()
def up(
    stack: StackName,
    *,
    emulator: UseEmulator = None,
    diff: Diff = False,
    expect_no_changes: ExpectNoChanges = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Read what is there first.")] = False,
    yes: Yes = False,
) -> None:
    """Make the stack what the program says, with the policy pack attached."""
    ask = _must_ask(Operation.UP, stack, yes=yes)
    with _run(Operation.UP, stack, emulator=emulator) as run:
        _preview_first(run, shown=ask, diff=diff, refresh=refresh)
        if ask:
            _ask(Operation.UP, stack)
        _engine(
            run.stack.up,
            diff=diff,
            expect_no_changes=expect_no_changes,
            refresh=refresh,
            suppress_outputs=True,
            policy_packs=run.policy_packs,
            policy_pack_configs=run.policy_configurations,
        )
        summary.print_outputs(console, summary.plain_outputs(run.stack.outputs()))
        resources = (run.stack.export_stack().deployment or {}).get("resources", [])
        summary.print_made(console, summary.made_by_component(resources))


@app.command()
def refresh(stack: StackName) -> None:
    """Read what is there and put it into the state."""
    with _run(Operation.REFRESH, stack) as run:
        _engine(run.stack.refresh)


@app.command()
def destroy(stack: StackName, *, yes: Yes = False) -> None:
    """Delete everything that the stack holds; the local stack is forgotten as well."""
    ask = _must_ask(Operation.DESTROY, stack, yes=yes)
    with _run(Operation.DESTROY, stack) as run:
        if ask:
            _engine(run.stack.preview_destroy)
            _ask(Operation.DESTROY, stack)
        _engine(run.stack.destroy)
        if stack == LOCAL_STACK:
            _driver().forget(run.stack)


@app.command()
def outputs(
    stack: StackName, *, as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False
) -> None:
    """Print the stack's outputs; secrets stay hidden."""
    with _run(Operation.OUTPUTS, stack) as run:
        values = summary.plain_outputs(run.stack.outputs())
    if as_json:
        typer.echo(json.dumps(values, indent=2))
    else:
        summary.print_outputs(console, values)


def _preview_first(run: Run, *, shown: bool, diff: bool, refresh: bool) -> None:
    """Preview, and show it at least when it fails: then nothing has been made yet, by policy or otherwise."""
    _print_error("Previewing first, so that nothing is made where a policy or the program says no")
    kept: list[str] = []
    try:
        _engine(
            run.stack.preview,
            diff=diff,
            refresh=refresh,
            policy_packs=run.policy_packs,
            policy_pack_configs=run.policy_configurations,
            **({} if shown else {"on_output": kept.append, "on_error": kept.append}),
        )
    except CommandError:
        if kept:
            _print("\n".join(kept))
        raise


def _must_ask(operation: Operation, stack: str, *, yes: bool) -> bool:
    try:
        return confirmation.must_ask(operation, stack, yes=yes)
    except ToolchainError as error:
        _fail(str(error), USER_ERROR)


def _ask(operation: Operation, stack: str) -> None:
    if not confirmation.agreed(operation, stack):
        _fail(f"{operation} of {stack} was not agreed to; nothing has changed", DECLINED)


def _engine(operation: Callable[..., object], **options: Any) -> None:
    """Run the engine, showing what it prints."""
    with interrupts.left_to_the_engine():
        operation(**{"color": _color(), "on_output": _print, "on_error": _print_error} | options)


def _driver() -> Driver:
    project = Project.find(Path.cwd())
    ensure_importable(project)
    call_this_machine_directly()
    return Driver(project, _print_error)


@contextmanager
def _run(
    operation: Operation, stack: str, *, offline: bool | None = None, emulator: bool | None = None
) -> Generator[Run]:
    """A run whose errors become one line or what the engine has printed, and an exit code."""
    printed = False
    again = f"run 'make {operation} STACK={stack}' again to go on"
    with _errors_in_one_line(again):
        try:
            with _driver().run(operation, stack, offline=offline, emulator=emulator) as run:
                printed = True
                yield run
        except CommandError as error:
            if interrupts.exit_code is not None:
                raise KeyboardInterrupt from error
            code = exit_code(error)
            if code < 0:
                _fail(f"the engine was killed (signal {-code}); {again}", 128 - code)
            if not printed:
                _print_error(_engine_error(error))
            raise typer.Exit(code) from None


@contextmanager
def _errors_in_one_line(again: str) -> Generator[None]:
    try:
        with interrupts.raised():
            yield
    except KeyboardInterrupt:
        _fail(f"interrupted; {again}", interrupts.exit_code or INTERRUPTED)
    except ToolchainError as error:
        _fail(str(error), USER_ERROR)
    except OSError as error:
        # no room, no permission, a file where a folder should be: the path is in the text
        _fail(" ".join(str(error).split()), USER_ERROR)


def _engine_error(error: CommandError) -> str:
    """The engine's own words in the error that the Automation API makes of them."""
    text = str(error)
    stderr = text.split("stderr:", 1)[-1].strip()
    return stderr or text.strip()


def _color() -> str:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    return "never" if plain else "always"


def _print(line: str) -> None:
    _write(sys.stdout, line)


def _print_error(line: str) -> None:
    _write(sys.stderr, line)


def _write(stream: TextIO, line: str) -> None:
    """Print a line; the engine must not be left in the middle of its work where that cannot be done."""
    try:
        stream.write(f"{line}\n")
        stream.flush()
    except OSError as error:
        if isinstance(error, BrokenPipeError) or error.errno == errno.EIO:
            _silence(stream)  # whoever read it is gone (`| head`, a closed terminal)
        elif stream not in _lost:
            _lost.append(stream)
            if len(_lost) == 1:
                _print_error(f"some output is lost, for it cannot be written: {error.strerror}")


def _silence(stream: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _fail(message: str, code: int) -> NoReturn:
    _print_error(f"error: {message}")
    raise typer.Exit(code)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # the engine prints more characters than some terminals know
    try:
        app(prog_name="python -m toolchain")
    finally:
        for stream in _lost:
            _silence(stream)  # what is still in its buffer would fail again at the end, and hide the exit code


if __name__ == "__main__":
    main()
