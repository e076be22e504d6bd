"""``python -m ops frontend``: deploy the built site, go back to an earlier release, and list the releases."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ops import aws
from ops.addresses import address_of
from ops.agreement import agree
from ops.aws_errors import errors_of_aws
from ops.beside import beside
from ops.cli import printable
from ops.frontend.bucket import Bucket
from ops.frontend.config_file import with_config
from ops.frontend.deployment import Deployment, Done, Known, Plan
from ops.frontend.folder import Folder, FolderOptions, find_files, read_files
from ops.frontend.invalidation import Invalidations
from ops.frontend.lock import locked
from ops.frontend.progress import Progress, progress
from ops.frontend.release import Release, State
from ops.frontend.saying import print_result
from ops.frontend.settings import site_settings

MAX_WORKERS: Final = 64
INTERRUPTED: Final = "the site works; run the same command again to finish, or `ops frontend rollback`"

app = typer.Typer(help="Deploy the site, roll it back, list its releases.", no_args_is_help=True)

Stack = Annotated[str, typer.Option(help="The stack of the site.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and no progress.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be done; nothing is changed.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before a site in AWS is changed.")]
Workers = Annotated[int, typer.Option(min=1, max=MAX_WORKERS, help="Number of simultaneous requests.")]
KeepDays = Annotated[
    int, typer.Option(min=0, help="Days to keep a release's files after it was last live, for tabs still open.")
]
Config = Annotated[
    bool,
    typer.Option(help="Add a config.json with the stack's settings, as the reference site needs it, if there is none."),
]
Wait = Annotated[int, typer.Option(min=0, help="Seconds to wait for another run on the same site.")]
KEEP_DAYS: Final = 7
WORKERS: Final = 32
"""Amazon S3 answers a request in 100 to 200 ms (Amazon S3 User Guide, "Best practices design patterns: optimizing
Amazon S3 performance"), so this many simultaneous requests keep one processor busy."""
WAIT_SECONDS: Final = 120


@app.callback()
def frontend() -> None:
    """Deploy the site, roll it back, list its releases."""


@app.command()
def deploy(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder that the build wrote, such as frontend/dist.")
    ],
    *,
    stack: Stack = "local",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
    keep_days: KeepDays = KEEP_DAYS,
    wait: Wait = WAIT_SECONDS,
    workers: Workers = WORKERS,
    source_maps: Annotated[bool, typer.Option("--source-maps", help="Publish source maps too.")] = False,
    hidden_files: Annotated[bool, typer.Option("--hidden-files", help="Publish files like .env too.")] = False,
    fixed: Annotated[
        list[str] | None, typer.Option("--immutable", help="Pattern of files whose names change with their content.")
    ] = None,
    changing: Annotated[
        list[str] | None,
        typer.Option("--mutable", help="Pattern of files whose names seem to have a hash, but stay the same."),
    ] = None,
    config: Config = True,
    again: Annotated[
        bool, typer.Option("--again", help="Send every file, even if the bucket has it: after changes by hand.")
    ] = False,
) -> None:
    """Make DIR the live release: send only changed files, assets first and pages last.

    The site works at every moment, even when the run is killed: run it again to finish. Exit codes: 0 done or nothing
    to do, 1 the user did not agree or it failed, 2 the folder or an argument is wrong, 3 AWS refused, 4 another run is
    under way, 130 interrupted.
    """
    options = FolderOptions(
        source_maps=source_maps, hidden_files=hidden_files, fixed=fixed or (), changing=changing or ()
    )
    with errors_of_aws(INTERRUPTED), progress(shown=not as_json) as steps:
        paths = find_files(folder, options)
        steps.begin("reading the stack's outputs")
        access = aws.access_to(stack)
        # AWS answers two questions while the files are read here: most deployments that change nothing end with that
        account, bucket = access.check_account(), _bucket(access, workers)
        asked = beside(bucket.state)
        steps.begin("reading the folder", len(paths))
        read = read_files(folder, paths, options, steps.advance)
        steps.begin("comparing with the live release")
        site = _Site(account.result(), bucket, steps, workers, timedelta(days=keep_days))
        read = with_config(read, site.settings) if config else read
        state, _ = asked.result()
        live = None if again else site.deployment.live(read.entries, state)
        run = _Run(live, None, None)
        if live is None:
            who = site.session.caller
            run = site.run(
                lambda known: site.deployment.plan(read, known, who, again=again),
                _Way(dry_run=dry_run, yes=yes, wait_seconds=wait, folder=read),
            )
        steps.end()
    warnings = [*read.warnings, *(_reused(key) for key in (run.plan.reused if run.plan is not None else ()))]
    print_result(_result(site, run, dry_run=dry_run) | {"warnings": warnings}, as_json=as_json)


