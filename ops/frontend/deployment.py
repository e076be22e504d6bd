"""Brings a release of the site to its visitors, step by step, so that the site works after each of them.

1. What the bucket lacks is sent to keys that no visitor asks for yet.
2. The state names the release that is being switched to.
3. Files without a hash in their names are copied from their contents, pages last.
4. CloudFront is told to forget what has changed.
5. The state names the release as live, and drops those that are kept no longer; then their files are removed.

A run that is killed leaves a site that works, and the next run sees in the state how far it came.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from ops.errors import OperationError
from ops.frontend.bucket import Bucket, has_content, identifiers_among
from ops.frontend.files import NO_CACHE
from ops.frontend.folder import Folder
from ops.frontend.invalidation import Invalidations
from ops.frontend.lock import Lock
from ops.frontend.plan import (
    Manifest,
    Switch,
    Upload,
    has_other_content,
    manifest_key,
    plan_removal,
    plan_switch,
    plan_uploads,
    without_reused_names,
)
from ops.frontend.release import Release, State, begin_switch, end_switch, identifier_of

_Item = TypeVar("_Item")


class Steps(Protocol):
    """Is told how far a run is."""

    def begin(self, what: str, total: int | None = None) -> None:
        """A step begins; with a number of things to do, or without."""
        ...

    def advance(self) -> None:
        """One of these things is done."""
        ...


@dataclass(frozen=True)
class Known:
    """What a bucket holds, as it was read.

    Attributes:
        state: Its releases.
        etag: Entity tag of the state; None if there is none yet.
        present: Its objects: key -> size in bytes.
        manifests: The files of each release that it has a manifest of, by identifier.
    """

    state: State
    etag: str | None
    present: Mapping[str, int]
    manifests: Mapping[str, Manifest]

    def files_of(self, identifier: str | None) -> Manifest:
        """The files of a release; none for None."""
        return self.manifests.get(identifier, {}) if identifier is not None else {}


@dataclass(frozen=True)
class Plan:
    """What is to be done for one release.

    Attributes:
        release: The release.
        files: Its files.
        uploads: What the bucket lacks.
        switch: How visitors come to see it.
        reused: Keys of files that have a hash in their names, and had another content before.
    """

    release: Release
    files: Manifest
    uploads: list[Upload]
    switch: Switch
    reused: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Done:
    """What was done.

    Attributes:
        invalidation_ended: Whether CloudFront has forgotten everything; False if it takes longer.
        removed: Number of objects that no release needed any more.
    """

    invalidation_ended: bool
    removed: int


class Deployment:
    """The releases of one site."""

    def __init__(
        self, bucket: Bucket, invalidations: Invalidations, steps: Steps, *, workers: int, keep: timedelta
    ) -> None:
        self._bucket, self._invalidations, self._steps = bucket, invalidations, steps
        self._workers, self._keep = workers, keep

    def live(self, files: Manifest) -> str | None:
        """Whether some files are what visitors see, in two requests and whatever somebody did by hand.

        Args:
            files: The files of a release.

        Returns:
            The release; None if visitors see other files, or a run that was killed has begun to show others.
        """
        self._steps.begin("comparing with the live release")
        state, _ = self._bucket.state()
        if state.live is None or state.switching is not None:
            return None
        return state.live if self._bucket.manifest(state.live) == files else None

    def look(self) -> Known:
        """Read what the bucket holds."""
        self._steps.begin("reading the bucket")
        # The state first: a release that it names has all its files in a list that is made later
        state, etag = self._bucket.state()
        present = self._bucket.objects()
        manifests = self._bucket.manifests(identifiers_among(present), self._workers)
        return Known(state, etag, present, manifests)

    def plan(self, folder: Folder, known: Known, who: str, *, again: bool) -> Plan | None:
        """Decide how a folder becomes the live release.

        Args:
            folder: The folder.
            known: What the bucket holds.
            who: Who is deploying.
            again: Whether everything is sent, whatever the bucket seems to have.

        Returns:
            What to do; None if the folder is live already.
        """
        manifests = list(known.manifests.values())
        files, reused = without_reused_names(folder.entries, manifests, NO_CACHE)
        uploads = plan_uploads(files, manifests, {} if again else known.present)
        begun = known.state.switching
        switch = plan_switch(
            files,
            known.files_of(known.state.live),
            None if begun is None else known.files_of(begun),
            known.present,
            again=again,
        )
        same = known.files_of(known.state.live) == files
        if same and begun is None and not uploads and not switch.copies:
            return None
        release = self._release(files, known, who)
        return Plan(release, files, uploads, switch, reused)

    def plan_rollback(self, identifier: str, known: Known, added: Manifest) -> Plan:
        """Decide how a release that is kept becomes the live one again.

        Args:
            identifier: The release.
            known: What the bucket holds.
            added: Files that it gets besides, where it has none of their names; they can be sent.

        Raises:
            OperationError: Files of it are gone.
        """
        own, begun = known.files_of(identifier), known.state.switching
        files = {**added, **own}
        at_hand = {key: entry for key, entry in added.items() if files[key] == entry}
        others = [manifest for name, manifest in known.manifests.items() if name != identifier]
        gone = [
            entry.key
            for entry in files.values()
            if entry.key not in at_hand
            if not has_content(entry, known.present) or (entry.is_fixed and has_other_content(entry, others))
        ]
        if gone or not own:
            what = (
                f"{len(gone)} of its files are gone or overwritten, such as {gone[0]}" if gone else "its list is gone"
            )
            raise OperationError(f"release {identifier} cannot come back: {what}; deploy its folder again")
        switch = plan_switch(
            files,
            known.files_of(known.state.live),
            None if begun is None else known.files_of(begun),
            known.present,
        )
        release = self._counted(known.state.releases[identifier], files)
        return Plan(release, files, plan_uploads(at_hand, list(known.manifests.values()), known.present), switch)

    def carry_out(self, plan: Plan, known: Known, folder: Folder | None, lock: Lock) -> Done:
        """Do what was planned.

        Args:
            plan: What to do.
            known: What the bucket held when it was planned.
            folder: Where the files to be sent are.
            lock: The site's lock.

        Raises:
            OperationError: The lock was lost, or a file has changed.
        """
        identifier = plan.release.identifier
        if folder is not None:
            lock.check()
            if plan.files != known.files_of(identifier):
                self._bucket.write_manifest(identifier, plan.files.values())
            source = folder.source
            self._all(
                "sending", plan.uploads, lambda upload: self._bucket.upload(source(upload.entry.key), upload), lock
            )
        lock.check()
        state = begin_switch(known.state, plan.release)
        etag = self._bucket.write_state(state, known.etag)
        invalidation = self._switch(plan.switch, f"{identifier}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}", lock)
        lock.check()
        state = end_switch(state, datetime.now(UTC), self._keep)
        self._bucket.write_state(state, etag)
        present = {*known.present, *(each.key for each in plan.uploads), *(key for key in plan.files)}
        removed = self._remove(state, {**known.manifests, identifier: plan.files}, present, lock)
        return Done(invalidation is None or self._wait(invalidation), removed)

    def _switch(self, switch: Switch, reference: str, lock: Lock) -> str | None:
        self._steps.begin("switching", sum(len(group) for group in switch.copies) + len(switch.removed_pages))
        for group in switch.copies:
            self._each(group, self._bucket.show, lock)
        if switch.removed_pages:
            lock.check()
            self._bucket.delete(switch.removed_pages)
        if not switch.invalidation:
            return None
        lock.check()
        self._steps.begin(f"telling CloudFront to forget {len(switch.invalidation)} paths")
        return self._invalidations.create(switch.invalidation, reference)

    def _wait(self, invalidation: str) -> bool:
        self._steps.begin("waiting for CloudFront to forget (the release is live)")
        return self._invalidations.wait(invalidation, self._steps.advance)

    def _remove(self, state: State, manifests: Mapping[str, Manifest], present: set[str], lock: Lock) -> int:
        """Remove what belongs to no release; a run that is killed here leaves the manifests for the next."""
        dropped = {name: files for name, files in manifests.items() if name not in state.releases}
        kept = [files for name, files in manifests.items() if name in state.releases]
        self._steps.begin("removing what no release needs any more")
        gone = plan_removal(kept, dropped.values(), present)
        for keys in (gone, [manifest_key(name) for name in dropped]):
            if keys:
                lock.check()
                self._bucket.delete(keys)
        return len(gone)

    def _release(self, files: Manifest, known: Known, who: str) -> Release:
        begun = known.state.switching
        if begun is not None and known.files_of(begun) == files:
            return known.state.releases[begun]
        now = datetime.now(UTC)
        release = Release(
            identifier=identifier_of(files.values(), now), created=now, created_by=who, files=0, size_bytes=0
        )
        return self._counted(release, files)

    def _counted(self, release: Release, files: Manifest) -> Release:
        return replace(release, files=len(files), size_bytes=sum(entry.size_bytes for entry in files.values()))

    def _all(self, what: str, items: list[_Item], do: Callable[[_Item], None], lock: Lock) -> None:
        self._steps.begin(what, len(items))
        self._each(items, do, lock)

    def _each(self, items: Iterable[_Item], do: Callable[[_Item], None], lock: Lock) -> None:
        """Do the same for each of many at once; after the first that fails nothing new is begun."""

        def checked(item: _Item) -> None:
            lock.check()
            do(item)

        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="site")
        try:
            for future in _as_they_end(pool, checked, iter(items), 2 * self._workers):
                future.result()
                self._steps.advance()
        finally:
            pool.shutdown(cancel_futures=True)


def _as_they_end(
    pool: ThreadPoolExecutor, do: Callable[[_Item], None], items: Iterator[_Item], at_once: int
) -> Iterator[Future[None]]:
    running: set[Future[None]] = set()
    for item in items:
        running.add(pool.submit(do, item))
        if len(running) >= at_once:
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            yield from ended
    while running:
        ended, running = wait(running, return_when=FIRST_COMPLETED)
        yield from ended
