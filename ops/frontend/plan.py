"""Decides what a deployment sends, copies, removes and invalidates; pure functions over what is known of the bucket."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from ops.frontend.files import INDEX, Entry
from spot_planning.site.releases import RELEASES_PREFIX

STATE_KEY: Final = f"{RELEASES_PREFIX}state.json"
LOCK_KEY: Final = f"{RELEASES_PREFIX}lock.json"
MANIFESTS: Final = f"{RELEASES_PREFIX}manifests/"
CONTENTS: Final = f"{RELEASES_PREFIX}files/"
MOST_PATHS: Final = 20
"""Beyond this many paths one wildcard for the whole site takes their place. 1,000 paths a month are free, and each one
more costs 0.005 USD, a wildcard as much as a file (Amazon CloudFront Developer Guide, "Pay for file invalidation"); the
wildcard has the unchanged assets fetched again from the bucket, once for each edge cache."""

Manifest = Mapping[str, Entry]


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that is to be sent.

    Attributes:
        key: Key of the object.
        entry: The file.
    """

    key: str
    entry: Entry


@dataclass(frozen=True, kw_only=True)
class Switch:
    """How visitors come to see a release.

    Attributes:
        copies: Files without a hash in their names, to be copied from their contents, in groups: one after the other,
            each at once; pages after what they refer to, and the first page last.
        removed_pages: Keys of pages that the release no longer has.
        invalidation: Paths for CloudFront.
    """

    copies: tuple[tuple[Entry, ...], ...]
    removed_pages: tuple[str, ...]
    invalidation: tuple[str, ...]


def manifest_key(identifier: str) -> str:
    """Key of a release's manifest."""
    return f"{MANIFESTS}{identifier}.json"


def content_key(entry: Entry) -> str:
    """Key under which the content of a file is kept whatever visitors get under the file's own."""
    return f"{CONTENTS}{entry.sha256}{'.gz' if entry.encoding else ''}"


def stored_key(entry: Entry) -> str:
    """Key to which a file is sent: its own if nothing else will ever have it, else that of its content."""
    return entry.key if entry.is_fixed else content_key(entry)


def without_reused_names(
    entries: Manifest, known: Iterable[Manifest], cache_control: str
) -> tuple[Manifest, list[str]]:
    """Treat files as changing whose names look like hashed ones, but had another content before.

    Args:
        entries: The files of the new release.
        known: All manifests in the bucket.
        cache_control: What such files get.

    Returns:
        The files, and the keys of those that were treated so.
    """
    manifests = list(known)
    reused = [key for key, entry in entries.items() if entry.is_fixed and has_other_content(entry, manifests)]
    return {**entries, **{key: replace(entries[key], cache_control=cache_control) for key in reused}}, reused


def has_other_content(entry: Entry, known: Iterable[Manifest]) -> bool:
    """Whether a release has another content under the name of a file."""
    return any(entry.key in manifest and manifest[entry.key].sha256 != entry.sha256 for manifest in known)


def plan_uploads(entries: Manifest, known: Sequence[Manifest], present: Mapping[str, int]) -> list[Upload]:
    """Find the files whose contents the bucket lacks.

    An object under the key of a file with a hash in its name is trusted when all manifests that know the key, also
    those of runs that were killed, say the same of it; a content's key says it by itself.

    Args:
        entries: The files of the new release.
        known: All manifests in the bucket.
        present: Objects in the bucket: key -> size in bytes.

    Returns:
        One upload for each object, the largest first, so that none is left alone at the end.
    """
    said: dict[str, set[Entry]] = {}
    for manifest in known:
        for key, entry in manifest.items():
            said.setdefault(key, set()).add(entry)
    uploads: dict[str, Upload] = {}
    for entry in entries.values():
        key = stored_key(entry)
        right_size = entry.encoding or present.get(key) == entry.size_bytes
        if key in present and right_size and (not entry.is_fixed or said.get(key) == {entry}):
            continue
        uploads[key] = Upload(key=key, entry=entry)
    return sorted(uploads.values(), key=lambda upload: -upload.entry.size_bytes)


