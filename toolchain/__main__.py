"""The command line: `python -m toolchain preview|up|refresh|destroy|outputs|repair STACK` runs the Pulumi engine."""

import io
import json
import os
import shutil
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from pulumi.automation import UpResult
from rich.console import Console

from toolchain import confirmation, network_change, summary, unreachable
from toolchain.driver import Driver, Run, call_this_machine_directly, ensure_importable
from toolchain.engine import Display, Engine, Shown
from toolchain.errors import ToolchainError
from toolchain.local.stack import TLS_SECONDS
from toolchain.modes import LOCAL_STACK, Operation
from toolchain.options import (
    Details,
    Diff,
    ExpectNoChanges,
    Offline,
    Plain,
    PolicyPackConfig,
    SkipPreview,
    StackName,
    UseEmulator,
    UseTls,
    Yes,
)
from toolchain.policies import pack as policy_pack
from toolchain.project import Project
from toolchain.setup import pulumi_command
from toolchain.state import contents, protection, repair
from toolchain.state.deployment import deployment_of, resources_of
from toolchain.state.guard import guarded
from toolchain.system import interrupts, printing
from toolchain.system.exits import USER_ERROR, errors_in_one_line, fail
from toolchain.system.printing import print_error, print_line
from toolchain.view.durations import Durations
from toolchain.view.longest_chain import chain_lines, longest_chain
from toolchain.view.progress import Progress
from toolchain.view.report import Ending

DECLINED = 1
CHANGING = {"parallel": 64, "show_secrets": False}
"""Options of the engine for a run that changes something. Its summary has no secrets: decrypting them takes time."""
"""The engine's option for the number of parallel operations. The default is four for each processor, which is too low,
because operations mostly wait. Example with two processors, so eight places: the provider waits a minute for the
lifecycle rules of each bucket. Six buckets took six places, and the database was started only after them."""
WIDTH = 120
"""Width of a table, in columns, when the output is a file or a pipe."""

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False, emoji=False, markup=False, width=None if sys.stdout.isatty() else WIDTH)
signals = interrupts.Interrupts()


@app.command()
def install() -> None:
    """Find the Pulumi command line, or install it."""
    with errors_in_one_line("run 'make setup' again", signals):
        command = pulumi_command.find_or_install(print_error)
    print_line(f"Pulumi {command.version}: {shutil.which(command.command)}")


@app.command()
def preview(
    stack: StackName,
    *,
    offline: Offline = None,
    emulator: UseEmulator = None,
    diff: Diff = False,
    expect_no_changes: ExpectNoChanges = False,
    policy_pack_config: PolicyPackConfig = None,
    plain: Plain = False,
    details: Details = False,
) -> None:
    """Show what `up` would do, with the policy pack attached."""
    configs = _checked(policy_pack_config)
    engine = _engine(plain=plain, details=details or diff)
    with _run(Operation.PREVIEW, stack, offline=offline, emulator=emulator) as run:
        title = f"preview of {stack}"
        options = _policies(run, configs) | {"diff": diff, "expect_no_changes": expect_no_changes}
        shown = engine.run(title, run.stack.preview, is_preview=True, options=options)
        _look_at(stack, shown.progress)
        engine.report(shown, _previewed(title, f"'make up STACK={stack}' makes these changes"))


