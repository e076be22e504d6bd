"""Previews programs in any folders with the Pulumi engine and the offline provider.

    python preview.py STATE FOLDER...

The programs run in the interpreter of this script, so that a test can choose the installed packages. They run one after
the other in one process: importing the AWS package takes longer than all the rest of a preview.
Each FOLDER has a program's ``__main__.py``. STATE is an empty folder. ``PATH`` must have the engine and the offline
provider. The script prints the resources of each program in a line of JSON: a list of pairs of type and name.
"""

import json
import runpy
import sys
from pathlib import Path

from pulumi import automation

ACCOUNT, REGION = "111122223333", "eu-west-1"


def resources_of(folder: Path, state: Path) -> list[tuple[str, str]]:
    """Preview the program of a folder, with an empty folder for its state."""
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
    return made


def main(state: Path, *folders: Path) -> None:
    """Preview the programs and print their resources."""
    for number, folder in enumerate(folders):
        own = state / str(number)
        own.mkdir()
        print(json.dumps(resources_of(folder, own)))


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
