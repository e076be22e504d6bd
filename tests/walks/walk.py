"""Changes a stack by random edits of its settings, and reports steps at which preview and up disagree or fail.

    make walk OPTIONS="--steps 500 --seed 7"
    make walk OPTIONS="--steps 10 --emulator"
    make walk OPTIONS="--steps 0 --edit 'vpc.nat=\"single\"' --edit 'vpc.nat=\"per-az\"; vpc.zones=3'"

Each step changes one to three settings. `up` must make the changes that the preview named, or a smaller change where
the preview could not know a value. A second preview must be empty, and nothing may fail.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.engine.conftest import WRITES_STATE_AT_END, Checkout, copied
from tests.walks.edits import Config, Edit, draw, parsed, with_edits
from tests.walks.start import START
from toolchain.emulator.process import Emulator

OPERATION = Path(__file__).with_name("operation.py")
LESS = {
    "replace": {"update", "same"},
    "update": {"same"},
    "create": set[str](),
    "delete": set[str](),
    "same": set[str](),
}
"""Change that a preview named -> smaller changes that `up` may make instead, as a preview does not know all values."""


@dataclass
class Outcome:
    """The result of a step.

    Attributes:
        edits: The edits of the step.
        problems: What went wrong; empty for a successful step.
        refusals: Policies that refused the step before any change was made; empty if none did.
        changes: Kind of change -> number of resources that `up` changed in this way.
        seconds: Duration of the step.
    """

    edits: list[Edit]
    problems: list[str] = field(default_factory=list[str])
    refusals: list[str] = field(default_factory=list[str])
    changes: Counter[str] = field(default_factory=Counter[str])
    seconds: float = 0.0

    def __str__(self) -> str:
        made = ", ".join(f"{count} {change}" for change, count in sorted(self.changes.items())) or "nothing to change"
        result = f"refused by {', '.join(self.refusals)}" if self.refusals else made
        lines = [f"{'; '.join(map(str, self.edits))}: {result} ({self.seconds:.0f} s)".removeprefix(": ")]
        return "\n".join([*lines, *(f"    {problem}" for problem in self.problems)])


def judged(done: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """Return the problems and the refusals of a step, from the results that `operation.py` wrote."""
    problems: list[str] = []
    last = done[-1]
    if not last["succeeded"]:
        if len(done) == 1 and last["refusals"]:
            return [], last["refusals"]
        said = "; ".join(" ".join(error.split())[:500] for error in last["errors"])
        return [f"{last['operation']} number {len(done)} failed: {said} {last['refusals'] or ''}".rstrip()], []
    planned, made, after = (each["changes"] for each in done)
    problems += [
        f"up: {_named(urn)} {change}, and the preview said {planned.get(urn, 'same')}"
        for urn, change in _unplanned(planned, made)
    ]
    problems += [
        f"preview: {_named(urn)} {change}, and up did nothing"
        for urn, change in planned.items()
        if urn not in made and "same" not in LESS[change]
    ]
    differences = last.get("differences", {})
    problems += [
        f"the preview afterwards: {_named(urn)} {change} {', '.join(differences.get(urn, []))}".rstrip()
        for urn, change in after.items()
    ]
    return problems, []


def _unplanned(planned: Mapping[str, str], made: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        (urn, change)
        for urn, change in made.items()
        if (before := planned.get(urn, "same")) != change and change not in LESS[before]
    ]


def _named(urn: str) -> str:
    return "::".join(urn.split("::")[2:]).rpartition("$")[2]


class Walk:
    """A walk in its own checkout."""

    def __init__(self, checkout: Checkout, seed: int, *, emulator: bool) -> None:
        self._checkout = checkout
        self._chance = random.Random(seed)
        self._mode = "emulator" if emulator else "offline"
        self.config: Config = START

    def begin(self) -> Outcome:
        """Create the stack with the first configuration."""
        return self._go([], self.config)

    def step(self) -> Outcome:
        """Change one to three settings at random; if policies refuse the change, keep the old settings."""
        return self._take(*draw(self.config, self._chance))

    def change(self, edits: list[Edit]) -> Outcome:
        """Apply these edits."""
        return self._take(edits, with_edits(self.config, edits))

    def _take(self, edits: list[Edit], config: Config) -> Outcome:
        outcome = self._go(edits, config)
        if not outcome.refusals:
            self.config = config
        return outcome

    def end(self) -> Outcome:
        """Destroy the stack."""
        started = time.monotonic()
        destroyed = self._checkout.run("destroy", "local")
        Emulator(self._checkout.root / ".platform" / "local").stop()
        said = f"destroy failed: {destroyed.stdout[-2000:]} {destroyed.stderr[-2000:]}"
        problems = [said] if destroyed.returncode != 0 else []
        return Outcome([], problems, seconds=time.monotonic() - started)

    def _go(self, edits: list[Edit], config: Config) -> Outcome:
        self._checkout.configure("local", lambda content: _replace(content, config))
        result, started = self._checkout.root / "walk.json", time.monotonic()
        result.unlink(missing_ok=True)
        run = subprocess.run(
            [sys.executable, "-P", str(OPERATION), str(result), self._mode],
            cwd=self._checkout.root,
            env=self._checkout.environment | {"PYTHONPATH": str(self._checkout.root)},
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - started
        if not result.is_file():
            return Outcome(edits, [f"no operation began: {run.stdout[-500:]} {run.stderr[-1500:]}"], seconds=seconds)
        done = json.loads(result.read_text(encoding="utf-8"))
        problems, refusals = judged(done)
        changes = Counter[str](done[1]["changes"].values()) if len(done) > 1 else Counter[str]()
        return Outcome(edits, problems, refusals, changes, seconds)


def _replace(content: dict[str, Any], config: Config) -> None:
    content.clear()
    content.update({f"spot-platform:{key}": value for key, value in config.items()})


def environment(folder: Path, *, emulator: bool) -> dict[str, str]:
    """Return the environment of a walk's runs: without AWS variables, and offline also without Pulumi's."""
    dropped = ("AWS_",) if emulator else ("AWS_", "PULUMI_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped) and name != "PYTHONPATH"}
    kept.pop("PULUMI_BACKEND_URL", None)
    kept |= WRITES_STATE_AT_END
    if emulator:
        return kept
    return kept | {
        "PULUMI_HOME": str(folder / "pulumi-home"),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def main(arguments: list[str]) -> int:
    """Walk, print each step, and return 1 if a step went wrong, otherwise 0."""
    parser = argparse.ArgumentParser(
        prog="make walk", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=500, help="how many (500)")
    parser.add_argument("--seed", type=int, default=1, help="where the choices come from (1)")
    parser.add_argument(
        "--emulator", action="store_true", help="with the real provider against the emulator: a minute a step"
    )
    parser.add_argument(
        "--edit",
        action="append",
        type=parsed,
        default=[],
        help="a step that is not drawn but given, as a walk prints it; these come first, and can be several",
    )
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="walk-") as folder:
        checkout = copied(Path(folder) / "checkout", environment(Path(folder), emulator=given.emulator))
        walk = Walk(checkout, given.seed, emulator=given.emulator)
        outcomes: list[Outcome] = []
        try:
            outcomes.append(walk.begin())
            print(f"0. {outcomes[0]}", flush=True)
            steps = [*(partial(walk.change, edits) for edits in given.edit), *[walk.step] * given.steps]
            for number, step in enumerate(steps, 1):
                if _is_stuck(outcomes):
                    break
                outcomes.append(step())
                print(f"{number}. {outcomes[-1]}", flush=True)
        except KeyboardInterrupt:
            print("interrupted: destroying the stack", flush=True)
        finally:
            ended = walk.end()
            if ended.problems:
                print(ended, flush=True)
    wrong = [outcome for outcome in [*outcomes, ended] if outcome.problems]
    refused = [outcome for outcome in outcomes if outcome.refusals]
    total = Counter[str]()
    for outcome in outcomes[1:]:
        total += outcome.changes
    keys = [edit.key for outcome in outcomes for edit in outcome.edits]
    print(
        f"seed {given.seed}: {max(len(outcomes) - 1, 0)} steps, {len(keys)} edits of {len(set(keys))} different settings, "
        f"{dict(sorted(total.items()))}; {len(refused)} refused by policies, {len(wrong)} wrong"
    )
    return min(len(wrong), 1)


def _is_stuck(outcomes: list[Outcome]) -> bool:
    """Check whether the last three steps failed: then the stack cannot recover."""
    last = outcomes[-3:]
    return len(last) == 3 and all(each.problems for each in last)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
