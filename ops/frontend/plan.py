"""Decides what a deployment sends, copies, deletes and invalidates: pure functions of the bucket's content."""

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
"""Maximum number of paths in an invalidation; one wildcard for the whole site replaces a longer list. 1,000 paths a
month are free, and each further one costs 0.005 USD; a wildcard costs as much as a file (Amazon CloudFront Developer
Guide, "Pay for file invalidation"). After the wildcard, each edge cache fetches the unchanged assets again too."""

Manifest = Mapping[str, Entry]


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file to send.

    Attributes:
        key: Key of the object to which it is sent.
        entry: The file.
    """

    key: str
    entry: Entry


@dataclass(frozen=True, kw_only=True)
class Switch:
    """The changes to what visitors see, from the live release to another.

    Attributes:
        copies: Files without a hash in their names, to copy from their contents' keys to their own. The groups are
            copied one after the other, the files of a group in parallel: first the files to which pages refer, then the
            pages, then ``index.html``.
        removed_pages: Keys of pages to delete, because the release does not have them.
        invalidation: Paths that CloudFront must invalidate.
    """

    copies: tuple[tuple[Entry, ...], ...]
    removed_pages: tuple[str, ...]
    invalidation: tuple[str, ...]


def manifest_key(identifier: str) -> str:
    """Return the key of a release's manifest."""
    return f"{MANIFESTS}{identifier}.json"


def content_key(entry: Entry) -> str:
    """Return the key of a file's content, which no visitor requests and which is named by the content's hash."""
    return f"{CONTENTS}{entry.sha256}{'.gz' if entry.encoding else ''}"


def stored_key(entry: Entry) -> str:
    """Return the key to which a file is sent: its own if its name changes with its content, else its content's key."""
    return entry.key if entry.is_fixed else content_key(entry)


def without_reused_names(
    entries: Manifest, known: Iterable[Manifest], cache_control: str
) -> tuple[Manifest, list[str]]:
    """Find files whose names have a hash, but had another content in another release, and change their caching.

    Args:
        entries: The files of the new release.
        known: All manifests in the bucket.
        cache_control: The header ``Cache-Control`` for these files.

    Returns:
        All files of the release, and the keys of the files whose caching was changed.
    """
    manifests = list(known)
    reused = [key for key, entry in entries.items() if entry.is_fixed and has_other_content(entry, manifests)]
    return {**entries, **{key: replace(entries[key], cache_control=cache_control) for key in reused}}, reused


def has_other_content(entry: Entry, known: Iterable[Manifest]) -> bool:
    """Return whether a manifest has another content under a file's key."""
    return any(entry.key in manifest and manifest[entry.key].sha256 != entry.sha256 for manifest in known)


def plan_uploads(entries: Manifest, known: Sequence[Manifest], present: Mapping[str, int]) -> list[Upload]:
    """Find the files that the bucket lacks.

    An existing object counts only if its size is right. For a file with a hash in its name, all manifests with its key
    must agree on the file too, including those of killed runs. A content's key needs no such check, because it contains
    the SHA-256.

    Args:
        entries: The files of the new release.
        known: All manifests in the bucket.
        present: Objects in the bucket: key -> size in bytes.

    Returns:
        One upload for each object, the largest first, so that the last uploads are short.
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
    """Plan the switch from one release to another.

    Args:
        target: The files of the release to switch to.
        live: The files of the live release; empty before the first release.
        begun: The files of the release to which a killed run had begun to switch; None if there was no such run.
        present: Objects in the bucket: key -> size in bytes.
        again: Whether every file is copied, even if the bucket has it.
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
    # A key that did not exist needs no invalidation: CloudFront caches an error only for seconds
    changed = {entry.key for entry in wrong if entry.key in present or entry.key in before} | gone
    untouched = {key for manifest in (*shown, target) for key in manifest} - changed
    return Switch(
        copies=tuple(tuple(group) for group in groups if group),
        removed_pages=tuple(sorted(gone & present.keys())),
        invalidation=invalidation_paths(changed, untouched),
    )


def plan_removal(kept: Iterable[Manifest], dropped: Iterable[Manifest], present: Iterable[str]) -> list[str]:
    """Find the objects that no release needs any more.

    These are files that only dropped manifests name, and contents that no kept manifest names. Other objects, which
    somebody else put into the bucket, stay.

    Args:
        kept: Manifests of the releases that are kept.
        dropped: The other manifests in the bucket.
        present: Keys of the objects in the bucket.

    Returns:
        The keys of these objects, sorted.
    """
    needed = {key for manifest in kept for entry in manifest.values() for key in (entry.key, stored_key(entry))}
    given_up = {key for manifest in dropped for entry in manifest.values() for key in (entry.key, stored_key(entry))}
    contents = {key for key in present if key.startswith(CONTENTS)}
    return sorted(((given_up & set(present)) | contents) - needed)


def invalidation_paths(changed: Iterable[str], untouched: Iterable[str]) -> tuple[str, ...]:
    """Choose the paths of an invalidation: few, and matching little that has not changed.

    If everything in a folder has changed, one wildcard replaces its files. More than `MOST_PATHS` paths are replaced by
    one wildcard for the whole site.

    Args:
        changed: Keys of objects whose former content may be cached.
        untouched: Keys of the other objects.

    Returns:
        The paths, URL-encoded as CloudFront requires.
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
        paths.add("/")  # CloudFront caches "/" and "/index.html" separately
    return ("/*",) if len(paths) > MOST_PATHS else tuple(sorted(paths))


def _folders(key: str) -> list[str]:
    """Return the folders of an object, the outermost first: ``a/b/c`` is in ``a/`` and ``a/b/``."""
    parts = key.split("/")[:-1]
    return ["/".join(parts[: end + 1]) + "/" for end in range(len(parts))]


def _encoded(key: str) -> str:
    return "/" + quote(key, safe="/~!$&'(),;=:@-._")
