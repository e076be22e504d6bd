"""The state survives a full disk: a valid copy is kept, and the error says how to restore it."""

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from toolchain.errors import EngineError, ToolchainError
from toolchain.state import guard as state_guard
from toolchain.state.file import StateFile, backend_folder, pending_operations


def content(resources: int, pending: int = 0) -> str:
    """Return a state in the engine's format."""
    of_a_kind = [{"urn": f"urn:pulumi:s::p::aws:s3/bucket:Bucket::{n}", "type": "x"} for n in range(resources)]
    latest = {
        "resources": of_a_kind,
        "pending_operations": [{"type": "creating", "resource": each} for each in of_a_kind[:pending]],
    }
    return json.dumps({"version": 3, "checkpoint": {"stack": "organization/p/s", "latest": latest}})


@pytest.fixture
def state(tmp_path: Path) -> StateFile:
    state = StateFile(tmp_path / "state", "p", "s")
    state.path.parent.mkdir(parents=True)
    return state


def saved(state: StateFile, text: str) -> None:
    """Save a state as the engine does: a new file replaces the old one."""
    new = state.path.with_suffix(".tmp")
    new.write_text(text)
    new.replace(state.path)


TRUNCATED = content(100)[:3000]


@pytest.mark.parametrize(
    ("text", "damaged"),
    [
        (content(3), False),
        ('{"version": 3, "checkpoint": {"stack": "s"}}', False),
        (TRUNCATED, True),
        ("", True),
        ("[]", True),
        ("{}", True),
        ('{"checkpoint": {"latest": {"resources": 7}}}', True),
        ("[" * 100_000, True),
    ],
)
def test_a_state_that_is_not_whole_is_seen(state: StateFile, text: str, damaged: bool) -> None:
    state.path.write_text(text)
    assert state.is_damaged() == damaged
    if damaged:
        with pytest.raises(ToolchainError, match="is damaged, and there is no valid copy beside it"):
            state.read()


def test_no_state_is_not_damaged(state: StateFile) -> None:
    assert (state.read(), state.is_damaged(), state.copies()) == (None, False, [])


def test_the_kept_copy_survives_what_the_engine_writes_over_the_state_and_its_backup(state: StateFile) -> None:
    saved(state, content(5))
    state.keep()
    for path in (state.path, state.path.with_name("s.json.bak")):
        path.unlink(missing_ok=True)
        path.write_text(TRUNCATED)
    state.keep()  # a damaged state never replaces the copy
    with pytest.raises(ToolchainError) as error:
        state.read()
    assert "(" in str(error.value)
    assert "5 resources" in str(error.value)
    assert "'python -m toolchain repair s'" in str(error.value)
    restored = state.restore()
    assert restored.resources == 5
    assert len((state.read() or {})["resources"]) == 5
    assert state.path.with_name("s.json.damaged").read_text() == TRUNCATED
    assert state.path.stat().st_mode & 0o077 == 0


def test_keeping_a_copy_costs_no_room(state: StateFile) -> None:
    saved(state, content(5))
    state.keep()
    assert state.path.stat().st_nlink == 2
    saved(state, content(6))
    state.keep()
    assert [copy.resources for copy in state.copies()] == [6]


def test_the_newest_valid_copy_is_taken(state: StateFile) -> None:
    backups = state.folder / ".pulumi" / "backups" / "p" / "s"
    backups.mkdir(parents=True)
    for index, (path, text) in enumerate(
        [
            (backups / "s.1.json", content(1)),
            (state.path.with_name("s.json.bak"), content(2)),
            (backups / "s.2.json", TRUNCATED),
        ]
    ):
        path.write_text(text)
        os.utime(path, (index, index))
    assert [copy.resources for copy in state.copies()] == [2, 1]


def test_after_the_clock_was_set_back_the_copy_from_the_future_comes_last(state: StateFile) -> None:
    backups = state.folder / ".pulumi" / "backups" / "p" / "s"
    backups.mkdir(parents=True)
    (backups / "s.1.json").write_text(content(1))
    tomorrow = time.time() + 86400
    os.utime(backups / "s.1.json", (tomorrow, tomorrow))
    saved(state, content(2))
    state.keep()
    assert [copy.resources for copy in state.copies()] == [2, 1]


def test_restoring_nothing_is_refused(state: StateFile) -> None:
    state.path.write_text(TRUNCATED)
    with pytest.raises(ToolchainError, match="restore one from a backup"):
        state.restore()
    assert state.path.read_text() == TRUNCATED


def test_a_state_is_its_owners(state: StateFile) -> None:
    saved(state, content(1))
    state.path.chmod(0o644)
    state.make_private()
    assert state.path.stat().st_mode & 0o777 == 0o600


