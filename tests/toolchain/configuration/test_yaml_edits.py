"""A change of one value in a stack's file keeps the rest of the file, with its comments."""

from pathlib import Path

import pytest
import yaml

from toolchain.configuration.yaml_edits import with_value

ROOT = Path(__file__).parents[3]
PATH = ("config", "service", "image")
IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/api@sha256:" + "a" * 64


@pytest.mark.parametrize("file", sorted(ROOT.glob("Pulumi.*.yaml")), ids=lambda file: file.name)
def test_a_stack_file_gets_an_image_and_loses_it_again(file: Path) -> None:
    before = file.read_text()
    changed = with_value(before, PATH, IMAGE)
    added = [line for line in changed.splitlines() if line not in before.splitlines()]
    assert added == [f"    image: {IMAGE}"]
    assert yaml.safe_load(changed)["config"]["service"]["image"] == IMAGE
    assert with_value(changed, PATH, None) == before
    assert with_value(with_value(changed, PATH, "x:1"), PATH, IMAGE) == changed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "config:\n  service:\n    image: a:1\n"),
        ("name: x", "name: x\nconfig:\n  service:\n    image: a:1\n"),
        ("config:\n  name: x\n", "config:\n  service:\n    image: a:1\n  name: x\n"),
        ("config:\n    service:\n        cpu: 1 # why\n", "config:\n    service:\n        image: a:1\n        cpu: 1 # why\n"),
        ("config:\n  service:\n    # old\n    image: b:2 # why\n    cpu: 1\n", "config:\n  service:\n    # old\n    image: a:1 # why\n    cpu: 1\n"),
        ("config:\n  service:\n    image: 'b:2'\n", "config:\n  service:\n    image: a:1\n"),
        ("config:\n  service: {image: b:2, cpu: 1}\n", "config:\n  service: {image: a:1, cpu: 1}\n"),
        ("config:\n", "config:\n  service:\n    image: a:1\n"),
    ],
)  # fmt: skip
def test_a_value_is_put_in(text: str, expected: str) -> None:
    assert with_value(text, PATH, "a:1") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("config:\n  service:\n    image: a:1 # now\n    cpu: 1\n", "config:\n  service:\n    cpu: 1\n"),
        ("config:\n  name: x\n  service:\n    image: a:1\n  vpc: 1\n", "config:\n  name: x\n  vpc: 1\n"),
        ("config:\n  name: x\n", "config:\n  name: x\n"),
        ("config:\n  service:\n    image: a:1\n", ""),
        ("# ours\nconfig:\n  service:\n    image: a:1\n", "# ours\n"),
    ],
)
def test_a_value_is_taken_out(text: str, expected: str) -> None:
    assert with_value(text, PATH, None) == expected


@pytest.mark.parametrize(
    "text", ["config: {service: {cpu: 1}}\n", "config:\n  service: &a\n    cpu: 1\n  other: *a\n", "config: [1]\n"]
)
def test_what_only_people_can_change_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"config.service.image cannot be changed .* by hand"):
        with_value(text, PATH, "a:1")
