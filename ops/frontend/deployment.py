"""Makes a release of the site live in steps, so that the site works after each step.

1. Contents that the bucket lacks are sent to keys that no visitor requests yet.
2. The state is written: it names the release as the one that the site is switching to.
3. Files without a hash in their names are copied from their contents' keys to their own keys, pages last.
4. CloudFront invalidates the paths that have changed.
5. The state is written again: it names the release as live, and expired releases are dropped. Then the objects that no
   release needs any more are deleted.

A run that is killed leaves a site that works. The next run reads from the state how far it came.
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
from ops.frontend.release import Release, State, begin_switch, digest_of, end_switch, identifier_of

_Item = TypeVar("_Item")


class Steps(Protocol):
    """Shows the progress of a run."""

    def begin(self, what: str, total: int | None = None) -> None:
        """Begin a step, with its number of items if it is known."""
        ...

    def advance(self) -> None:
        """Record that an item of the step is done."""
        ...


@dataclass(frozen=True)
class Known:
    """The content of a bucket when it was read.

    Attributes:
        state: The state of the releases.
        etag: Entity tag of the state; None if there is no state yet.
        present: The bucket's objects: key -> size in bytes.
        manifests: The bucket's manifests: id of a release -> its files.
    """

    state: State
    etag: str | None
    present: Mapping[str, int]
    manifests: Mapping[str, Manifest]

    def files_of(self, identifier: str | None) -> Manifest:
        """Return the files of a release; empty for None and for an unknown release."""
        return self.manifests.get(identifier, {}) if identifier is not None else {}


@dataclass(frozen=True)
class Plan:
    """The changes that make one release live.

    Attributes:
        release: The release.
        files: The release's files.
        uploads: The files to send, because the bucket lacks them.
        switch: The changes to what visitors see.
        reused: Keys of files that have a hash in their names, but had another content in another release.
    """

    release: Release
    files: Manifest
    uploads: list[Upload]
    switch: Switch
    reused: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Done:
    """The results of carrying out a plan.

    Attributes:
        invalidation_ended: Whether the invalidation has completed, or none was needed; False if it takes longer.
        removed: Number of deleted objects that no release needed any more.
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

    def live(self, files: Manifest, state: State) -> str | None:
        """Check whether the live release has exactly these files.

        This does not look at the objects, and so does not notice changes that somebody made in the bucket by hand.

        Args:
            files: The files of a release.
            state: The state of the releases, as the bucket has it now.

        Returns:
            Id of the live release; None if it has other files, or if a killed run has begun to switch to another one.
        """
        if state.live is None or state.switching is not None:
            return None
        digest = state.releases[state.live].digest
        same = self._bucket.manifest(state.live) == files if digest is None else digest == digest_of(files.values())
        return state.live if same else None

    def look(self) -> Known:
        """Read the content of the bucket."""
        self._steps.begin("reading the bucket")
        # Read the state before listing the objects: then the list contains all files of the state's releases
        state, etag = self._bucket.state()
        present = self._bucket.objects()
        manifests = self._bucket.manifests(identifiers_among(present), self._workers)
        return Known(state, etag, present, manifests)

    def plan(self, folder: Folder, known: Known, who: str, *, again: bool) -> Plan | None:
        """Plan how a folder becomes the live release.

        Args:
            folder: The folder.
            known: The content of the bucket.
            who: The credentials' user or role.
            again: Whether every file is sent, even if the bucket has it.

        Returns:
            The plan; None if the folder is live already.
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
        """Plan how a release that is kept becomes live again.

        Args:
            identifier: Id of the release.
            known: The content of the bucket.
            added: Files to add to the release if it has no file with their key; their content can be sent.

        Raises:
            OperationError: Files of the release, or its manifest, are gone or overwritten.
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
        """Carry out a plan.

        Args:
            plan: The plan.
            known: The content of the bucket from which the plan was made.
            folder: The folder with the files to send; None when no file is sent.
            lock: The site's lock.

        Raises:
            OperationError: The lock was lost, or a file has changed since the folder was read.
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
        """Delete objects that no release needs, then the manifests of the dropped releases.

        The manifests come last, so that after a killed run the next one still finds the objects to delete.
        """
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
        size_bytes = sum(entry.size_bytes for entry in files.values())
        return replace(release, files=len(files), size_bytes=size_bytes, digest=digest_of(files.values()))

    def _all(self, what: str, items: list[_Item], do: Callable[[_Item], None], lock: Lock) -> None:
        self._steps.begin(what, len(items))
        self._each(items, do, lock)

    def _each(self, items: Iterable[_Item], do: Callable[[_Item], None], lock: Lock) -> None:
        """Call `do` for each item, in parallel; after the first failure no further item is begun."""

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
