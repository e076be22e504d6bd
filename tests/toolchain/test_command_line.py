"""Errors and kinds of output of `python -m toolchain`, without an engine."""

import io
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from pulumi.automation import CommandResult
from pulumi.automation.errors import CommandError
from pulumi.automation.events import EngineEvent
from rich.console import Console
from typer.testing import CliRunner

from toolchain import __main__ as command_line
from toolchain.driver import Run
from toolchain.engine import Display
from toolchain.errors import NothingToDoError, ToolchainError
from toolchain.modes import Mode
from toolchain.system import printing


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


def test_what_is_so_already_is_one_line_and_no_error(monkeypatch):
    monkeypatch.setattr(command_line, "_driver", failing_with(NothingToDoError("There is no local stack")))
    result = CliRunner().invoke(command_line.app, ["destroy", "local"])
    assert (result.exit_code, result.stdout, result.stderr) == (0, "There is no local stack\n", "")


class Stack:
    """A stack that records the operations that are called."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.options: dict[str, dict[str, object]] = {}
        self.deployment: dict[str, object] = {}
        self.times_read = 0
        self.name = "dev"

    def __getattr__(self, name: str):
        def operation(**options):
            self.asked.append(name)
            self.options[name] = options
            return SimpleNamespace(items={}.items, outputs={})

        return operation


@pytest.fixture
def stack(monkeypatch):
    stack = Stack()

    def deployment_of(_run):
        stack.times_read += 1
        return stack.deployment

    monkeypatch.setattr(command_line, "deployment_of", deployment_of)
    monkeypatch.setattr("toolchain.state.repair.deployment_of", deployment_of)

    class Driver:
        @contextmanager
        def run(self, *_arguments, **_options):
            yield Run(stack=stack, mode=Mode.AWS, policy_packs=[])

        def end_tasks(self, name):
            if name == "local":
                stack.asked.append("end tasks")

        def forget(self, _stack):
            stack.asked.append("forget")

    monkeypatch.setattr(command_line, "_driver", Driver)
    return stack


@pytest.mark.parametrize(
    ("arguments", "typed", "asked", "code"),
    [
        (["up", "dev"], "y\n", ["preview", "up"], 0),
        (["up", "dev"], "n\n", ["preview"], 1),
        (["up", "dev"], "", ["preview"], 1),
        (["up", "dev", "--yes"], "", ["preview", "up"], 0),
        (["up", "local"], "", ["preview", "up"], 0),
        (["up", "local", "--skip-preview"], "", ["up"], 0),
        (["destroy", "dev"], "dev\n", ["preview_destroy", "destroy"], 0),
        (["destroy", "dev"], "y\n", ["preview_destroy"], 1),
        (["destroy", "dev"], "", ["preview_destroy"], 1),
        (["destroy", "dev", "--yes"], "", ["destroy"], 0),
        (["destroy", "local"], "", ["end tasks", "destroy", "forget"], 0),
    ],
)
def test_aws_is_changed_only_when_agreed_to(monkeypatch, stack, arguments, typed, asked, code):
    monkeypatch.setattr("toolchain.confirmation._at_a_terminal", lambda: True)
    result = CliRunner().invoke(command_line.app, arguments, input=typed)
    assert (stack.asked, result.exit_code) == (asked, code), result.output
    if code:
        line = f"error: {arguments[0]} of dev was not agreed to; nothing has changed"
        assert result.stderr.splitlines()[-1] == line


@pytest.mark.parametrize("options", [[], ["--refresh"], ["--diff"]])
def test_what_is_agreed_to_is_what_is_done(stack, options):
    assert CliRunner().invoke(command_line.app, ["up", "local", *options]).exit_code == 0
    shown, done = (
        {key: given[key] for key in ("diff", "refresh", "policy_packs")}
        for given in (stack.options["preview"], stack.options["up"])
    )
    assert shown == done


@pytest.mark.parametrize("operation", ["up", "destroy"])
def test_without_a_terminal_it_must_be_agreed_to_beforehand(stack, operation):
    result = CliRunner().invoke(command_line.app, [operation, "dev"])
    assert stack.asked == []
    assert result.exit_code == 2
    assert result.stderr == (f"error: {operation} of dev changes AWS, and there is no terminal to ask at: add --yes\n")


def test_output_that_nobody_reads_does_not_stop_the_engine():
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stream:
        for _ in range(3):
            printing.write(stream, "x" * 100_000)


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_silencing_leaves_no_file_open():
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stream:
        before = open_files()
        printing.write(stream, "x")
        assert open_files() == before


WRITING = """
import sys
from toolchain import __main__ as command_line; from toolchain.system import printing

def app(**_options):
    for _ in range(3):
        printing.print_line("x" * 100_000)
    sys.exit(7)

command_line.app = app
command_line.main()
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_full_disk_is_said_once_and_the_run_keeps_its_exit_code():
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-c", WRITING]
        run = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    line = "some output is lost, for it cannot be written: No space left on device\n"
    assert (run.stderr, run.returncode) == (line, 7)


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
    assert Display(Console(force_terminal=is_terminal)).color == color


