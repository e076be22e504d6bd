"""Times ``preview prod --offline`` in turns with its counterpart in AWS CDK, and with another checkout of this project.

    npm --prefix tests/benchmarks/cdk install
    python -m tests.benchmarks.preview --runs 7 --checkout ../before

The commands run in turns, so that other work on the machine affects all of them. The medians of CPU time (of all
processes) vary less than those of wall-clock time.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PEER = Path(__file__).parent / "cdk"


@dataclass
class Command:
    """A command to time, and the seconds that its runs took."""

    name: str
    arguments: list[str]
    folder: Path
    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Run the command once, and discard its output."""
        # A user's shell does not have this variable. With it, Python would compile this project's modules in each run.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(self.arguments, cwd=self.folder, env=environment, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.wall.append(time.perf_counter() - began)
        self.processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _commands(checkout: Path | None, output: str) -> list[Command]:
    preview = [sys.executable, "-m", "toolchain", "preview", "prod", "--offline"]
    commands = [Command("preview prod --offline", preview, ROOT)]
    if checkout is not None:
        commands.append(Command(f"the same in {checkout}", preview, checkout))
    cdk = PEER / "node_modules" / ".bin" / "cdk"
    if cdk.exists():
        commands.append(Command("cdk synth, with cdk-nag", [str(cdk), "synth", "--quiet", "--output", output], PEER))
    else:
        print("without CDK: run 'npm install' in tests/benchmarks/cdk first")
    return commands


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="how often each command is timed")
    parser.add_argument("--checkout", type=Path, help="another checkout of this project to compare with")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as output:
        commands = _commands(options.checkout, output)
        for command in commands:
            command.run()  # a first run, to fill caches
            command.wall.clear()
            command.processor.clear()
        for _ in range(options.runs):
            for command in commands:
                command.run()
    ours = commands[0]
    print(f"{'medians of ' + str(options.runs) + ' runs in turns':40} {'wall s':>8} {'CPU s':>8} {'ratio':>14}")
    for command in commands:
        wall, processor = statistics.median(command.wall), statistics.median(command.processor)
        ratios = (
            statistics.median(mine / other for mine, other in zip(ours.wall, command.wall, strict=True)),
            statistics.median(mine / other for mine, other in zip(ours.processor, command.processor, strict=True)),
        )
        print(f"{command.name[:40]:40} {wall:8.2f} {processor:8.2f} {ratios[0]:6.2f} {ratios[1]:6.2f}")


if __name__ == "__main__":
    main()
