"""A command as another user, who sees nothing of closed folders but what it needs."""

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
    (closed / "own").mkdir()
    (closed / "own" / "file").write_text("seen")
    os.chown(closed / "own", 1001, 1001)
    look = (
        "import os, pathlib, sys; closed = pathlib.Path(sys.argv[1]); (closed / 'own' / 'new').write_text('x'); "
        "print(os.getuid(), os.getgid(), sorted(p.name for p in closed.iterdir()), (closed / 'own' / 'file').read_text(), "
        "pathlib.Path.cwd().name)"
    )
    paths = [closed / "own", Path(sys.base_prefix), Path(sys.prefix)]
    command = as_user([sys.executable, "-c", look, str(closed)], User(1001, 1001), paths, closed / "own")
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    assert shown.stdout.strip() == "1001 1001 ['own'] seen own", shown.stderr
    assert (closed / "own" / "new").stat().st_uid == 1001
    assert sorted(path.name for path in closed.iterdir()) == ["own", "secret"]
