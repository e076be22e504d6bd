"""``python -m ops release``: make an image of the service live, or go back to the one before."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table
from typer.core import TyperGroup

from ops import aws, stacks
from ops.agreement import agree
from ops.aws_errors import errors_of_aws
from ops.errors import BusyError
from ops.image.source import ImageSource, given_pairs
from ops.release import history
from ops.release import image as release_image
from ops.release.follow import table_of
from ops.release.image import Image
from ops.release.lock import Lock
from ops.release.run import ReleaseOptions, ReleaseRun
from ops.reporting import Reporter

INTERRUPTED: Final = (
    "the configuration names the image that ran before; look at `python -m ops release status`, and run it again"
)


class _ImageOrCommand(TyperGroup):
    """A command group whose default command is `deploy`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Insert `deploy` unless the first argument is a command or ``--help``."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["deploy", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_ImageOrCommand,
    help="Make an image of the service live: 'release IMAGE', 'release --build DIR'; or go back: 'release rollback'.",
    subcommand_metavar="[IMAGE | --build DIR | COMMAND [ARGS]...]",
    no_args_is_help=True,
)

Stack = Annotated[str, typer.Option(help="The stack of the service.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print each event, and the result, as a line of JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check the image and print what would be done.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before a stack in AWS is changed.")]
Timeout = Annotated[float, typer.Option(min=1, help="Timeout in seconds of the migration, and of the rollout.")]
Wait = Annotated[float, typer.Option(min=0, help="Seconds to wait for another release of the same stack.")]
Findings = Annotated[bool, typer.Option("--accept-findings", help="Accept an image with critical findings.")]
HealthPath = Annotated[str, typer.Option(help="Path of the API to request once the release is live; empty: none.")]
TIMEOUT_SECONDS: Final = 1800.0
WAIT_SECONDS: Final = 0.0


@app.command()
def deploy(
    image: Annotated[
        str | None, typer.Argument(help="Tag or digest in the stack's repository, or the image's whole name.")
    ] = None,
    *,
    build: Annotated[Path | None, typer.Option(help="Build the image of this folder's Dockerfile instead.")] = None,
    build_context: Annotated[
        list[str] | None, typer.Option("--build-context", metavar="NAME=DIR", help="As for 'docker build'.")
    ] = None,
    build_arg: Annotated[
        list[str] | None, typer.Option("--build-arg", metavar="NAME=VALUE", help="As for 'docker build'; no secrets.")
    ] = None,
    platform: Annotated[
        str | None, typer.Option(help="The image's platform, such as linux/arm64; default: the task definition's.")
    ] = None,
    container: Annotated[
        bool,
        typer.Option("--container", help="Local stack: build with a container engine, and run tasks as containers."),
    ] = False,
    migration: Annotated[bool, typer.Option("--migration/--no-migration", help="Whether the migration runs.")] = True,
    accept_findings: Findings = False,
    stack: Stack = "local",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
    timeout: Timeout = TIMEOUT_SECONDS,
    wait: Wait = WAIT_SECONDS,
    health_path: HealthPath = "/health",
) -> None:
    """Make IMAGE, or the image that --build builds, live: check, migrate, run up, and wait until only it runs.

    Exit codes: 0 live, 1 failed or rolled back (the configuration then names the image that runs), 2 an argument or
    setting is wrong, 3 AWS refused, 4 another release is under way, 130 interrupted.
    """
    if (image is None) == (build is None):
        raise ValueError("give an IMAGE, or --build DIR")
    if container and build is None:
        raise ValueError("--container is for --build DIR: an image that is named was built before")
    source = ImageSource(
        named=image,
        folder=build,
        contexts={name: Path(folder) for name, folder in given_pairs("--build-context", build_context)},
        arguments=dict(given_pairs("--build-arg", build_arg)),
        platform=platform,
        in_container=container,
    )
    options = ReleaseOptions(migration, accept_findings, timeout, health_path)
    with errors_of_aws(INTERRUPTED):
        run = _run(stack, options, as_json=as_json)
        if build is not None and not dry_run:
            # Ask before the push, because the push changes AWS too.
            agree(f"build {build}, push it and release it to {stack}", is_local=run.session.is_local, yes=yes)
            yes = True
        found = source.find(run, dry_run=dry_run)
        if found is None:
            run.reporter.say("result", f"would build the image of {build} and release it to {stack}")
            return
        _release(run, found, dry_run=dry_run, yes=yes, wait=wait)


