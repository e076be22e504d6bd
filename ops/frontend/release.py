"""The data of a site's releases, and its JSON: the state, which lists the releases, and a manifest for each release."""

import hashlib
import json
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Final

from ops.frontend.files import Entry

VERSION: Final = 1
"""Version of the formats of state and manifest. A format that older programs must not change gets another number."""
_KEY: Final = attrgetter("key")
NEWER: Final = "the bucket's releases were written by a newer version of this program: use that one"


@dataclass(frozen=True, kw_only=True)
class Release:
    """A release whose files are all in the bucket.

    Attributes:
        identifier: Id of the release, its time and a hash of its files, such as ``20261129T065212345Z-1a2b3c4d``.
        created: When the release was made, UTC.
        created_by: The user or role that made it, such as ``assumed-role/deploy/run-17``.
        files: Number of files.
        size_bytes: Size of all files together.
        former: Id of the release that was live when this one went live for the first time; None for the first release.
        ended: When the release last stopped being live; None if it is live or never was.
        digest: `digest_of` the release's files; None for a release of an older version of this program.
    """

    identifier: str
    created: datetime
    created_by: str
    files: int
    size_bytes: int
    former: str | None = None
    ended: datetime | None = None
    digest: str | None = None


@dataclass(frozen=True, kw_only=True)
class State:
    """The releases in a bucket, and which of them is live; the only record of this.

    Attributes:
        releases: The releases, by id.
        live: Id of the release that visitors see; None before the first release.
        switching: Id of the release that is replacing it; None when no switch is under way.
    """

    releases: Mapping[str, Release] = field(default_factory=dict[str, Release])
    live: str | None = None
    switching: str | None = None

    def former(self) -> str | None:
        """Return the id of the release before the live one, or before the one that is replacing it, if it is kept."""
        present = self.switching or self.live
        former = None if present is None else self.releases[present].former
        return former if former in self.releases else None

    def newest_first(self) -> list[Release]:
        """Return the releases, the newest first."""
        return sorted(self.releases.values(), key=lambda release: release.identifier, reverse=True)


def identifier_of(entries: Iterable[Entry], now: datetime) -> str:
    """Make the id of a new release.

    Args:
        entries: The release's files.
        now: The current time, UTC.
    """
    digest = hashlib.sha256(json.dumps([asdict(entry) for entry in sorted(entries)]).encode())
    return f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}Z-{digest.hexdigest()[:8]}"


def digest_of(entries: Iterable[Entry]) -> str:
    """Return the SHA-256 of a release's files, their headers among them: two releases with one digest are the same.

    Args:
        entries: The release's files, in any order.
    """
    return hashlib.sha256(manifest_to_json(entries).encode()).hexdigest()


def begin_switch(state: State, release: Release) -> State:
    """Return the state in which the switch to a release has begun.

    Args:
        state: The present state.
        release: The release; a new one is added to the state's releases.
    """
    known = state.releases.get(release.identifier)
    former = state.live if known is None else known.former
    releases = {**state.releases, release.identifier: replace(release, former=former)}
    return replace(state, releases=releases, switching=release.identifier)


def end_switch(state: State, now: datetime, keep: timedelta) -> State:
    """Return the state after a switch: its release is live, and expired releases are dropped.

    Args:
        state: The state during the switch, with `State.switching`.
        now: The current time, UTC.
        keep: How long a release is kept after it was live for the last time.

    Returns:
        The new state; the files of the dropped releases can be deleted.
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
    """Return a state as JSON."""
    return json.dumps(
        {
            "version": VERSION,
            "live": state.live,
            "switching": state.switching,
            "releases": [_release_to_data(release) for release in state.newest_first()],
            # Beside the releases, because older versions of this program refuse a release with an unknown key
            "digests": {name: release.digest for name, release in state.releases.items() if release.digest},
        },
        indent=1,
    )


def state_from_json(text: str) -> State:
    """Parse a state.

    Raises:
        ValueError: The text is no list of releases, or was written by a newer version of this program.
    """
    with _readable("releases"):
        data = _read(text)
        digests: dict[str, str] = data.get("digests", {})
        releases = [_release_from_data(each, digests.get(each["identifier"])) for each in data["releases"]]
        return State(
            releases={release.identifier: release for release in releases},
            live=data["live"],
            switching=data["switching"],
        )


def manifest_to_json(entries: Iterable[Entry]) -> str:
    """Return the manifest of a release, the list of its files, as JSON."""
    return json.dumps({"version": VERSION, "files": [_fields(each) for each in sorted(entries, key=_KEY)]})


def manifest_from_json(text: str) -> dict[str, Entry]:
    """Parse a manifest.

    Returns:
        The files by key.

    Raises:
        ValueError: The text is no list of files, or was written by a newer version of this program.
    """
    with _readable("files"):
        return {entry.key: entry for entry in (Entry(*each) for each in _read(text)["files"])}


@contextmanager
def _readable(content: str) -> Generator[None]:
    """Turn errors about the form of a text into one that says what the text should be."""
    try:
        yield
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"the bucket's list of {content} is damaged, or from another program: {error!r}") from error


def _read(text: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(text)
    if data["version"] != VERSION:
        raise ValueError(NEWER)
    return data


def _fields(entry: Entry) -> list[str | int]:
    """Return the values of an entry in their order; `dataclasses.astuple` copies them, and takes longer."""
    return list(vars(entry).values())


def _release_to_data(release: Release) -> dict[str, Any]:
    data = {
        **asdict(release),
        "created": release.created.isoformat(),
        "ended": None if release.ended is None else release.ended.isoformat(),
    }
    del data["digest"]
    return data


def _release_from_data(data: dict[str, Any], digest: str | None) -> Release:
    ended = data["ended"]
    read: dict[str, Any] = {
        "created": datetime.fromisoformat(data["created"]),
        "ended": None if ended is None else datetime.fromisoformat(ended),
        "digest": digest,
    }
    return Release(**(data | read))
