"""Previews a program in any folder with the Pulumi engine and the offline provider.

    python preview.py FOLDER STATE

The program runs in the interpreter of this script, so that a test can choose the installed packages.
FOLDER has the program's ``__main__.py``. STATE is an empty folder. ``PATH`` must have the engine and the offline
provider. The script prints the resources as JSON: a list of pairs of type and name.
"""

import json
import runpy
import sys
from pathlib import Path

from pulumi import automation

ACCOUNT, REGION = "111122223333", "eu-west-1"


def main(folder: Path, state: Path) -> None:
    """Preview the program and print its resources."""
    made: list[tuple[str, str]] = []

    def on_event(event: automation.EngineEvent) -> None:
        if event.resource_pre_event is not None:
            made.append((event.resource_pre_event.metadata.type, event.resource_pre_event.metadata.urn.split("::")[-1]))

    stack = automation.create_or_select_stack(
        "test",
        project_name=folder.name.replace("_", "-"),
        program=lambda: runpy.run_path(str(folder / "__main__.py"), run_name="__main__"),
        opts=automation.LocalWorkspaceOptions(
            env_vars={
                "PULUMI_IGNORE_AMBIENT_PLUGINS": "false",
                "PULUMI_BACKEND_URL": state.as_uri(),
                "PULUMI_CONFIG_PASSPHRASE": "test",
                "PULUMI_HOME": str(state / "home"),
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
            },
        ),
    )
    stack.set_all_config({"account_id": automation.ConfigValue(ACCOUNT), "region": automation.ConfigValue(REGION)})
    stack.preview(on_event=on_event)
    print(json.dumps(made))


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
