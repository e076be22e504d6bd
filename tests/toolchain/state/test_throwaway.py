"""A throwaway stack is created without the engine; tests/engine checks that the engine accepts it."""

import json

from toolchain.state.throwaway import engine_home, write_empty_state


def test_the_state_names_the_stack_and_holds_nothing(tmp_path):
    write_empty_state(tmp_path, "some-project", "dev")

    state = json.loads((tmp_path / ".pulumi" / "stacks" / "some-project" / "dev.json").read_text())
    assert state == {"version": 3, "checkpoint": {"stack": "organization/some-project/dev", "latest": None}}
    assert (tmp_path / ".pulumi" / "meta.yaml").read_text() == "version: 1\n"


def test_the_engines_home_has_the_users_plugins_and_no_room_for_logs(tmp_path, monkeypatch):
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "users"))
    (tmp_path / "users" / "plugins" / "resource-other").mkdir(parents=True)

    home = engine_home(tmp_path / "home")

    assert (home / "plugins" / "resource-other").is_dir()
    assert not (home / "logs").is_dir()


def test_a_user_without_plugins_gets_a_home_as_well(tmp_path, monkeypatch):
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "users"))

    assert not (engine_home(tmp_path / "home") / "plugins").exists()