@app.command()
def rollback(
    *,
    to: Annotated[str | None, typer.Option(help="Tag or digest of an image; default: the previous release's.")] = None,
    stack: Stack = "local",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
    timeout: Timeout = TIMEOUT_SECONDS,
    wait: Wait = WAIT_SECONDS,
    health_path: HealthPath = "/health",
) -> None:
    """Go back to the image of the previous release. Migrations are not undone; scan findings do not stop a rollback.

    Exit codes: as for deploy.
    """
    options = ReleaseOptions(migrate=False, accept_findings=True, timeout_seconds=timeout, health_path=health_path)
    with errors_of_aws(INTERRUPTED):
        run = _run(stack, options, as_json=as_json)

        def find() -> Image:
            return _earlier(run, to)

        _release(run, find(), dry_run=dry_run, yes=yes, wait=wait, again=find)


@app.command()
def migrate(
    *,
    stack: Stack = "local",
    yes: Yes = False,
    as_json: AsJson = False,
    timeout: Timeout = TIMEOUT_SECONDS,
    wait: Wait = WAIT_SECONDS,
) -> None:
    """Run the migration with the live image. It also sets the database users' passwords to those in their secrets.

    Exit codes: as for deploy.
    """
    with errors_of_aws("run it again: a migration may run as often as one likes"):
        run = _run(stack, ReleaseOptions(timeout_seconds=timeout), as_json=as_json)
        agree(f"run the migration of {stack}", is_local=run.session.is_local, yes=yes)
        with _held(run, wait) as waited:
            if waited:
                run.read_again()
            live = run.live_image()
            if live is None:
                raise ValueError(f"the service of {stack} runs no image yet: its first release migrates")
            ran = run.migrate(live)
    text = f"migrated with {live}" if ran else "nothing to do: there is no database to migrate"
    run.reporter.say("result", text, stack=stack, image=live, changed=ran)


@app.command("list")
def list_releases(*, stack: Stack = "local", as_json: AsJson = False) -> None:
    """List the releases whose images are still in the repository, the newest first."""
    with errors_of_aws():
        run = _run(stack, ReleaseOptions(), as_json=as_json)
        live = (run.live_image() or "").partition("@")[2]
        releases = history.read(run.ecr, run.target.repository)
    rows = [
        {"at": each.at.isoformat(), "digest": each.digest, "live": each.digest == live} for each in reversed(releases)
    ]
    run.reporter.result({"stack": stack, "releases": rows})
    table = Table("at", "image", "", box=None, pad_edge=False)
    for row in rows:
        table.add_row(str(row["at"]), str(row["digest"]), "live" if row["live"] else "")
    if rows:
        run.reporter.table(table)
    elif not as_json:
        typer.echo(f"no release of {stack} yet: `python -m ops release --build DIR --stack {stack}`")


@app.command()
def status(*, stack: Stack = "local", as_json: AsJson = False) -> None:
    """Show the image that runs, the progress of deployments, the tasks, and who holds the release lock."""
    with errors_of_aws():
        run = _run(stack, ReleaseOptions(), as_json=as_json)
        snapshot = run.reader.snapshot(run.reader.service(run.target.service))
        live, holder = run.live_image(), _lock(run).holder()
        configured = stacks.service_image(stack)
    deployments = [
        {"revision": each.revision, "status": each.status, "state": each.state, "failed": each.failed}
        for each in snapshot.deployments
    ]
    tasks = [
        {"task": each.identifier, "revision": each.revision, "status": each.status, "health": each.health}
        | {"target": each.target, "capacity": each.provider, "zone": each.zone}
        for each in snapshot.tasks
    ]
    run.reporter.result(
        {"stack": stack, "image": live, "configured": configured, "lock": None if holder is None else str(holder)}
        | {"deployments": deployments, "tasks": tasks}
    )
    if as_json:
        return
    typer.echo(f"runs: {live or 'no image yet'}")
    if configured != live:
        advice = f"`make up STACK={stack}` makes it live" if holder is None else "the release under way makes it live"
        typer.echo(f"configured: {configured or 'no image'}; {advice}")
    for each in snapshot.deployments:
        typer.echo(f"deployment of {each.revision}: {each.state.lower()}, {each.running} of {each.desired} tasks run")
    typer.echo("no release is under way" if holder is None else f"a release is under way: {holder}")
    run.reporter.table(table_of(snapshot))


