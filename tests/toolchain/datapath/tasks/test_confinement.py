"""A command that runs as another user, and sees only the necessary parts of closed folders."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from toolchain.datapath.tasks.confinement import User, as_user, can_change_user, parse_user


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("1001:1002", User(1001, 1002)),
        ("1001", User(1001, 1001)),
        ("", None),
        ("nobody", None),
        ("1001:staff", User(1001, 1001)),
    ],
)
def test_a_user_is_read_by_number(text: str, user: User | None) -> None:
    assert parse_user(text) == user


@pytest.mark.skipif(not can_change_user(), reason="only root can, where mount namespaces may be made")
def test_a_command_runs_as_the_user_and_sees_only_its_folders(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "secret").write_text("hidden")
    own = closed / "between" / "own"
    own.mkdir(parents=True)
    (own / "file").write_text("seen")
    os.chown(own, 1001, 1001)
    look = (
        "import os, pathlib, sys; closed = pathlib.Path(sys.argv[1]); (closed / 'between' / 'own' / 'new').write_text('x'); "
        "print(os.getuid(), os.getgid(), sorted(p.name for p in closed.iterdir()), (closed / 'between' / 'own' / 'file').read_text(), "
        "pathlib.Path.cwd().name)"
    )
    paths = [own, Path(sys.base_prefix), Path(sys.prefix)]
    command = as_user([sys.executable, "-c", look, str(closed)], User(1001, 1001), paths, own)
    # The toolchain runs with this umask.
    shown = subprocess.run(command, capture_output=True, text=True, check=False, umask=0o077)
    assert shown.stdout.strip() == "1001 1001 ['between'] seen own", shown.stderr
    assert (own / "new").stat().st_uid == 1001
    assert sorted(path.name for path in closed.iterdir()) == ["between", "secret"]
