"""Reads the configuration of the repository's stacks, and changes it for tests."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

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
