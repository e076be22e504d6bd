"""Creates a stack for a single preview, without calling the engine and without changing the user's home folder."""

import json
from pathlib import Path

from pulumi.automation import LocalWorkspace

from toolchain.offline.real_plugin import plugins_folder


class ThrowawayWorkspace(LocalWorkspace):
    """A workspace whose stack `write_empty_state` creates, because ``pulumi stack init`` takes half a second."""

    def create_stack(self, stack_name: str) -> None:
        """Do nothing: `write_empty_state` has already created the stack."""


def write_empty_state(backend: Path, project: str, stack: str) -> None:
    """Write the state of a stack without resources, in the format of the engine's file backend.

    The format is state version 3, in the layout with a folder for each project. All later versions of the engine read
    it.

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
    """Create an engine home (``PULUMI_HOME``) for one run, with a link to the user's plugins; return its folder.

    In it, ``logs`` is a file, so the engine cannot write its log of the run. Writing the log takes a quarter of the
    engine's time, and nobody could read it: it is encrypted with the passphrase of the throwaway stack.

    Args:
        folder: The folder to create; it must not exist.
    """
    folder.mkdir()
    (folder / "logs").touch()
    (folder / "plugins").symlink_to(plugins_folder().resolve(), target_is_directory=True)
    return folder