@app.command()
def rollback(
    *,
    to: Annotated[str | None, typer.Option(help="Id of a release that is kept; default: the previous one.")] = None,
    stack: Stack = "local",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
    config: Config = True,
    keep_days: KeepDays = KEEP_DAYS,
    wait: Wait = WAIT_SECONDS,
    workers: Workers = WORKERS,
) -> None:
    """Make an earlier release live again. Its files are still in the bucket, so this takes seconds.

    Exit codes: as for deploy.
    """
    with errors_of_aws(INTERRUPTED), progress(shown=not as_json) as steps:
        site = _site(stack, steps, workers, timedelta(days=keep_days))
        state, _ = site.bucket.state()
        target = _target(state, to)
        run = _Run(target, None, None)
        if target != state.live or state.switching is not None:
            added = with_config(Folder(Path()), site.settings) if config else None
            run = site.run(
                lambda known: site.deployment.plan_rollback(
                    _target(known.state, target), known, {} if added is None else added.entries
                ),
                _Way(dry_run=dry_run, yes=yes, wait_seconds=wait, folder=added),
            )
        steps.end()
    print_result(_result(site, run, dry_run=dry_run) | {"warnings": []}, as_json=as_json)


@app.command()
def releases(*, stack: Stack = "local", as_json: AsJson = False) -> None:
    """List the releases that are kept: when and by whom they were made, their number of files, and which is live."""
    with errors_of_aws(), progress(shown=not as_json) as steps:
        site = _site(stack, steps, 1, timedelta())
        steps.begin("reading the releases")
        state, _ = site.bucket.state()
        steps.end()
    rows = [_row(release, state) for release in state.newest_first()]
    if as_json:
        typer.echo(json.dumps({"stack": stack, "url": site.url, "releases": rows}, indent=2))
        return
    if not rows:
        typer.echo(f"no release of {site.url} yet: `python -m ops frontend deploy DIR --stack {stack}`")
        return
    from rich.console import Console  # noqa: PLC0415 (deployments need not pay for it)
    from rich.table import Table  # noqa: PLC0415

    table = Table("release", "made", "by", "files", "bytes", "", box=None, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*(printable(str(row[key])) for key in ("id", "created", "by", "files", "bytes", "status")))
    width = None if sys.stdout.isatty() else 200
    Console(highlight=False, emoji=False, markup=False, width=width).print(table)


@dataclass(frozen=True)
class _Way:
    """The options for carrying out a plan."""

    dry_run: bool
    yes: bool
    wait_seconds: float
    folder: Folder | None
    """The folder with the files to send; None when no file is sent."""


@dataclass(frozen=True)
class _Run:
    """The result of a run."""

    live: str | None
    """Id of the release that was live before the run; without a plan it still is."""
    plan: Plan | None
    done: Done | None


def _to_open(session: aws.StackSession) -> str:
    """Return the site's URL; for the local stack the one at the local edge, if it runs."""
    url = session.output("site_url")
    try:
        return address_of(session, url).url
    except ValueError:
        return url


