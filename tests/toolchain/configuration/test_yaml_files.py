"""Untrusted YAML files have limits of size, depth and expansion."""

from pathlib import Path

import pytest

from tests import odd_files
from toolchain.configuration.yaml_files import MOST_BYTES, read_yaml
from toolchain.errors import ToolchainError

LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LAUGHS, "it holds more than 100000 values"),
        ("a: " + "[" * 3000 + "]" * 3000, "it is nested deeper than 50 levels"),
        ("#" * (MOST_BYTES + 1), "it is longer than 1024 KiB"),
        ("a: [", "flow node"),
        ("a: \x00", "control characters are not allowed"),
        ("a: &a [*a]\nconfig: {tags: *a}\n", r"line 1: the alias \*a is inside its own value$"),
        ("config:\n  tags: &a\n    b: {<<: *a}\n", r"line 3: the alias \*a is inside its own value$"),
    ],
)
def test_a_hostile_file_is_refused_in_one_line(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(text)
    with pytest.raises(ToolchainError, match=rf"^Pulumi\.dev\.yaml cannot be read: .*{reason}") as error:
        read_yaml(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\nruntime: python\nname: b\n", "name is there twice, in lines 1 and 3"),
        (
            "config:\n  shop:database:\n    multi_az: true\n  shop:api: {}\n  shop:database: {}\n",
            "config.shop:database is there twice, in lines 2 and 5",
        ),
        ("config:\n  shop:a:\n    - {b: 1,\n       b: 2}\n", "config.shop:a[0].b is there twice, in lines 3 and 4"),
        ('config: {"a": 1, a: 2}\n', "config.a is there twice, in line 1"),
        ("a: &a {b: 1, b: 2}\nc: *a\n", "a.b is there twice, in line 1"),
        ("a: {<<: {b: 1}, <<: {b: 2}}\n", "a.<< is there twice, in line 1"),
        ('"a\\e[2J": 1\n"a\\e[2J": 1\n', "a\\x1b[2J is there twice, in lines 1 and 2"),
    ],
)
def test_a_key_that_is_there_twice_is_refused_with_both_lines(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(text)
    with pytest.raises(ToolchainError) as error:
        read_yaml(path)
    assert str(error.value) == f"Pulumi.dev.yaml cannot be read: {said}: keep one of them"


def test_what_looks_alike_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: {b: 1}\nc: {b: 1}\n1: x\n'1': y\nd: [{b: 1}, {b: 1}]\ne: &e {b: 1}\nf: [*e, *e]\n")
    assert read_yaml(path)["f"] == [{"b": 1}, {"b": 1}]


@pytest.mark.parametrize(("kind", "reason"), odd_files.REASONS.items())
def test_what_is_no_file_is_refused(tmp_path: Path, kind: str, reason: str) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    odd_files.make(path, kind)
    with pytest.raises(ToolchainError, match=rf"^Pulumi\.dev\.yaml cannot be read: {reason}$"):
        read_yaml(path)


def test_aliases_may_be_used(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text("base: &base {a: 1}\nother: *base\nthird: {<<: *base, b: 2}\n")
    assert read_yaml(path) == {"base": {"a": 1}, "other": {"a": 1}, "third": {"a": 1, "b": 2}}


def test_an_empty_file_is_an_empty_mapping(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("")
    assert read_yaml(tmp_path / "x.yaml") == {}