@app.command()
def up(
    stack: StackName,
    *,
    emulator: UseEmulator = None,
    tls: UseTls = None,
    diff: Diff = False,
    expect_no_changes: ExpectNoChanges = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Read what is there first.")] = False,
    skip_preview: SkipPreview = False,
    policy_pack_config: PolicyPackConfig = None,
    yes: Yes = False,
    plain: Plain = False,
    details: Details = False,
) -> None:
    """Make the stack what the program says, with the policy pack attached."""
    if skip_preview and stack != LOCAL_STACK:
        only = f"--skip-preview is for the {LOCAL_STACK} stack only"
        fail(f"{only}: elsewhere the policies judge all changes before the first", USER_ERROR)
    ask = _must_ask(Operation.UP, stack, yes=yes)
    configs = _checked(policy_pack_config)
    engine = _engine(plain=plain, details=details or diff)
    with _run(Operation.UP, stack, emulator=emulator, tls=tls) as run, _guarded(run):
        repair.handle_pending(run, print_error)
        options = _policies(run, configs) | {"diff": diff, "refresh": refresh}
        planned = None if skip_preview else _preview_before_up(engine, run, stack, options, ask=ask)
        title = f"up of {stack}"
        options |= CHANGING | {"expect_no_changes": expect_no_changes, "suppress_outputs": True}
        durations = Durations(run.durations)
        shown = engine.run(title, run.stack.up, planned=planned, durations=durations, options=options)
        values = summary.plain_outputs(cast("UpResult", shown.result).outputs)
        next_step = f"'make outputs STACK={stack}' shows every output"
        resources = resources_of(deployment_of(run))
        addresses, chain = summary.addresses(values), _chain(shown, resources)
        engine.report(shown, Ending(title, succeeded=True, addresses=addresses, next_step=next_step, chain=chain))
        if not engine.is_live:
            summary.print_outputs(console, values)
            summary.print_made(console, summary.made_by_component(resources))
        _tell_of_tls(run, values, TLS_SECONDS)


def _preview_before_up(engine: Engine, run: Run, stack: str, options: dict[str, Any], *, ask: bool) -> Progress:
    print_error("Previewing first, so that nothing is made where a policy or the program says no")
    title = f"preview of {stack}"
    planned = engine.run(title, run.stack.preview, is_preview=True, is_hidden=not ask, options=options)
    _look_at(stack, planned.progress)
    if ask:
        engine.report(planned, _previewed(title))
        _ask(Operation.UP, stack)
    return planned.progress


@app.command()
def refresh(stack: StackName, *, plain: Plain = False, details: Details = False) -> None:
    """Read what is there and put it into the state."""
    engine = _engine(plain=plain, details=details)
    with _run(Operation.REFRESH, stack) as run, _guarded(run):
        repair.handle_pending(run, print_error)
        title = f"refresh of {stack}"
        shown = engine.run(title, run.stack.refresh, options=CHANGING)
        engine.report(shown, Ending(title, succeeded=True))


@app.command()
def destroy(stack: StackName, *, yes: Yes = False, plain: Plain = False, details: Details = False) -> None:
    """Delete everything that the stack holds; the local stack is forgotten as well."""
    ask = _must_ask(Operation.DESTROY, stack, yes=yes)
    engine = _engine(plain=plain, details=details)
    with _run(Operation.DESTROY, stack) as run:
        deployment = deployment_of(run)
        resources = resources_of(deployment)
        _refuse_if_protected(stack, resources)
        contents.refuse_if_not_empty(run, resources)
        left = protection.kept(resources) if stack != LOCAL_STACK else []
        title = f"destroy of {stack}"
        with _guarded(run):
            repair.handle_pending(run, print_error, deployment)
            if ask:
                previewed = engine.run(f"preview of {title}", run.stack.preview_destroy, is_preview=True)
                keeps = summary.kept_lines(left, done=False)
                engine.report(previewed, _previewed(f"preview of {title}", kept=keeps))
                _ask(Operation.DESTROY, stack)
            else:
                for line in summary.kept_lines(left, done=False):
                    print_line(line)
            durations = Durations(run.durations)
            _driver().end_tasks(stack)
            planned = Progress.of_deletion(resources)
            shown = engine.run(title, run.stack.destroy, planned=planned, durations=durations, options=CHANGING)
        chain, keeps = _chain(shown, resources), summary.kept_lines(left, done=True)
        engine.report(shown, Ending(title, succeeded=True, chain=chain, kept=keeps))
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
        for line in (*run.local.told_of_edge(values), *run.local.told_of_tls(values)) if run.local else ():
            print_line(line)


@app.command(name="repair")
def repair_command(stack: StackName, *, yes: Yes = False) -> None:
    """Mend the stack's state after a full disk or a killed run."""
    with _run(Operation.REPAIR, stack) as run:
        agree = (
            (lambda: True) if yes or stack == LOCAL_STACK else (lambda: confirmation.agreed(Operation.REPAIR, stack))
        )
        if not repair.repair(run, print_line, agree):
            fail(f"repair of {stack} was not agreed to; nothing has changed", DECLINED)


