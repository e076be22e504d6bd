"""The files that a run on the local stack writes, also when another run works at the same time."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from toolchain.datapath.addresses import Addresses
from toolchain.datapath.authorizers import Authorizers
from toolchain.errors import ToolchainError
from toolchain.local.stack import LocalStack
from toolchain.modes import Mode, Operation
from toolchain.project import Project

ENDPOINT = "http://127.0.0.1:4566"
SALT = "v1:salt"


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStack:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.local.yaml").write_text("config: {shop:aws: {region: us-east-1}}\n")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "x")
    monkeypatch.setattr("toolchain.local.stack.Emulator.endpoint", lambda _: ENDPOINT)
    monkeypatch.setattr("toolchain.local.stack.DataPath.serve", lambda *_: False)
    return LocalStack(Project(tmp_path), lambda _: None)


def prepared(local: LocalStack, operation: Operation) -> Path:
    return local.prepare(operation, Mode.EMULATOR, {}, None)


def salted(folder: Path) -> Path:
    """Return the stack's file with the salt that the engine adds in its first run."""
    file = folder / "Pulumi.local.yaml"
    file.write_text(f"encryptionsalt: {SALT}\n{file.read_text()}")
    return file


def content(folder: Path) -> dict[str, Any]:
    return yaml.safe_load((folder / "Pulumi.local.yaml").read_text())


@pytest.mark.parametrize("operation", [Operation.OUTPUTS, Operation.REPAIR, Operation.PREVIEW])
def test_what_changes_nothing_leaves_the_files_of_a_running_up(local: LocalStack, operation: Operation) -> None:
    file = salted(prepared(local, Operation.UP))
    before = file.read_text()
    assert ENDPOINT in before
    folder = prepared(local, operation)
    assert folder != file.parent
    assert file.read_text() == before
    assert content(folder)["encryptionsalt"] == SALT


def test_a_preview_gets_the_emulator_and_a_first_up_gets_the_salt_of_the_preview(local: LocalStack) -> None:
    previewed = prepared(local, Operation.PREVIEW)
    assert content(previewed)["config"]["shop:aws"]["endpoint_url"] == ENDPOINT
    salted(previewed)
    assert content(prepared(local, Operation.UP))["encryptionsalt"] == SALT


def test_a_destroy_that_may_still_be_refused_leaves_the_tasks(
    local: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[str] = []
    monkeypatch.setattr("toolchain.local.stack.DataPath.stop", lambda _: stopped.append("stopped"))
    prepared(local, Operation.DESTROY)
    assert stopped == []
    local.end_tasks()
    assert stopped == ["stopped"]


OUTPUTS = {"site_url": "https://shop.test", "api_url": "https://shop.test/api", "vpc_id": "vpc-1"}


def test_tls_is_remembered_until_it_is_ended(local: LocalStack) -> None:
    assert local.told_of_tls(OUTPUTS) == []
    local.set_tls(wanted=None)
    assert not local.tls.is_on
    for wanted, is_on in ((True, True), (None, True), (False, False), (None, False)):
        local.set_tls(wanted=wanted)
        prepared(local, Operation.UP)
        assert local.tls.is_on is is_on


def test_tls_outlives_an_emulator_that_has_ended_and_goes_with_the_stack(
    local: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    local.set_tls(wanted=True)
    local.tls.authority.write_text("kept")
    local.remember(Mode.EMULATOR)
    monkeypatch.setattr("toolchain.local.stack.Emulator.endpoint", lambda _: None)
    monkeypatch.setattr("toolchain.local.stack.Emulator.start", lambda _: ENDPOINT)
    prepared(local, Operation.UP)
    assert local.begins_anew.exists()
    assert local.tls.authority.read_text() == "kept"
    local.remove()
    assert not local.tls.folder.exists()


def test_the_addresses_that_open_on_this_machine_are_told(local: LocalStack) -> None:
    assert local.told_of_edge(OUTPUTS) == []
    folder = local.directory / "datapath"
    folder.mkdir(parents=True)
    Addresses(folder, "edge").serve("edge.localhost", 80, 8400)
    told = "On this machine: http://shop.test.localhost:8400, http://shop.test.localhost:8400/api"
    assert local.told_of_edge(OUTPUTS) == [told]
    assert local.told_of_edge({}) == []


def test_the_addresses_with_tls_are_told_with_the_authority(local: LocalStack) -> None:
    local.set_tls(wanted=True)
    folder = local.directory / "datapath"
    folder.mkdir()
    assert local.told_of_tls(OUTPUTS) == [
        f"TLS is on, but the edge does not listen with it: the log {local.data_path_log} says why"
    ]
    Addresses(folder, "edge").serve("edge.localhost", 443, 8443)
    addresses, trust = local.told_of_tls(OUTPUTS)
    assert addresses == "With TLS: https://shop.test.localhost:8443, https://shop.test.localhost:8443/api"
    assert trust.startswith(f"Their certificates are signed by {local.directory / 'tls' / 'ca.pem'}, which ends with")
    assert local.told_of_tls({})[0] == "With TLS: https://127.0.0.1:8443"


def test_an_edge_that_is_just_starting_is_waited_for(local: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    local.set_tls(wanted=True)
    folder = local.directory / "datapath"
    folder.mkdir()
    monkeypatch.setattr(
        "toolchain.local.stack.time.sleep", lambda _: Addresses(folder, "edge").serve("edge.localhost", 443, 8443)
    )
    assert local.told_of_tls(OUTPUTS, 60)[0].startswith("With TLS: https://shop.test.localhost:8443")


def test_plugs_of_authorizers_are_remembered_and_a_wrong_one_is_refused_at_once(
    local: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "stack_plugs.py").write_text("def who(event):\n    return {}\n")
    monkeypatch.setenv("LOCAL_AUTHORIZERS", "who=stack_plugs:who")
    prepared(local, Operation.UP)
    monkeypatch.delenv("LOCAL_AUTHORIZERS")
    prepared(local, Operation.UP)
    option = Authorizers.beside(local.directory / "datapath")
    assert option.targets() == {"who": "stack_plugs:who"}
    monkeypatch.setenv("LOCAL_AUTHORIZERS", "who=stack_plugs:whom")
    with pytest.raises(ToolchainError, match="who=stack_plugs:whom: the module has no function whom"):
        prepared(local, Operation.UP)
    prepared(local, Operation.OUTPUTS)
    monkeypatch.setenv("LOCAL_AUTHORIZERS", "")
    prepared(local, Operation.UP)
    assert option.targets() == {}
