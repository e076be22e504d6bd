import fcntl
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from pulumi.automation import Stack

from toolchain.driver import Driver, _launchers
from toolchain.errors import ToolchainError
from toolchain.modes import Mode, Operation
from toolchain.project import Project
from toolchain.setup import pulumi_command
from toolchain.state.file import StateFile

ROOT = Path(__file__).parents[2]


@pytest.fixture
def driver(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    return Driver(Project(tmp_path), lambda _: None)


def test_no_state_in_files_keeps_metadata_that_a_kill_could_tear(driver, monkeypatch):
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    of_the_project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["backend"]["url"]
    for url in (driver._backend_url, of_the_project):
        assert "metadata=skip" in url.partition("?")[2].split("&")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("s3://states", "s3://states"),
        ("file:///states", "file:///states"),
        ("file://~/states", "file://~/states"),
        ("file://./states", "file://{root}/./states"),
        ("file://states?create_dir=true", "file://{root}/states?create_dir=true"),
    ],
)
def test_a_relative_backend_is_one_in_the_projects_folder(driver, monkeypatch, tmp_path, given, url):
    monkeypatch.setenv("PULUMI_BACKEND_URL", given)
    assert driver._backend_url == url.format(root=tmp_path)


@pytest.mark.parametrize("given", [None, ""])
def test_the_local_stack_gets_a_passphrase_that_only_its_owner_can_read(driver, monkeypatch, tmp_path, given):
    (tmp_path / ".platform").mkdir()
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    if given is None:
        monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    else:
        monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", given)
    path = Path(driver._local.passphrase(None)["PULUMI_CONFIG_PASSPHRASE_FILE"])
    assert "PULUMI_CONFIG_PASSPHRASE" not in os.environ, "the engine would take it, and not the file"
    assert len(path.read_text()) >= 40
    assert path.stat().st_mode & 0o077 == 0
    assert driver._local.passphrase(None) == {"PULUMI_CONFIG_PASSPHRASE_FILE": str(path)}


@pytest.mark.parametrize("name", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])
def test_a_passphrase_of_the_user_is_used(driver, monkeypatch, tmp_path, name):
    monkeypatch.setenv(name, "x")
    assert driver._local.passphrase(None) == {}
    assert not (tmp_path / ".platform").exists()


def test_the_local_stack_is_not_forgotten_while_another_run_prepares_it(driver, tmp_path):
    asked: list[str] = []

    def remove_stack(name: str, **_options: Any) -> None:
        with (tmp_path / ".platform" / "lock").open() as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        asked.append(name)

    (tmp_path / ".platform" / "local").mkdir(parents=True)
    stack: Any = SimpleNamespace(name="local", workspace=SimpleNamespace(remove_stack=remove_stack))
    driver.forget(stack)
    assert asked == ["local"]
    assert not (tmp_path / ".platform" / "local").exists()


@pytest.mark.parametrize("other", [False, True])
def test_forgetting_leaves_no_lock_and_no_passphrase_that_another_stack_may_need(driver, monkeypatch, tmp_path, other):
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    private = tmp_path / ".platform"
    stacks = private / "state" / ".pulumi" / "stacks" / "shop"
    stacks.mkdir(parents=True)
    (private / "passphrase").write_text("secret")
    (private / "changing-local").touch()
    if other:
        (stacks / "dev.json").write_text("{}")
    stack: Any = SimpleNamespace(name="local", workspace=SimpleNamespace(remove_stack=lambda *_, **__: None))
    driver.forget(stack)
    left = {str(path.relative_to(private)) for path in private.rglob("*") if path.is_file()}
    assert left == ({"passphrase", "state/.pulumi/stacks/shop/dev.json"} if other else set())


@pytest.fixture
def selected(driver, monkeypatch, tmp_path):
    """Selects the local stack for an operation, and returns the steps; with `anew`, its emulator has ended before."""
    steps: list[str] = []

    def select(_stack: str, _directory: Path, environment: dict[str, str], _command: Any, **options: Any) -> Any:
        backend = environment.get("PULUMI_BACKEND_URL", "")
        kept = backend == "file:///kept"
        makes = options.get("begin") not in {None, Stack.select}
        steps.append(f"{'begin' if makes else 'select'} {'kept' if kept else 'throwaway'}")
        return SimpleNamespace(workspace=SimpleNamespace(remove_stack=lambda *_, **__: steps.append("remove")))

    def run(operation: Operation, *, anew: bool) -> list[str]:
        steps.clear()
        (tmp_path / "temporary").mkdir()
        if anew:
            driver._local.begins_anew.parent.mkdir(parents=True)
            driver._local.begins_anew.touch()
        environment = {"PULUMI_BACKEND_URL": "file:///kept"}
        directory = driver._local.directory / "work"
        driver._select_local(operation, directory, tmp_path / "temporary", environment, command=None)
        return steps

    monkeypatch.setattr(driver, "_select", select)
    monkeypatch.setattr("toolchain.driver.Stack.create", lambda *_: steps.append("create"))
    return run