def _tell_of_tls(run: Run, outputs: Mapping[str, Any], wait_seconds: float = 0.0) -> None:
    for line in run.local.told_of_tls(outputs, wait_seconds) if run.local else ():
        print_line(line)


def _policies(run: Run, configs: list[str]) -> dict[str, Any]:
    """Return the options that attach the policy pack; the pack itself reads the stack's profile."""
    return {"policy_packs": run.policy_packs, "policy_pack_configs": configs}


def _checked(policy_pack_config: Path | None) -> list[str]:
    if policy_pack_config is None:
        return []
    with errors_in_one_line("", signals):
        ensure_importable(Project.find(Path.cwd()))
        return [policy_pack.checked_configuration(policy_pack_config)]


def _look_at(stack: str, previewed: Progress) -> None:
    network_change.refuse_half_a_move(stack, previewed.steps.values())
    for line in unreachable.warnings(previewed.steps.values()):
        print_error(line)


def _previewed(title: str, next_step: str = "", kept: Sequence[str] = ()) -> Ending:
    return Ending(title, succeeded=True, is_preview=True, next_step=next_step, kept=kept)


def _chain(shown: Shown, resources: list[dict[str, Any]]) -> list[str]:
    return chain_lines(longest_chain(shown.progress.steps.values(), resources))


def _engine(*, plain: bool, details: bool) -> Engine:
    return Engine(Display(console, plain=plain, details=details), signals)


def _refuse_if_protected(stack: str, resources: list[dict[str, Any]]) -> None:
    """Refuse to destroy a stack that holds protected resources, because it would be only half destroyed.

    Raises:
        ToolchainError: The stack holds protected resources. The message lists them and says what to do.
    """
    protected = protection.protected(resources)
    if protected:
        listed = "".join(f"\n  {printing.visible(each)}" for each in protected)
        raise ToolchainError(
            f"{stack} holds protected resources, and without them nothing else is deleted either:{listed}\n"
            f"nothing has changed; to destroy all the same, switch their protection off in Pulumi.{stack}.yaml "
            "(such as database.deletion_protection: false), run 'up', and destroy again; where the policies refuse "
            "that 'up', as those of prod do, each message holds the entry for policy/exemptions.yaml"
        )


def _must_ask(operation: Operation, stack: str, *, yes: bool) -> bool:
    try:
        return confirmation.must_ask(operation, stack, yes=yes)
    except ToolchainError as error:
        fail(str(error), USER_ERROR)


def _ask(operation: Operation, stack: str) -> None:
    if not confirmation.agreed(operation, stack):
        fail(f"{operation} of {stack} was not agreed to; nothing has changed", DECLINED)


@contextmanager
def _guarded(run: Run) -> Generator[None]:
    """Guard the stack's state file while the block runs; do nothing if the state is not a local file."""
    if run.state is None:
        yield
        return

    def stop(reason: str) -> None:
        print_error(f"{reason}: stopping the engine, so that the state stays whole")
        interrupts.stop_engine()

    with guarded(run.state, stop):
        yield


def _driver() -> Driver:
    project = Project.find(Path.cwd())
    ensure_importable(project)
    call_this_machine_directly()
    return Driver(project, print_error)


@contextmanager
def _run(
    operation: Operation,
    stack: str,
    *,
    offline: bool | None = None,
    emulator: bool | None = None,
    tls: bool | None = None,
) -> Generator[Run]:
    """Prepare a run, and turn its errors into an exit code and one line, or the lines that the engine printed."""
    again = f"run 'make {operation} STACK={stack}' again to go on"
    with errors_in_one_line(again, signals):
        prepared = _driver().run(operation, stack, offline=offline, emulator=emulator, tls=tls)
        with prepared as run:
            yield run


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # some terminals cannot encode all that the engine prints
    if not os.environ.get("PULUMI_BACKEND_URL"):
        os.umask(0o077)  # a state names all of a stack's resources; a team may share its own backend
    try:
        app(prog_name="python -m toolchain")
    finally:
        printing.silence_lost()


if __name__ == "__main__":
    main()