def test_pending_operations_are_read(state: StateFile) -> None:
    saved(state, content(3, pending=2))
    assert list(pending_operations(state.read())) == [
        ("creating", "urn:pulumi:s::p::aws:s3/bucket:Bucket::0"),
        ("creating", "urn:pulumi:s::p::aws:s3/bucket:Bucket::1"),
    ]
    assert list(pending_operations(None)) == []


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("file:///a%20b?metadata=skip", Path("/a b")),
        ("file://~/states", Path.home() / "states"),
        ("s3://bucket", None),
        ("https://api.pulumi.com", None),
    ],
)
def test_only_a_file_backend_has_a_folder(url: str, folder: Path | None) -> None:
    assert backend_folder(url) == folder


def free(monkeypatch: pytest.MonkeyPatch, mebibytes: list[float]) -> None:
    """Set the free space of the disk for each check; the last value repeats."""

    def disk_usage(_path: object) -> object:
        figure = mebibytes.pop(0) if len(mebibytes) > 1 else mebibytes[0]
        return type("Usage", (), {"free": int(figure * state_guard.MIB)})

    monkeypatch.setattr(state_guard.shutil, "disk_usage", disk_usage)


def run_guarded(state: StateFile, engine: Callable[[threading.Event], None]) -> None:
    """Run a function in place of the engine; the event is set when the function must stop."""
    stopped = threading.Event()
    with state_guard.guarded(state, lambda _: stopped.set()):
        engine(stopped)


def test_nothing_begins_on_a_full_disk(state: StateFile, monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, [1.5])
    with pytest.raises(ToolchainError, match=r"has 1\.5 MiB free, and the engine needs 16 MiB .* nothing has begun"):
        run_guarded(state, lambda _: pytest.fail("it has begun"))


def test_a_large_state_needs_more_room(state: StateFile) -> None:
    saved(state, content(0) + " " * (4 * state_guard.MIB))
    assert state_guard.needed_room(state) > 32 * state_guard.MIB


def test_the_engine_is_stopped_before_the_disk_is_full(state: StateFile, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(state, content(2))
    free(monkeypatch, [100, 100, 3])

    def engine(stopped: threading.Event) -> None:
        assert list(state.folder.glob(".reserve-*"))
        assert stopped.wait(10)
        assert not list(state.folder.glob(".reserve-*")), "the engine did not get the reserve for its last saves"
        raise EngineError(255)

    with pytest.raises(ToolchainError, match=r"nearly full, so the engine was stopped; the state .* is whole"):
        run_guarded(state, engine)


def test_the_engine_is_stopped_at_the_first_failed_save(state: StateFile) -> None:
    saved(state, content(4))

    def engine(stopped: threading.Event) -> None:
        saved(state, TRUNCATED)
        saved(StateFile(state.folder, "p", "s.json.bak"), TRUNCATED)
        assert stopped.wait(10)
        raise EngineError(255)

    with pytest.raises(ToolchainError, match=r"is damaged; the newest valid copy is .* 4 resources"):
        run_guarded(state, engine)


def test_a_good_run_leaves_the_state_and_its_copy(state: StateFile) -> None:
    with state_guard.guarded(state, pytest.fail):
        saved(state, content(7))
    assert [copy.resources for copy in state.copies()] == [7]
    assert not list(state.folder.glob(".reserve-*"))


def test_an_engine_that_fails_on_its_own_is_not_said_to_be_stopped(state: StateFile) -> None:
    with pytest.raises(EngineError), state_guard.guarded(state, pytest.fail):
        raise EngineError(1)


def test_the_reserve_of_a_killed_run_is_removed(state: StateFile) -> None:
    left = state.folder / ".reserve-4194304"  # more than the largest PID of Linux
    left.write_bytes(b"x")
    with state_guard.guarded(state, lambda _: None):
        assert not left.exists()


def test_forgetting_leaves_nothing_of_a_stack_and_all_of_the_others(state: StateFile) -> None:
    other = StateFile(state.folder, state.project, "other")
    for each in (state, other):
        backups = state.folder / ".pulumi" / "backups" / "p" / each.stack
        backups.mkdir(parents=True)
        (backups / f"{each.stack}.1.json").write_text(content(1))
        each.path.write_text(content(2))
        assert each.keep()
        each.path.with_name(f"{each.path.name}.bak").write_text(content(1))
        # left by an engine that was killed while it wrote
        each.path.with_name(f"{each.path.name}.18ecddfcb56eda15.tmp").write_text("{")
    kept = {path for path in state.folder.rglob("*") if path.is_file() and path.name.startswith("other.")}
    assert len(kept) == 5
    state.path.unlink()  # as the engine does
    state.forget()
    assert {path for path in state.folder.rglob("*") if path.is_file()} == kept
    other.path.unlink()
    other.forget()
    assert [path for path in state.folder.rglob("*") if path.is_file()] == []