@pytest.mark.parametrize(
    ("is_terminal", "term", "options", "is_live"),
    [
        (True, "xterm", {}, True),
        (True, "xterm", {"plain": True}, False),
        (True, "xterm", {"details": True}, False),
        (True, "dumb", {}, False),
        (False, "xterm", {}, False),
    ],
)
def test_a_run_is_drawn_live_on_terminals_only(monkeypatch, is_terminal, term, options, is_live):
    monkeypatch.setenv("TERM", term)
    assert Display(Console(force_terminal=is_terminal), **options).is_live == is_live


NOISE = "    warning: using pulumi-resource-aws from $PATH at /tmp/spot-platform-x/bin/pulumi-resource-aws"


@pytest.mark.parametrize(("options", "printed"), [([], ""), (["--details"], f"{NOISE}\n")])
def test_details_give_everything(monkeypatch, stack, options, printed):
    monkeypatch.setattr(stack, "preview", lambda on_output, **_options: on_output(NOISE), raising=False)
    result = CliRunner().invoke(command_line.app, ["preview", "dev", *options])
    assert (result.exit_code, result.stdout) == (0, printed)


@pytest.fixture
def terminal(monkeypatch):
    """A console that is a terminal, and a buffer with its output."""
    monkeypatch.setenv("TERM", "xterm")
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=100, color_system=None, highlight=False, markup=False)
    monkeypatch.setattr(command_line, "console", console)
    return written


def failed_step(on_event, on_error, **_options):
    urn = "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::files"
    about = {"op": "create", "urn": urn, "new": {"parent": ""}}
    on_event(EngineEvent.from_json({"resourcePreEvent": {"metadata": about}}))
    said = {"urn": urn, "severity": "error", "message": "BucketAlreadyExists", "color": "never"}
    on_event(EngineEvent.from_json({"diagnosticEvent": said}))
    on_event(EngineEvent.from_json({"resOpFailedEvent": {"metadata": about}}))
    on_error("error: update failed")
    raise engine_failing(255, printed="")


def test_on_a_terminal_a_failed_run_ends_with_its_cause(monkeypatch, stack, terminal):
    monkeypatch.setattr(stack, "preview", failed_step, raising=False)
    result = CliRunner().invoke(command_line.app, ["preview", "dev"])
    assert result.exit_code == 255
    assert "error: s3.Bucket files: BucketAlreadyExists\n" in terminal.getvalue()
    assert "preview of dev failed in " in terminal.getvalue()
    assert "update failed" not in result.stderr


def test_on_a_terminal_an_engine_without_events_is_quoted(monkeypatch, stack, terminal):
    def failing(on_error, **_options):
        on_error("error: the stack is locked")
        raise engine_failing(255, printed="")

    monkeypatch.setattr(stack, "preview", failing, raising=False)
    result = CliRunner().invoke(command_line.app, ["preview", "dev"])
    assert (result.exit_code, result.stderr) == (255, "error: the stack is locked\n")


def test_on_a_terminal_an_up_ends_with_the_addresses(monkeypatch, stack, terminal):
    outputs = {"site_url": SimpleNamespace(value="https://shop.test", secret=False)}
    monkeypatch.setattr(stack, "up", lambda **_: SimpleNamespace(outputs=outputs), raising=False)
    result = CliRunner().invoke(command_line.app, ["up", "dev", "--yes"])
    assert result.exit_code == 0
    assert "site_url: https://shop.test\n" in terminal.getvalue()
    assert "Next: 'make outputs STACK=dev' shows every output\n" in terminal.getvalue()


def protected_database() -> dict[str, object]:
    urn = "urn:pulumi:dev::shop::aws:rds/instance:Instance::main"
    return {"resources": [{"urn": urn, "type": "aws:rds/instance:Instance", "custom": True, "protect": True}]}


@pytest.mark.parametrize("options", [[], ["--yes"]])
def test_a_stack_with_a_protected_resource_is_not_half_destroyed(monkeypatch, stack, options):
    monkeypatch.setattr("toolchain.confirmation._at_a_terminal", lambda: True)
    stack.deployment = protected_database()
    result = CliRunner().invoke(command_line.app, ["destroy", "dev", *options], input="dev\n")
    assert (result.exit_code, stack.asked) == (2, [])
    assert "\n  Instance main (protect)\n" in result.stderr
    assert "switch their protection off in Pulumi.dev.yaml" in result.stderr


@pytest.mark.parametrize("options", [[], ["--yes"]])
def test_a_stack_with_a_full_bucket_is_not_half_destroyed(monkeypatch, stack, options):
    """AWS refuses to delete a bucket that holds objects (DeleteBucket, Amazon S3 API Reference)."""
    monkeypatch.setattr("toolchain.confirmation._at_a_terminal", lambda: True)
    listed = SimpleNamespace(list_object_versions=lambda **_: {"Versions": [{"Key": "a"}]})
    monkeypatch.setattr("toolchain.state.contents.client_of", lambda _run: lambda _service, _region: listed)
    urn = "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::files"
    stack.deployment = {"resources": [{"urn": urn, "type": "aws:s3/bucket:Bucket", "id": "files-1a2b"}]}
    result = CliRunner().invoke(command_line.app, ["destroy", "dev", *options], input="dev\n")
    assert (result.exit_code, stack.asked) == (2, [])
    assert "\n  Bucket files (files-1a2b; forceDestroy is false)\n" in result.stderr
    assert "nothing has changed" in result.stderr


