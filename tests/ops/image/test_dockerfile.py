"""Parsing of a Dockerfile, and the files of a build context that .dockerignore excludes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.image.dockerfile import DockerfileError, parse
from ops.image.dockerignore import DockerIgnore

FILE = r"""# syntax=docker/dockerfile:1
# a comment
ARG BASE=python:3.13
FROM ${BASE} AS Build
RUN apt-get update \
    # between the lines
    && apt-get install \

    && true
RUN <<EOF
COPY nothing
EOF
FROM build
ENV A="one two" B=$A\ x C='$A'
COPY --from=build --chmod=0755 ["a b", "/x/"]
"""


def test_instructions_stages_and_flags_are_read() -> None:
    file = parse(FILE)
    assert [(stage.base, stage.name) for stage in file.stages] == [("python:3.13", "build"), ("build", None)]
    run, here = file.stages[0].instructions
    assert run.text.split() == ["apt-get", "update", "&&", "apt-get", "install", "&&", "true"]
    assert run.line == 5
    assert here.text == "<<EOF"
    env, copy = file.stages[1].instructions
    assert env.words({"A": "1"}) == ["A=one two", "B=1 x", "C=$A"]
    assert copy.flags == {"from": "build", "chmod": "0755"}
    assert copy.words({}) == ["a b", "/x/"]


def test_build_arguments_win_over_defaults() -> None:
    assert parse(FILE, {"BASE": "node:22"}).stages[0].base == "node:22"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: there is no FROM"),
        ("COPY a b", "line 1: COPY stands before the first FROM"),
        ("FROM a\nCOPPY a b", "line 2: 'COPPY a b' is no instruction"),
        ("FROM a\nCOPY", "line 2: COPY says nothing"),
        ("FROM a b", "line 1: FROM needs an image"),
        ("# escape=`\nFROM a", "line 1: another escape character"),
        ("FROM a\nCOPY <<EOF /x\nEOF", "line 2: COPY with a here-document is not supported"),
        ("FROM a\nRUN <<EOF\ntrue", "line 2: the here-document does not end with EOF"),
    ],
)
def test_what_is_no_dockerfile_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(DockerfileError, match=message):
        parse(text)


def test_a_quote_must_be_closed() -> None:
    instruction = parse("FROM a\nENV A='x").stages[0].instructions[0]
    with pytest.raises(DockerfileError, match="a quote ' is not closed"):
        instruction.words({})


@pytest.mark.parametrize(
    ("word", "value"),
    [("$A", "1"), ("${A}", "1"), ("${N:-d}", "d"), ("${A:-d}", "1"), ("${A:+o}", "o"), ("${N:+o}", ""), ("$N", "")],
)
def test_variables_are_replaced(word: str, value: str) -> None:
    assert parse(f"FROM a\nENV X=-{word}-").stages[0].instructions[0].words({"A": "1"}) == [f"X=-{value}-"]


@given(st.text(alphabet="ab \\\"'$\n#[]{}", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(DockerfileError):  # any other error is a bug
        for stage in parse(f"FROM a\nCOPY {text}").stages:
            for instruction in stage.instructions:
                instruction.words({})


@pytest.mark.parametrize(
    ("lines", "left_out", "kept"),
    [
        (["node_modules"], ["node_modules/a/b", "node_modules"], ["x/node_modules", "node_modules2"]),
        (["**/node_modules"], ["node_modules/a", "x/y/node_modules/z"], ["x"]),
        (["*.pyc"], ["a.pyc"], ["x/a.pyc"]),
        (["**/*.pyc"], ["a.pyc", "x/a.pyc"], ["a.py"]),
        (["/a/", "# b", "", "b?"], ["a/x", "bc"], ["b", "# b"]),
        (["*", "!service", "**/__pycache__"], ["x", "service/a/__pycache__/b"], ["service/a.py", "service"]),
        (["docs", "!docs/README.md"], ["docs/a.md"], ["docs/README.md"]),
        (["[ab].txt", "[^x]y"], ["a.txt", "by"], ["c.txt", "xy"]),
        (["a/**"], ["a/b", "a/b/c"], ["ab"]),
    ],
)
def test_patterns_leave_out_as_docker_does(lines: list[str], left_out: list[str], kept: list[str]) -> None:
    ignore = DockerIgnore(lines)
    assert [path for path in (*left_out, *kept) if ignore.leaves_out(path)] == left_out


def test_a_folder_is_passed_over_unless_something_in_it_may_be_kept() -> None:
    assert DockerIgnore(["node_modules"]).leaves_out_all_of("node_modules")
    assert not DockerIgnore(["*", "!a/b"]).leaves_out_all_of("a")


def test_a_bracket_must_be_closed() -> None:
    with pytest.raises(ValueError, match="bracket that is not closed"):
        DockerIgnore(["[a"])