@app.command()
def unlock(*, stack: Stack = "local", yes: Yes = False, as_json: AsJson = False) -> None:
    """Remove the lock of a release that no longer runs, such as one that was killed on another machine."""
    with errors_of_aws():
        run = _run(stack, ReleaseOptions(), as_json=as_json)
        lock = _lock(run)
        holder = lock.holder()
        if holder is not None:
            agree(f"remove the lock of {holder}", is_local=run.session.is_local, yes=yes)
            lock.remove()
    text = "no release is under way" if holder is None else f"removed the lock of {holder}"
    said = None if holder is None else str(holder)
    run.reporter.say("result", text, stack=stack, holder=said, changed=holder is not None)


def _run(stack: str, options: ReleaseOptions, *, as_json: bool) -> ReleaseRun:
    stacks.service_image(stack)  # raises, before any request to AWS, if `up` builds the stack's image
    return ReleaseRun(aws.connect(stack), Reporter(as_json=as_json), options)


def _lock(run: ReleaseRun) -> Lock:
    return Lock(run.session.client("ssm"), stacks.project_name(), run.target.stack)


@contextmanager
def _held(run: ReleaseRun, wait: float) -> Generator[list[str]]:
    """Hold the release lock during the block; yields a list with the holder that it waited for, or an empty list."""
    waited: list[str] = []

    def waiting(holder: str) -> None:
        waited.append(holder)
        run.reporter.say("waiting", f"another release is under way: {holder}")

    stack = run.target.stack
    with _lock(run).held(run.session.caller, wait_seconds=wait, on_wait=waiting, pause=run.pause):
        # The `up` of a release that was killed goes on without it.
        changer = stacks.changer(stack)
        if changer is not None:
            raise BusyError(f"another run is changing the {stack} stack: {changer}; release again when it has ended")
        yield waited


def _earlier(run: ReleaseRun, to: str | None) -> Image:
    if to is None:
        live = run.live_image()
        digest = None if live is None else live.partition("@")[2]
        named = {"imageDigest": history.before(history.read(run.ecr, run.target.repository), digest)}
    else:
        named = release_image.reference(to, run.target.repository_url)
    return release_image.find(run.ecr, run.target.repository, named)


def _release(
    run: ReleaseRun, image: Image, *, dry_run: bool, yes: bool, wait: float, again: Callable[[], Image] | None = None
) -> None:
    """Make an image live, unless it is live already.

    Args:
        run: The release.
        image: The image.
        dry_run: Whether nothing may be changed.
        yes: Whether the user has agreed already.
        wait: Seconds to wait for another release.
        again: Finds the image again after waiting for another release; None keeps `image`.
    """
    if _is_done(run, image, dry_run=dry_run):
        return
    stack = run.target.stack
    run.check(image)
    if dry_run:
        run.reporter.say("result", f"would release {run.name_of(image)} to {stack}", **_result(run, image), dryRun=True)
        return
    agree(f"release {run.name_of(image)} to {stack}", is_local=run.session.is_local, yes=yes)
    with _held(run, wait) as waited:
        if waited:
            run.read_again()
            image = image if again is None else again()
            if _is_done(run, image, dry_run=False):
                return
        result = _result(run, image)
        run.carry_out(image)
    run.reporter.say("result", f"live: {run.name_of(image)}", **result, changed=True)


def _is_done(run: ReleaseRun, image: Image, *, dry_run: bool) -> bool:
    done = run.is_live(image)
    if done:
        text = f"nothing to do: {run.name_of(image)} is live already"
        run.reporter.say("result", text, **_result(run, image), changed=False, dryRun=dry_run)
    return done


def _result(run: ReleaseRun, image: Image) -> dict[str, Any]:
    return {"stack": run.target.stack, "image": run.name_of(image), "before": run.live_image()}
