"""The contents of a bucket from one release to the next, and after a rollback."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops.frontend.files import IMMUTABLE, NO_CACHE, Entry
from ops.frontend.release import (
    Release,
    State,
    begin_switch,
    digest_of,
    end_switch,
    identifier_of,
    manifest_from_json,
    manifest_to_json,
    state_from_json,
    state_to_json,
)

NOW = datetime(2026, 11, 29, 6, 52, 12, 345678, tzinfo=UTC)
WEEK = timedelta(days=7)


def release(name: str, day: int = 0) -> Release:
    return Release(identifier=name, created=NOW + timedelta(days=day), created_by="user/anna", files=2, size_bytes=20)


def switched(state: State, name: str, day: int, keep: timedelta = WEEK) -> State:
    return end_switch(begin_switch(state, release(name, day)), NOW + timedelta(days=day), keep)


def test_releases_follow_each_other() -> None:
    state = switched(switched(State(), "a", 0), "b", 1)
    assert (state.live, state.switching, state.former()) == ("b", None, "a")
    assert state.releases["a"].ended == NOW + timedelta(days=1)
    assert state.releases["b"].ended is None
    assert [each.identifier for each in state.newest_first()] == ["b", "a"]


def test_while_it_is_being_switched_the_former_is_the_live_one() -> None:
    state = begin_switch(switched(State(), "a", 0), release("b", 1))
    assert (state.live, state.switching, state.former()) == ("a", "b", "a")


def test_releases_are_kept_for_a_time_after_their_end_and_the_former_one_in_any_case() -> None:
    state = switched(switched(switched(State(), "a", 0), "b", 1), "c", 2)
    assert set(state.releases) == {"a", "b", "c"}
    assert set(switched(state, "d", 9).releases) == {"c", "d"}
    assert set(switched(state, "d", 100).releases) == {"c", "d"}
    assert set(switched(State(), "a", 0, timedelta()).releases) == {"a"}


def test_going_back_goes_on_going_back() -> None:
    state = switched(switched(switched(State(), "a", 0), "b", 1), "c", 2)
    back = end_switch(begin_switch(state, state.releases["b"]), NOW + timedelta(days=3), WEEK)
    assert (back.live, back.former()) == ("b", "a")
    assert back.releases["b"].ended is None
    assert back.releases["c"].ended == NOW + timedelta(days=3)
    further = end_switch(begin_switch(back, back.releases["a"]), NOW + timedelta(days=3), WEEK)
    assert (further.live, further.former()) == ("a", None)
    assert switched(back, "d", 4).former() == "b"


def test_a_former_release_that_is_gone_is_none() -> None:
    state = switched(State(), "a", 0)
    gone = State(releases={"b": begin_switch(state, release("b", 1)).releases["b"]}, live="b")
    assert gone.former() is None


def test_states_and_manifests_survive_being_written() -> None:
    state = begin_switch(switched(switched(State(), "a", 0), "b", 1), release("c", 2))
    assert state_from_json(state_to_json(state)) == state
    known = replace(state, releases={**state.releases, "b": replace(state.releases["b"], digest="1" * 64)})
    assert state_from_json(state_to_json(known)) == known
    files = [
        Entry("b.css", "1" * 64, 3, "text/css", NO_CACHE, "gzip"),
        Entry("a.css", "2" * 64, 4, "text/css", NO_CACHE),
    ]
    assert manifest_from_json(manifest_to_json(files)) == {each.key: each for each in files}


@pytest.mark.parametrize("read", [state_from_json, manifest_from_json])
def test_what_a_newer_program_wrote_is_refused(read: object) -> None:
    assert callable(read)
    with pytest.raises(ValueError, match="written by a newer version of this program"):
        read('{"version": 2}')


@pytest.mark.parametrize(
    "text", ["", "[]", "7", "{}", '{"version": 1}', '{"version": 1, "releases": [3], "files": [3]}']
)
@pytest.mark.parametrize("read", [state_from_json, manifest_from_json])
def test_what_another_program_wrote_is_refused_by_one_line(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match=r"the bucket's list of (releases|files) is damaged") as raised:
        read(text)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "2" * 64},
        {"size_bytes": 4},
        {"content_type": "text/plain"},
        {"cache_control": IMMUTABLE},
        {"encoding": "gzip"},
        {"key": "c.css"},
    ],
)
def test_a_digest_stands_for_all_files_and_their_headers(change: dict[str, Any]) -> None:
    one, other = (Entry(key, "1" * 64, 3, "text/css", NO_CACHE) for key in ("a.css", "b.css"))
    assert digest_of([one, other]) == digest_of([other, one])
    assert digest_of([one, replace(other, **change)]) != digest_of([one, other])
    assert digest_of([one]) != digest_of([one, other])


def test_an_identifier_sorts_by_time_and_names_the_content() -> None:
    one, other = (Entry(key, "1" * 64, 3, "text/css", NO_CACHE) for key in ("a.css", "b.css"))
    assert identifier_of([one, other], NOW) == identifier_of([other, one], NOW)
    assert identifier_of([one], NOW) != identifier_of([other], NOW)
    assert identifier_of([one], NOW).startswith("20261129T065212345Z-")
    assert identifier_of([one], NOW) < identifier_of([one], NOW + timedelta(milliseconds=1))
