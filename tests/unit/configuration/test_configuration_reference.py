"""The reference page and the engine's schema agree with the models."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from configuration.models import model_of
from configuration.profiles import PROFILES
from configuration.reference import EXAMPLE, MARKER, page, project_file
from configuration.stack import StackSettings
from tests.stack_files import from_stack_file

MODEL = model_of(StackSettings)

ROOT = Path(__file__).parents[3]
PROJECT = (ROOT / "Pulumi.yaml").read_text(encoding="utf-8")


def test_the_reference_is_up_to_date() -> None:
    assert (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8") == page(), "run python -m configuration"


def test_the_schema_is_up_to_date() -> None:
    assert project_file(PROJECT) == PROJECT, "run python -m configuration"


def test_what_people_write_above_the_schema_stays() -> None:
    changed = project_file(f"name: other # kept\n{MARKER}config: {{}}\n")
    assert changed.startswith(f"name: other # kept\n{MARKER}config:\n  profile:\n")


def test_the_project_runs_with_the_official_command_line() -> None:
    project = yaml.safe_load(PROJECT)
    assert project["name"] == "spot-platform"
    assert project["runtime"] == {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}


def test_no_key_of_the_schema_is_required_by_the_engine() -> None:
    # For a declared key without a default the engine reports "missing configuration" before the program starts.
    schema: dict[str, dict[str, Any]] = yaml.safe_load(PROJECT)["config"]
    assert list(schema) == list(MODEL.model_fields)
    for name, declared in schema.items():
        assert declared["type"] == ("string" if name in ("profile", "name") else "object")
        assert isinstance(declared["default"], dict if declared["type"] == "object" else str)
        assert declared["description"]


def test_every_key_is_described() -> None:
    text = page()
    for name, field in MODEL.model_fields.items():
        assert field.description or getattr(field.annotation, "__doc__", ""), name
        for key, inner in getattr(field.annotation, "model_fields", {}).items():
            assert inner.description, f"{name}.{key}"
            assert f"| `{key}` |" in text


def test_the_example_is_right(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(EXAMPLE, encoding="utf-8")
    assert from_stack_file(file).service.scheduled_scaling[1].max_tasks == 10


@pytest.mark.parametrize("profile", PROFILES)
def test_profiles_set_what_exists_and_differs(profile: str) -> None:
    for name, values in PROFILES[profile].items():
        section = MODEL.model_fields[name].annotation
        assert section is not None
        for key in values:
            assert key in section.model_fields, f"{profile}: {name}.{key}"