@pytest.mark.parametrize("operation", list(Operation))
def test_a_state_whose_emulator_runs_is_gone_on_with(selected, operation):
    assert selected(operation, anew=False) == ["select kept"]


@pytest.mark.parametrize(
    ("operation", "steps", "still"),
    [
        (Operation.UP, ["select kept", "remove", "create"], False),
        (Operation.DESTROY, ["select kept", "remove", "create"], False),
        (Operation.PREVIEW, ["begin throwaway"], True),
        (Operation.OUTPUTS, ["select kept"], True),
    ],
)
def test_a_state_whose_emulator_is_gone_goes_with_what_begins_anew_only(driver, selected, operation, steps, still):
    assert selected(operation, anew=True) == steps
    assert driver._local.begins_anew.exists() == still


def test_nothing_is_read_from_an_emulator_that_is_gone(driver, selected):
    with pytest.raises(ToolchainError, match=r"^there is nothing to read: .* 'up' makes it anew"):
        selected(Operation.REFRESH, anew=True)
    assert driver._local.begins_anew.exists()


def state_of(tmp_path: Path, text: str) -> StateFile:
    state = StateFile(tmp_path / "state", "shop", "local")
    state.path.parent.mkdir(parents=True)
    state.path.write_text(text)
    return state


@pytest.fixture
def no_passphrase(monkeypatch, tmp_path):
    (tmp_path / ".platform").mkdir()
    for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_passphrase")
def test_a_lost_passphrase_is_not_made_anew_for_a_state_that_needs_it(driver, tmp_path):
    state = state_of(tmp_path, '{"checkpoint": {"latest": {"resources": []}}}')
    with pytest.raises(ToolchainError, match=r"passphrase of the local stack's state is gone: restore .*/passphrase"):
        driver._local.passphrase(state)
    assert not (tmp_path / ".platform" / "passphrase").exists()


@pytest.mark.usefixtures("no_passphrase")
def test_a_stack_that_was_never_made_gets_a_passphrase(driver, tmp_path):
    assert driver._local.passphrase(state_of(tmp_path, '{"checkpoint": {}}'))
    assert (tmp_path / ".platform" / "passphrase").exists()


@pytest.mark.parametrize(("text", "mode"), [("emulator", Mode.EMULATOR), ("offline\n", Mode.OFFLINE)])
def test_the_mode_is_remembered(driver, text, mode):
    driver._local.directory.mkdir(parents=True)
    (driver._local.directory / "mode").write_text(text)
    assert driver._local.remembered() is mode


def test_a_mode_that_is_none_is_one_line_with_the_way_out(driver):
    driver._local.directory.mkdir(parents=True)
    (driver._local.directory / "mode").write_bytes(b"emul\x1b[2J\nator\xff")
    with pytest.raises(ToolchainError, match=r"must hold aws or emulator or offline, not .* to begin anew") as error:
        driver._local.remembered()
    assert str(error.value).isprintable()


def test_a_link_in_place_of_the_private_folder_is_refused(driver, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".platform").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ToolchainError, match="must be a folder and no link"):
        driver._local.prepare(Operation.UP, Mode.OFFLINE, {}, None)
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("given", ["nonsense", "  ", "user:s3cret@host", "/a/folder"])
def test_a_backend_that_is_none_is_refused_without_its_value(driver, monkeypatch, given):
    monkeypatch.setenv("PULUMI_BACKEND_URL", given)
    with pytest.raises(ToolchainError, match=r"^PULUMI_BACKEND_URL must begin with file://, s3://, ") as error:
        _ = driver._backend_url
    assert "s3cret" not in str(error.value)


def test_go_programs_collect_less_garbage_unless_the_user_says_how_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulumi_command, "language_host_beside", lambda _command: True)
    monkeypatch.delenv("GOGC", raising=False)
    monkeypatch.setenv("GOMEMLIMIT", "512MiB")
    command: Any = None
    environment = _launchers(tmp_path, command, Mode.AWS)
    assert environment["GOGC"] == "400"
    assert "GOMEMLIMIT" not in environment, "the engine inherits the user's"