def test_a_refused_destroy_leaves_the_tasks_of_the_local_stack(stack):
    stack.deployment = protected_database()
    result = CliRunner().invoke(command_line.app, ["destroy", "local"])
    assert (result.exit_code, stack.asked) == (2, [])


def test_what_destroy_keeps_is_said_before_and_after(stack):
    key = {
        "urn": "urn:pulumi:dev::shop::aws:kms/key:Key::data",
        "type": "aws:kms/key:Key",
        "custom": True,
        "retainOnDelete": True,
    }
    stack.deployment = {"resources": [key]}
    result = CliRunner().invoke(command_line.app, ["destroy", "dev", "--yes"])
    assert (result.exit_code, stack.asked, stack.times_read) == (0, ["destroy"], 1)
    assert "This keeps, from now on at most 1.00 USD a month where known:" in result.stdout
    assert result.stdout.count("Key data (retained): 1.00 USD a month") == 2
    assert result.stdout.index("This keeps") < result.stdout.index("Kept, from now on")


def engine_failing(code: int, *, printed: str) -> CommandError:
    return CommandError(CommandResult(stdout="", stderr=printed, code=code))


def test_an_error_of_a_quiet_call_is_printed(monkeypatch, stack):
    def failing(**_options):
        raise engine_failing(255, printed="error: could not load the state")

    monkeypatch.setattr(stack, "outputs", failing, raising=False)
    result = CliRunner().invoke(command_line.app, ["outputs", "dev"])
    assert (result.exit_code, result.stderr) == (255, "error: could not load the state\n")


def test_an_error_that_the_engine_has_printed_is_not_printed_again(monkeypatch, stack):
    def failing(on_error, **_options):
        on_error("error: refused")
        raise engine_failing(255, printed="error: refused")

    monkeypatch.setattr(stack, "preview", failing, raising=False)
    result = CliRunner().invoke(command_line.app, ["preview", "dev"])
    assert (result.exit_code, result.stderr) == (255, "error: refused\n")


class LocalStack:
    """A local stack with the methods that the command line calls."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    def told_of_edge(self, _outputs):
        return ["On this machine: http://shop.test.localhost:8400"]

    def told_of_tls(self, _outputs, wait_seconds=0.0):
        self.waited.append(wait_seconds)
        return ["With TLS: https://shop.test.localhost:8443", "Their certificates are signed by ca.pem"]


@pytest.fixture
def local(monkeypatch, stack):
    """The options that the driver gets, and a local stack."""
    local, options = LocalStack(), []

    class Driver:
        @contextmanager
        def run(self, *_arguments, **given):
            options.append(given)
            yield Run(stack=stack, mode=Mode.EMULATOR, policy_packs=[], local=local)

    monkeypatch.setattr(command_line, "_driver", Driver)
    return local, options


@pytest.mark.parametrize(("arguments", "tls"), [([], None), (["--tls"], True), (["--no-tls"], False)])
def test_up_hands_on_what_it_was_told_of_tls_and_says_the_addresses(local, arguments, tls):
    stack, options = local
    result = CliRunner().invoke(command_line.app, ["up", "local", *arguments])
    assert (result.exit_code, options[0]["tls"]) == (0, tls), result.output
    assert result.stdout.splitlines()[-2:] == [
        "With TLS: https://shop.test.localhost:8443",
        "Their certificates are signed by ca.pem",
    ]
    assert stack.waited == [command_line.TLS_SECONDS]


def test_outputs_say_the_addresses_with_tls_but_not_among_json(local):
    stack, _ = local
    assert (
        "With TLS: https://shop.test.localhost:8443\n"
        in CliRunner().invoke(command_line.app, ["outputs", "local"]).stdout
    )
    assert CliRunner().invoke(command_line.app, ["outputs", "local", "--json"]).stdout == "{}\n"
    assert stack.waited == [0.0]


@pytest.mark.parametrize("agreed", [[], ["--yes"]])
def test_the_preview_of_a_stack_in_aws_is_not_skipped(stack, agreed):
    result = CliRunner().invoke(command_line.app, ["up", "dev", "--skip-preview", *agreed])
    assert (stack.asked, result.exit_code) == ([], 2)
    assert result.stderr == (
        "error: --skip-preview is for the local stack only: elsewhere the policies judge all changes before the first\n"
    )


def test_tls_is_refused_for_a_stack_in_aws_before_anything_is_prepared(tmp_path, monkeypatch):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(command_line.app, ["up", "dev", "--yes", "--tls"])
    assert (result.exit_code, result.stderr) == (2, "error: --tls and --no-tls are for the local stack only\n")
    assert [file.name for file in tmp_path.iterdir()] == ["Pulumi.yaml"]
