"""Reads and changes a stack's deployment with the Pulumi command line. Secrets stay encrypted."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from pulumi.automation import Stack

from toolchain.driver import Run


def deployment_of(run: Run) -> dict[str, Any]:
    """Return the stack's deployment: its resources and pending operations; empty for an empty stack."""
    if run.state is not None:
        return run.state.read() or {}
    return cast("dict[str, Any]", exported(run.stack).get("deployment") or {})


def resources_of(deployment: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the resources in a deployment."""
    return cast("list[dict[str, Any]]", deployment.get("resources") or [])


def forget_pending(stack: Stack) -> None:
    """Remove the pending operations of a killed run from the state, without looking for the resources they created."""
    content = exported(stack)
    content["deployment"]["pending_operations"] = []
    with tempfile.TemporaryDirectory(prefix="spot-platform-") as folder:
        file = Path(folder, "deployment.json")
        file.write_text(json.dumps(content), encoding="utf-8")
        _pulumi(stack, "stack", "import", "--file", str(file))


def exported(stack: Stack) -> dict[str, Any]:
    """Return the parsed output of ``pulumi stack export``."""
    # Stack.export_stack would decrypt the secrets.
    return json.loads(_pulumi(stack, "stack", "export"))


def _pulumi(stack: Stack, *arguments: str) -> str:
    workspace = stack.workspace
    command = [*arguments, "--stack", stack.name]
    return workspace.pulumi_command.run(command, workspace.work_dir, workspace.env_vars).stdout
