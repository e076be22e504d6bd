"""Writes copies of a stack's configuration, for runs that must not change the file in the repository."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import yaml

from toolchain.configuration.stack_values import merged_configuration
from toolchain.configuration.yaml_files import read_yaml
from toolchain.project import Project
from toolchain.system.files import write_whole

SECRET_PLACEHOLDER = "a-secret-that-this-run-cannot-read"  # noqa: S105 (it says that there is none)
ENCRYPTION_KEYS = ("secretsprovider", "encryptedkey", "encryptionsalt")


def write_copy(
    project: Project, stack: str, directory: Path, endpoint_url: str | None, earlier: Sequence[Path] = ()
) -> None:
    """Write ``Pulumi.yaml`` and the stack's file into ``directory``, for a run with its own passphrase.

    The copy includes the local stack's own values (see `stack_values`). Each secret becomes a placeholder, because
    secrets that are encrypted for the stack cannot be decrypted with another key. The encryption salt of an earlier
    run is kept, because that run's state is encrypted with it.

    Args:
        project: The project.
        stack: The stack's name.
        directory: The folder to write to; it must exist.
        endpoint_url: The emulator's address; None for a run without emulator.
        earlier: The folders of earlier runs: the salt is taken from the first that has one. If empty, from
            ``directory``.
    """
    copy = directory / f"Pulumi.{stack}.yaml"
    copies = [folder / copy.name for folder in earlier or (directory,)]
    salts = (read_yaml(each).get("encryptionsalt") for each in copies if each.is_file())
    salt = next(filter(None, salts), None)
    settings = {key: value for key, value in project.settings.items() if key not in ("backend", "main")}
    _write(directory / "Pulumi.yaml", {**settings, "runtime": "python"})
    content = read_yaml(project.stack_file(stack))
    kept = {key: value for key, value in content.items() if key not in ENCRYPTION_KEYS}
    configuration = {key: _without_secrets(value) for key, value in merged_configuration(project, stack).items()}
    if endpoint_url is not None:
        key = f"{project.name}:aws"
        aws: Any = configuration.pop("aws", None) or configuration.get(key)
        # A value that is not a mapping stays as it is, and the program refuses it.
        if aws is None or isinstance(aws, dict):
            aws = {**cast("dict[str, Any]", aws or {}), "endpoint_url": endpoint_url}
        configuration[key] = aws
    kept["config"] = configuration
    if salt is not None:
        kept["encryptionsalt"] = salt
    _write(copy, kept)


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        mapping = cast("dict[str, Any]", value)
        if set(mapping) == {"secure"}:
            return SECRET_PLACEHOLDER
        return {key: _without_secrets(item) for key, item in mapping.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in cast("list[Any]", value)]
    return value


def _write(path: Path, content: dict[str, Any]) -> None:
    write_whole(path, yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=False))
