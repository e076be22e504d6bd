"""What is known of a site's releases: the state of the bucket, and a manifest for each release; as plain data."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from ops.frontend.files import Entry

VERSION: Final = 1
"""Of the two formats; a later one that an earlier program must not touch gets another."""
NEWER: Final = "the bucket's releases were written by a newer version of this program: use that one"


@dataclass(frozen=True, kw_only=True)
class Release:
    """A release whose files are all in the bucket.

    Attributes:
        identifier: Such as ``20261129T065212345Z-1a2b3c4d``: when it was made, and a hash of its files.
        created: When it was made, UTC.
        created_by: Who made it, such as ``assumed-role/deploy/run-17``.
        files: Number of its files.
        size_bytes: Of all of them.
        former: The release that was live when this one went live for the first time.
        ended: When it stopped being live for the last time; None for one that is live or never was.
    """

    identifier: str
    created: datetime
    created_by: str
    files: int
    size_bytes: int
    former: str | None = None
    ended: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class State:
    """Which releases a bucket has, and which of them visitors see; the one place that says so.

    Attributes:
        releases: By identifier.
        live: The release that visitors see; None before the first.
        switching: The release that is taking its place; None when nothing is under way.
    """

    releases: Mapping[str, Release] = field(default_factory=dict[str, Release])
    live: str | None = None
    switching: str | None = None

    def former(self) -> str | None:
        """The release that visitors saw before the one that they see, or begin to see, now, if it is still kept."""
        present = self.switching or self.live
        former = None if present is None else self.releases[present].former
        return former if former in self.releases else None

    def newest_first(self) -> list[Release]:
        """The releases in the order of their making."""
        return sorted(self.releases.values(), key=lambda release: release.identifier, reverse=True)


def identifier_of(entries: Iterable[Entry], now: datetime) -> str:
    """Make the identifier of a new release.

    Args:
        entries: Its files.
        now: UTC.
    """
    digest = hashlib.sha256(json.dumps([asdict(entry) for entry in sorted(entries)]).encode())
    return f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}Z-{digest.hexdigest()[:8]}"


def begin_switch(state: State, release: Release) -> State:
    """The state from which on visitors begin to see a release.

    Args:
        state: The present state.
        release: The release; a new one comes among the kept ones.
    """
    known = state.releases.get(release.identifier)
    former = state.live if known is None else known.former
    releases = {**state.releases, release.identifier: replace(release, former=former)}
    return replace(state, releases=releases, switching=release.identifier)


def end_switch(state: State, now: datetime, keep: timedelta) -> State:
    """The state in which visitors see the release that was being switched to, without those that are kept no longer.

    Args:
        state: One with `State.switching`.
        now: UTC.
        keep: How long a release is kept after visitors saw it last.

    Returns:
        The state; what is dropped from it can be removed.
    """
    live = state.switching
    releases = dict(state.releases)
    if live is not None:
        releases[live] = replace(releases[live], ended=None)
    if state.live is not None and state.live != live and state.live in releases:
        releases[state.live] = replace(releases[state.live], ended=now)
    ended = replace(state, releases=releases, live=live, switching=None)
    kept = {live, ended.former()}
    return replace(
        ended,
        releases={
            name: release
            for name, release in releases.items()
            if name in kept or (release.ended or release.created) + keep > now
        },
    )


def state_to_json(state: State) -> str:
    """Write a state."""
    return json.dumps(
        {
            "version": VERSION,
            "live": state.live,
            "switching": state.switching,
            "releases": [_release_to_data(release) for release in state.newest_first()],
        },
        indent=1,
    )


def state_from_json(text: str) -> State:
    """Read a state.

    Raises:
        ValueError: It is none, or one of a newer program.
    """
    data = _read(text)
    releases = [_release_from_data(each) for each in data["releases"]]
    return State(
        releases={release.identifier: release for release in releases},
        live=data["live"],
        switching=data["switching"],
    )


def manifest_to_json(entries: Iterable[Entry]) -> str:
    """Write a manifest: the files of a release."""
    return json.dumps({"version": VERSION, "files": [list(asdict(entry).values()) for entry in sorted(entries)]})


def manifest_from_json(text: str) -> dict[str, Entry]:
    """Read a manifest.

    Returns:
        The files by key.

    Raises:
        ValueError: It is none, or one of a newer program.
    """
    return {entry.key: entry for entry in (Entry(*each) for each in _read(text)["files"])}


def _read(text: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(text)
    if data["version"] != VERSION:
        raise ValueError(NEWER)
    return data


def _release_to_data(release: Release) -> dict[str, Any]:
    return {
        **asdict(release),
        "created": release.created.isoformat(),
        "ended": None if release.ended is None else release.ended.isoformat(),
    }


def _release_from_data(data: dict[str, Any]) -> Release:
    ended = data["ended"]
    times: dict[str, Any] = {
        "created": datetime.fromisoformat(data["created"]),
        "ended": None if ended is None else datetime.fromisoformat(ended),
    }
    return Release(**(data | times))
