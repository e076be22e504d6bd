"""A stack that a single preview needs: begun without the engine, and without a trace in the user's home."""

import json
from pathlib import Path

from pulumi.automation import LocalWorkspace

from toolchain.offline.real_plugin import plugins_folder


class ThrowawayWorkspace(LocalWorkspace):
    """A workspace whose stack is begun by ``write_empty_state``; ``pulumi stack init`` takes half a second for it."""

    def create_stack(self, stack_name: str) -> None:
        """Leave the stack as it is."""


def write_empty_state(backend: Path, project: str, stack: str) -> None:
    """Write the state of a stack without resources, as the engine does in a backend that is a folder.

    The format is that of state version 3 in the layout with a folder for each project, which the engine of each
    later version reads.

    Args:
        backend: The backend's folder.
        project: The project's name.
        stack: The stack's name.
    """
    folder = backend / ".pulumi" / "stacks" / project
    folder.mkdir(parents=True)
    (backend / ".pulumi" / "meta.yaml").write_text("version: 1\n", encoding="utf-8")
    state = {"version": 3, "checkpoint": {"stack": f"organization/{project}/{stack}", "latest": None}}
    (folder / f"{stack}.json").write_text(json.dumps(state), encoding="utf-8")


def engine_home(folder: Path) -> Path:
    """A home for the engine (``PULUMI_HOME``) that goes with the run, with the plugins of the user's own.

    In it is no room for the log that the engine keeps of each run: encrypted with the stack's passphrase, which is
    forgotten with the stack, it could not be read, and writing it takes a quarter of the engine's time.

    Args:
        folder: What is made; it must not exist.
    """
    folder.mkdir()
    (folder / "logs").touch()
    (folder / "plugins").symlink_to(plugins_folder().resolve(), target_is_directory=True)
    return folder