class _Site:
    """The site of a stack."""

    def __init__(
        self, session: aws.StackSession, bucket: Bucket, steps: Progress, workers: int, keep: timedelta
    ) -> None:
        self._steps, self.session, self.bucket = steps, session, bucket
        self.url = _to_open(session)
        invalidations = Invalidations(lambda: session.client("cloudfront"), session.output("site_distribution_id"))
        self.deployment = Deployment(bucket, invalidations, steps, workers=workers, keep=keep)

    def settings(self) -> str | None:
        """The content of the site's ``config.json``; None for a stack without an API."""
        return site_settings(self.session) if "api_url" in self.session.outputs else None

    def run(self, make_plan: Callable[[Known], Plan | None], way: _Way) -> _Run:
        """Make a plan, ask the user, lock the site, then make the plan again and carry it out."""
        if way.dry_run or not self._is_agreed(way):
            known = self.deployment.look()
            plan = make_plan(known)
            if plan is None or way.dry_run:
                return _Run(known.state.live, plan, None)
            self._steps.end()
            agree(f"{self.url}: {_sentence(plan)}", is_local=self.session.is_local, yes=way.yes)
        self._steps.begin("locking the site")
        with locked(self.bucket, self.session.caller, wait_seconds=way.wait_seconds, on_wait=self._waiting) as lock:
            known = self.deployment.look()
            plan = make_plan(known)
            done = None if plan is None else self.deployment.carry_out(plan, known, way.folder, lock)
            return _Run(known.state.live, plan, done)

    def _is_agreed(self, way: _Way) -> bool:
        """Return whether no question is needed: the user has agreed, or the site is local and can be made again."""
        return way.yes or self.session.is_local

    def _waiting(self, why: str) -> None:
        self._steps.begin(f"waiting: {printable(why)}")


def _site(stack: str, steps: Progress, workers: int, keep: timedelta) -> _Site:
    steps.begin("reading the stack's outputs")
    session = aws.connect(stack)
    return _Site(session, _bucket(session, workers), steps, workers, keep)


def _bucket(access: aws.StackAccess, workers: int) -> Bucket:
    return Bucket(access.client("s3", connections=workers + 1), access.output("site_bucket_name"))


def _sentence(plan: Plan) -> str:
    sent = sum(upload.entry.size_bytes for upload in plan.uploads)
    return f"make release {plan.release.identifier} live, and send {len(plan.uploads)} files ({sent} bytes) for it"


def _target(state: State, to: str | None) -> str:
    target = to if to is not None else state.former()
    if target is None:
        kept = ", ".join(release.identifier for release in state.newest_first()) or "none"
        raise ValueError(
            f"no release from before the live one is kept; kept are: {kept}; --to=RELEASE goes to one of them"
        )
    if target not in state.releases:
        kept = ", ".join(release.identifier for release in state.newest_first()) or "none"
        raise ValueError(f"--to={target} is no release that is kept; kept are: {kept}")
    return target


def _reused(key: str) -> str:
    return (
        f"{key!a} had another content before: it is served with no-cache from now on, but browsers that have it "
        "keep the old one; let its name change with its content, or say --mutable"
    )


def _row(release: Release, state: State) -> dict[str, Any]:
    if release.identifier == state.live:
        status = "live" if state.switching is None else "live, being replaced"
    elif release.identifier == state.switching:
        status = "begun: run its deployment again"
    else:
        status = "kept"
    return {
        "id": release.identifier,
        "created": f"{release.created:%Y-%m-%d %H:%M:%S} UTC",
        "by": release.created_by,
        "files": release.files,
        "bytes": release.size_bytes,
        "status": status,
        "live": release.identifier == state.live,
        "former": release.former,
    }


def _result(site: _Site, run: _Run, *, dry_run: bool) -> dict[str, Any]:
    """Return what a run did, or would do, as data for JSON."""
    plan, done, live = run.plan, run.done, run.live
    about = {"stack": site.session.stack, "url": site.url, "bucket": site.bucket.name, "dryRun": dry_run}
    if plan is None:
        return {**about, "release": live, "former": None, "changed": False}
    switch = plan.switch
    return {
        **about,
        "release": plan.release.identifier,
        "former": live,
        "changed": True,
        "files": len(plan.files),
        "uploads": len(plan.uploads),
        "uploadBytes": sum(upload.entry.size_bytes for upload in plan.uploads),
        "switched": [entry.key for group in switch.copies for entry in group],
        "removedPages": list(switch.removed_pages),
        "invalidation": list(switch.invalidation),
        **({} if done is None else {"invalidationEnded": done.invalidation_ended, "removed": done.removed}),
    }
