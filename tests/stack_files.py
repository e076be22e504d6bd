"""Reads the configuration of the repository's stacks, and changes it for tests."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from configuration.problems import NAMESPACE
from configuration.settings import StackSettings, load

ROOT = Path(__file__).parents[1]
PROJECT = "spot-platform"


def with_namespace(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration by key; as in the engine, a key without a namespace gets the project's."""
    return {key if ":" in key else f"{PROJECT}:{key}": value for key, value in configuration.items()}


def stack_configuration(stack: str) -> dict[str, Any]:
    """Return the configuration of a stack's file by key, with namespaces."""
    return with_namespace(yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))["config"])


def with_sections(configuration: Mapping[str, Any], sections: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with changed values in some sections; a section without values stays as it is.

    Args:
        configuration: The configuration by key, with namespaces.
        sections: Section -> its changed values; or a key outside of sections, such as ``profile`` -> its value.
    """
    changed = dict(configuration)
    for section, values in sections.items():
        key = f"{PROJECT}:{section}"
        if values:
            changed[key] = {**changed.get(key, {}), **values} if isinstance(values, Mapping) else values
    return changed


def as_texts(configuration: Mapping[str, Any]) -> dict[str, str]:
    """Return a configuration in the engine's form, in which every value is text."""
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in configuration.items()}


def from_stack_file(path: Path) -> StackSettings:
    """Read the settings from a stack file, without an engine.

    The size of the file is not limited: the toolchain reads files of other people, and this reads those of tests.

    Args:
        path: Path of ``Pulumi.<stack>.yaml``.

    Raises:
        SettingsError: The configuration is wrong; the message has one line for each problem.
        OSError: The file cannot be read.
        yaml.YAMLError: The file is not YAML.
    """
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    config: dict[str, Any] = content.get("config") or {}
    stack = path.name.removeprefix("Pulumi.").removesuffix(".yaml")
    project = _project(path.with_name("Pulumi.yaml"))
    # As the engine does: a key without a namespace is the project's.
    config = {key if ":" in key else f"{project}:{key}": value for key, value in config.items()}
    return load(stack, {key: _as_text(value) for key, value in config.items()}, _encrypted(config), project)


def _project(path: Path) -> str:
    if not path.is_file():
        return NAMESPACE
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return str(content.get("name") or NAMESPACE)


def _as_text(value: object) -> str:
    if isinstance(value, dict | list | bool):
        return json.dumps(value, default=str)
    return "" if value is None else str(value)


def _encrypted(config: Mapping[str, Any]) -> list[str]:
    return [key for key, value in config.items() if _has_secret(value)]


def _has_secret(value: object) -> bool:
    if isinstance(value, dict):
        mapping = cast("dict[str, object]", value)
        return set(mapping) == {"secure"} or any(map(_has_secret, mapping.values()))
    return isinstance(value, list) and any(map(_has_secret, cast("list[object]", value)))
