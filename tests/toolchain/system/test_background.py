"""Background processes, which outlive the run that starts them."""

import subprocess
import sys
from pathlib import Path

WRITES = """
import sys
from toolchain.system import background
background.LOG_BYTES = 1000
for number in range(int(sys.argv[1])):
    print(f"line {number}", flush=True)
    background.bound_own_log()
"""


def written(log: Path, lines: int) -> list[str]:
    with log.open("a+b") as file:
        subprocess.run([sys.executable, "-c", WRITES, str(lines)], stdout=file, check=True)
    return log.read_text().splitlines()


def test_a_log_loses_its_older_half_when_it_is_too_long(tmp_path: Path) -> None:
    lines = written(tmp_path / "log", 1000)
    assert lines == [f"line {number}" for number in range(1000 - len(lines), 1000)]
    assert 1000 // 2 <= len("\n".join(lines)) <= 1000


def test_a_short_log_is_whole(tmp_path: Path) -> None:
    assert written(tmp_path / "log", 10) == [f"line {number}" for number in range(10)]


def test_a_pipe_is_no_log() -> None:
    run = subprocess.run([sys.executable, "-c", WRITES, "500"], stdout=subprocess.PIPE, text=True, check=True)
    assert run.stdout.splitlines() == [f"line {number}" for number in range(500)]
