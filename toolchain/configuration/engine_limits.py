"""Refuses in a stack's file what the engine refuses too, with a message that names neither the file nor the key."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from toolchain.errors import ToolchainError
from toolchain.system.printing import visible


def refuse_unreadable(file: Path, content: Mapping[Any, Any]) -> None:
    """Refuse keys that are no text and numbers that JSON does not have.

    Args:
        file: The stack's file, for the message.
        content: Its content, without values that contain themselves.

    Raises:
        ToolchainError: The engine could not read the file. The message has the first problem.
    """
    for problem in _problems(content, "", may_have_other_keys=False):
        raise ToolchainError(f"{visible(file.name)}: {problem}")


def refuse_environment(file: Path, content: Mapping[str, Any]) -> None:
    """Refuse Pulumi ESC environments, for a backend that does not have them: only Pulumi Cloud does.

    Args:
        file: The stack's file, for the message.
        content: Its content.

    Raises:
        ToolchainError: The file has ``environment`` at its top.
    """
    if content.get("environment") not in (None, [], {}):
        raise ToolchainError(
            f"{visible(file.name)}: environment at the top of the file is for Pulumi ESC, which needs Pulumi Cloud as "
            "backend: remove it; the variables of the service are config.service.environment"
        )


def _problems(value: object, path: str, *, may_have_other_keys: bool) -> Iterator[str]:
    if isinstance(value, float) and not math.isfinite(value):
        yield f"{visible(path)}: {value} is not allowed; allowed: a number"
    elif isinstance(value, list):
        for position, item in enumerate(cast("list[object]", value)):
            yield from _problems(item, f"{path}[{position}]", may_have_other_keys=may_have_other_keys)
    elif isinstance(value, dict):
        for key, item in cast("dict[object, object]", value).items():
            place = f"{path}.{key}" if path else str(key)
            if not isinstance(key, str) and not may_have_other_keys:
                yield f"{visible(place)}: the key is no text: put it in quotes"
            # The engine writes a section of the configuration as JSON, in which every key is text.
            yield from _problems(item, place, may_have_other_keys=may_have_other_keys or path == "config")
