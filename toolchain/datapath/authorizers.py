"""The local stack's plugs: Python functions that replace the Lambda functions of API Gateway's authorizers."""

import importlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, cast

from toolchain.errors import ToolchainError
from toolchain.system.files import write_whole

VARIABLE: Final = "LOCAL_AUTHORIZERS"
"""Environment variable of ``make up`` that names the plugs: ``AUTHORIZER=MODULE:FUNCTION``, separated by commas."""

Plug = Callable[[dict[str, Any]], dict[str, Any]]
"""A Python function that replaces an authorizer's Lambda function: same event, same return value. It raises
`PermissionError` for "Unauthorized"."""


@dataclass(frozen=True)
class Authorizers:
    """The file that keeps which plugs the stack has.

    The file is beside the data path's folder, not inside it: so the plugs outlive an emulator that has ended.
    """

    file: Path

    @classmethod
    def beside(cls, data_path: Path) -> Self:
        """Return the plugs of the stack whose data path has this folder."""
        return cls(data_path.with_name("authorizers.json"))

    def choose(self, text: str | None) -> None:
        """Check plugs and keep them; a running edge loads them, and their code, again.

        Args:
            text: Value of `VARIABLE`; None to keep the plugs as they are, empty for none from now on.

        Raises:
            ToolchainError: The text is wrong, or names a function that cannot be loaded.
        """
        targets = self.targets() if text is None else parsed(text)
        for name, target in targets.items():
            try:
                loaded(target)
            except PlugError as error:
                kept = f"; an earlier 'make up' named it, 'make up {VARIABLE}=' forgets it" if text is None else ""
                raise ToolchainError(f"{VARIABLE}: {name}={target}: {error}{kept}") from error
        if targets:
            write_whole(self.file, json.dumps(targets))
        else:
            self.file.unlink(missing_ok=True)

    def targets(self) -> dict[str, str]:
        """Return the plugs: name of an authorizer -> ``MODULE:FUNCTION``; empty without a file."""
        try:
            kept = json.loads(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return {str(name): str(target) for name, target in kept.items()}

    def version(self) -> tuple[int, int] | None:
        """Return a value that changes whenever plugs are chosen; None without a file."""
        try:
            about = self.file.stat()
        except FileNotFoundError:
            return None
        return about.st_ino, about.st_mtime_ns


class PlugError(Exception):
    """A plug cannot be loaded."""


def parsed(text: str) -> Mapping[str, str]:
    """Parse the value of `VARIABLE`.

    Args:
        text: Such as ``login=examples.authorizers:login``.

    Returns:
        Name of an authorizer -> ``MODULE:FUNCTION``.

    Raises:
        ToolchainError: An entry has another form.
    """
    found: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, target = entry.partition("=")
        module, _, function = target.partition(":")
        if not (name.strip() and module and function.isidentifier()):
            raise ToolchainError(
                f"{VARIABLE}: {entry!r} must be AUTHORIZER=MODULE:FUNCTION, such as login=examples.authorizers:login"
            )
        found[name.strip()] = target
    return found


def loaded(target: str) -> Plug:
    """Import a plug, and its module anew if it was imported before.

    Args:
        target: ``MODULE:FUNCTION``.

    Raises:
        PlugError: The module cannot be imported, or has no such function.
    """
    module, _, function = target.partition(":")
    sys.modules.pop(module, None)
    importlib.invalidate_caches()
    try:
        found = getattr(importlib.import_module(module), function, None)
    except Exception as error:  # the module is the user's, and may raise anything
        raise PlugError(f"the module cannot be imported: {type(error).__name__}: {error}") from error
    if not callable(found):
        raise PlugError(f"the module has no function {function}")
    return cast("Plug", found)