def plan_switch(
    target: Manifest, live: Manifest, begun: Manifest | None, present: Mapping[str, int], *, again: bool = False
) -> Switch:
    """Decide how visitors come from one release to another.

    Args:
        target: The release that they shall see.
        live: The one that they see; empty before the first.
        begun: The one that a run which was killed had begun to show them; None if there was none.
        present: Objects in the bucket: key -> size in bytes.
        again: Whether every file is copied, whatever the bucket seems to have.
    """
    shown = [live] if begun is None else [live, begun]
    changing = [entry for entry in target.values() if not entry.is_fixed]

    def is_as_wanted(entry: Entry) -> bool:
        size_is_right = bool(entry.encoding) or present.get(entry.key) == entry.size_bytes
        return entry.key in present and size_is_right and all(each.get(entry.key) == entry for each in shown)

    wrong = [entry for entry in changing if again or not is_as_wanted(entry)]
    groups = (
        [entry for entry in wrong if not entry.is_page],
        [entry for entry in wrong if entry.is_page and entry.key != INDEX],
        [entry for entry in wrong if entry.key == INDEX],
    )
    before = {key for manifest in shown for key, entry in manifest.items() if not entry.is_fixed}
    gone = {key for manifest in shown for key, entry in manifest.items() if entry.is_page and key not in target}
    # An object that was not there is in no cache: an error is kept for seconds only
    changed = {entry.key for entry in wrong if entry.key in present or entry.key in before} | gone
    untouched = {key for manifest in (*shown, target) for key in manifest} - changed
    return Switch(
        copies=tuple(tuple(group) for group in groups if group),
        removed_pages=tuple(sorted(gone & present.keys())),
        invalidation=invalidation_paths(changed, untouched),
    )


def plan_removal(kept: Iterable[Manifest], dropped: Iterable[Manifest], present: Iterable[str]) -> list[str]:
    """Find the objects that no release needs any more.

    Only what a manifest names is removed: whatever else somebody put into the bucket stays.

    Args:
        kept: Manifests of the releases that are kept.
        dropped: The other manifests in the bucket.
        present: Keys of the objects in the bucket.

    Returns:
        Keys, in order.
    """
    needed = {key for manifest in kept for entry in manifest.values() for key in (entry.key, stored_key(entry))}
    given_up = {key for manifest in dropped for entry in manifest.values() for key in (entry.key, stored_key(entry))}
    contents = {key for key in present if key.startswith(CONTENTS)}
    return sorted(((given_up & set(present)) | contents) - needed)


def invalidation_paths(changed: Iterable[str], untouched: Iterable[str]) -> tuple[str, ...]:
    """Choose the fewest paths that make CloudFront forget what has changed, and little else.

    A folder of which everything has changed becomes one wildcard; more than `MOST_PATHS` become one for the site.

    Args:
        changed: Keys of objects whose former content may be in caches.
        untouched: Keys of the other objects.

    Returns:
        Paths, URL-encoded as CloudFront wants them.
    """
    keys = set(changed)
    spared = {folder for key in untouched for folder in _folders(key)}
    covered: dict[str, list[str]] = {}
    for key in keys:
        folder = next((each for each in _folders(key) if each not in spared), None)
        covered.setdefault(key if folder is None else folder, []).append(key)
    paths = {
        f"{_encoded(place)}*" if place.endswith("/") and len(inside) > 1 else _encoded(inside[0])
        for place, inside in covered.items()
    }
    if INDEX in keys:
        paths.add("/")  # what CloudFront keeps for the site's own address is apart from its page's
    return ("/*",) if len(paths) > MOST_PATHS else tuple(sorted(paths))


def _folders(key: str) -> list[str]:
    """The folders that an object is in, the outermost first: ``a/b/c`` is in ``a/`` and ``a/b/``."""
    parts = key.split("/")[:-1]
    return ["/".join(parts[: end + 1]) + "/" for end in range(len(parts))]


def _encoded(key: str) -> str:
    return "/" + quote(key, safe="/~!$&'(),;=:@-._")
