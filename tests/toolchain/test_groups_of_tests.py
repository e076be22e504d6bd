"""The tests of a file, and the files of a group, are given to one worker, which shares what they need."""

import os
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

CONFTEST = Path(__file__).parents[1] / "distribution.py"

TESTS = """
import os
import pathlib

import pytest

{mark}


@pytest.mark.parametrize("number", range(4))
def test_who_runs_it(number):
    worker = os.environ["PYTEST_XDIST_WORKER"]
    pathlib.Path(__file__).with_name(f"{{pathlib.Path(__file__).stem}}-{{number}}.ran").write_text(worker)
"""
GROUPS = {"a": "one", "b": "one", "c": "two", "d": "two", "e": None, "f": None}
"""Test file -> its group."""


def test_a_group_of_files_and_a_file_are_run_by_one_worker(tmp_path: Path) -> None:
    shutil.copy(CONFTEST, tmp_path / "conftest.py")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = xdist_group\n", encoding="utf-8")
    for name, group in GROUPS.items():
        alone = f'pytestmark = pytest.mark.xdist_group("{group}")'
        in_list = f'pytestmark = [\n    pytest.mark.xdist_group("{group}"),\n    pytest.mark.timeout(60),\n]'
        mark = "" if group is None else in_list if name == "b" else alone
        (tmp_path / f"test_{name}.py").write_text(TESTS.format(mark=mark), encoding="utf-8")

    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:schemathesis", "-n", "2", "--dist", "loadgroup", "."]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)

    workers: dict[str, list[str]] = defaultdict(list)
    for name, group in GROUPS.items():
        workers[group or name] += [ran.read_text() for ran in sorted(tmp_path.glob(f"test_{name}-*.ran"))]
    assert {group: len(ran) for group, ran in workers.items()} == {"one": 8, "two": 8, "e": 4, "f": 4}
    assert {group: len(set(ran)) for group, ran in workers.items()} == dict.fromkeys(workers, 1)
    assert len({worker for ran in workers.values() for worker in ran}) == 2
