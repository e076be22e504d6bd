"""Reads a stack's outputs without decrypting its secrets."""

import json
from typing import Any, Final

from pulumi.automation import LocalWorkspace, OutputMap, OutputValue

MASK: Final = "[secret]"
"""What ``pulumi stack output`` prints in place of a secret output's value."""


class MaskedWorkspace(LocalWorkspace):
    """A workspace in which the value of a secret output is `MASK`.

    The base class also asks for the values in plain text. No command of this project shows them, and to decrypt them
    takes a third of a second.
    """

    def stack_outputs(self, stack_name: str) -> OutputMap:
        """Return a stack's outputs by name, with `MASK` as the value of each secret output."""
        command = ["stack", "output", "--json", "--stack", stack_name]
        printed = self.pulumi_command.run(command, self.work_dir, self.env_vars).stdout
        values: dict[str, Any] = json.loads(printed)
        return {name: OutputValue(value=value, secret=value == MASK) for name, value in values.items()}
