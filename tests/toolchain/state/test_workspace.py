"""The workspace asks the engine for outputs once, and never for secrets in plain text."""

import json
from types import SimpleNamespace
from typing import Any

from toolchain.state.workspace import MASK, MaskedWorkspace


def test_secret_outputs_stay_masked(tmp_path):
    asked: list[list[str]] = []

    def run(arguments: list[str], *_: Any) -> SimpleNamespace:
        asked.append(arguments)
        return SimpleNamespace(stdout=json.dumps({"url": "https://shop.example", "token": MASK, "zones": ["a", "b"]}))

    command: Any = SimpleNamespace(run=run, version=None)
    workspace = MaskedWorkspace(
        work_dir=str(tmp_path), pulumi_command=command, env_vars={"PULUMI_SKIP_UPDATE_CHECK": "1"}
    )
    outputs = workspace.stack_outputs("local")
    assert {name: (output.value, output.secret) for name, output in outputs.items()} == {
        "url": ("https://shop.example", False),
        "token": (MASK, True),
        "zones": (["a", "b"], False),
    }
    assert asked == [["stack", "output", "--json", "--stack", "local"]]
