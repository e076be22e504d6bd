"""Previews programs in any Python interpreter with the engine and the offline provider."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from toolchain.offline.launcher import write_launchers
from toolchain.setup.pulumi_command import find

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
Preview = Callable[..., list[list[tuple[str, str]]]]


@pytest.fixture(scope="session")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Preview:
    """A function that previews the programs of folders with an interpreter.

    It returns a list for each program: the type and name of each of its resources.
    """
    command = find()
    if command is None:
        pytest.skip("no Pulumi command line here; `make setup` installs it")
    launchers = tmp_path_factory.mktemp("launchers")
    write_launchers(launchers)

    def run(python: Path, *folders: Path, library: Path | None = None) -> list[list[tuple[str, str]]]:
        state = tmp_path_factory.mktemp("state")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
        environment.pop("PYTHONPATH", None)
        if library is not None:
            environment["PYTHONPATH"] = str(library)
        paths = [str(launchers), str(Path(command.command).parent), os.environ["PATH"]]
        done = subprocess.run(
            [str(python), str(HERE / "preview.py"), str(state), *map(str, folders)],
            cwd=state,
            env={**environment, "PATH": os.pathsep.join(paths)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
        assert len(lines) == len(folders), done.stdout
        return [[(kind, name) for kind, name in line] for line in lines]

    return run
