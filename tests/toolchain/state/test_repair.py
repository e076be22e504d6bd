"""Pending operations of a killed run: removed on the local stack, explained for stacks in AWS."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from toolchain.driver import Run
from toolchain.modes import Mode
from toolchain.state import repair

URN = "urn:pulumi:dev::shop::spot-platform:index:Vpc$aws:ec2/vpc:Vpc::main"
PENDING = {"resources": [], "pending_operations": [{"type": "creating", "resource": {"urn": URN}}]}


class Pulumi:
    """A Pulumi command line that exports and imports a state."""

    def __init__(self, deployment: dict[str, Any]) -> None:
        self.deployment = deployment

    def run(self, arguments: list[str], _directory: str, _environment: dict[str, str]) -> Any:
        assert "--show-secrets" not in arguments
        if arguments[:2] == ["stack", "export"]:
            return SimpleNamespace(stdout=json.dumps({"version": 3, "deployment": self.deployment}))
        assert arguments[:3] == ["stack", "import", "--file"]
        self.deployment = json.loads(Path(arguments[3]).read_text())["deployment"]
        return SimpleNamespace(stdout="")


def run_on(stack: str, pulumi: Pulumi) -> Run:
    workspace = SimpleNamespace(pulumi_command=pulumi, work_dir=".", env_vars={})
    selected: Any = SimpleNamespace(name=stack, workspace=workspace)
    return Run(stack=selected, mode=Mode.AWS, policy_packs=[])


@pytest.mark.parametrize(("stack", "left"), [("local", 0), ("dev", 1)])
def test_before_a_change_they_are_forgotten_locally_and_explained_otherwise(stack: str, left: int) -> None:
    pulumi, said = Pulumi(PENDING), []
    repair.handle_pending(run_on(stack, pulumi), said.append)
    assert len(pulumi.deployment["pending_operations"]) == left
    assert "killed during 1 operation" in said[0]
    assert (f"  creating Vpc main ({URN})" in said) == bool(left)
    assert any("'python -m toolchain repair dev'" in line for line in said) == bool(left)


def test_a_state_that_has_been_read_is_not_read_again() -> None:
    said: list[str] = []
    repair.handle_pending(run_on("dev", Pulumi({})), said.append, PENDING)
    assert f"  creating Vpc main ({URN})" in said
    said.clear()
    repair.handle_pending(run_on("dev", Pulumi(PENDING)), said.append, {})
    assert said == []


def test_nothing_is_said_without_any() -> None:
    said: list[str] = []
    repair.handle_pending(run_on("dev", Pulumi({})), said.append)
    assert said == []


@pytest.mark.parametrize(("agrees", "left"), [(True, 0), (False, 1)])
def test_they_are_forgotten_when_the_user_agrees(agrees: bool, left: int) -> None:
    pulumi, said = Pulumi(PENDING), []
    assert repair.repair(run_on("dev", pulumi), said.append, lambda: agrees) == agrees
    assert len(pulumi.deployment["pending_operations"]) == left
    assert ("up dev --refresh" in said[-1]) == agrees


def test_a_whole_state_needs_no_repair() -> None:
    said: list[str] = []
    assert repair.repair(run_on("dev", Pulumi({})), said.append, lambda: pytest.fail("it asked"))
    assert said == ["The state of dev is whole, and no operation is pending"]
