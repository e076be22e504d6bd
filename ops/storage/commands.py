"""``python -m ops storage``: move the files of an old ``./uploads`` folder into the stack's bucket."""

import hashlib
import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final, cast

import boto3
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from ops import aws
from ops.agreement import agree
from ops.aws_errors import errors_of_aws
from ops.cli import printable
from ops.stack_outputs import bucket_of
from ops.storage.check import forget_missing
from ops.storage.journal import Journal, copy_of_journal, open_journal
from ops.storage.run import Outcome, check_bucket, upload_all
from ops.storage.scan import LocalFile, check_prefix, scan

FAILED: Final = 1
"""Exit code when some files were not moved."""
PURPOSE: Final = "uploads"
"""The purpose of the bucket, among the stack's buckets, that receives the files."""
INTERRUPTED: Final = "every file that was sent is in the bucket; run the same command again to go on"
MAX_WORKERS: Final = 64
JOURNALS: Final = Path(".platform") / "storage"
"""Folder of the journals, relative to the current folder; git ignores it."""

app = typer.Typer(help="Move files into the stack's bucket.", no_args_is_help=True)


@app.callback()
def storage() -> None:
    """Move files into the stack's bucket."""


@app.command()
def migrate(
    folder: Annotated[Path, typer.Argument(help="The old folder, such as ./uploads. It stays as it is.")],
    *,
    stack: Annotated[str | None, typer.Option(help="The stack whose uploads bucket gets the files.")] = None,
    bucket: Annotated[str | None, typer.Option(help="Name of the bucket, instead of --stack.")] = None,
    prefix: Annotated[str, typer.Option(help="Prefix of each key, such as old/.")] = "",
    workers: Annotated[int, typer.Option(min=1, max=MAX_WORKERS, help="Number of files to send at the same time.")] = 8,
    journal: Annotated[
        Path | None, typer.Option(help="File that records what is done. Default: one in .platform/storage/.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be moved; nothing is sent.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before files are sent to AWS.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON, and no progress.")] = False,
) -> None:
    """Move the files of FOLDER into a bucket; run it again to go on.

    Each file becomes an object whose key is its path below FOLDER. Links and unsafe names are refused before anything
    is sent. Amazon S3 checks the SHA-256 of each file. If the bucket has an object with the same SHA-256, the file is
    not sent again; an object with another SHA-256 is never replaced. A file that was moved before and is gone from the
    bucket is sent again.

    Exit codes: 0 every file is in the bucket, 1 some files were not moved or the user did not agree, 2 an argument or
    the folder is wrong, 3 AWS refused, 130 interrupted.
    """
    if (stack is None) == (bucket is None):
        raise ValueError("name either --stack or --bucket")
    check_prefix(prefix)
    root = folder.absolute()
    with errors_of_aws(INTERRUPTED):
        session = None if stack is None else aws.connect(stack)
        target = bucket_of(session.outputs, PURPOSE) if session is not None else cast("str", bucket)
        path = journal or JOURNALS / f"{_name(target, root, prefix)}.sqlite"
        with _opened(path, target, root, dry_run=dry_run) as opened:
            opened.take(scan(root, prefix))
            client = (
                aws.make_client(cast("Any", boto3).Session(), "s3", None, None, connections=workers)
                if session is None
                else session.client("s3", connections=workers)
            )
            check_bucket(client, target)
            missing = forget_missing(opened, client, target, prefix)
            files, all_bytes, pending, pending_bytes = opened.totals()
            outcome = Outcome()
            if pending and not dry_run:
                question = f"send {pending} files ({pending_bytes} bytes) of {folder} to {target}"
                agree(question, is_local=session is not None and session.is_local, yes=yes)
                with _progress(pending_bytes, shown=not as_json) as advance:
                    outcome = upload_all(opened, root, client, target, workers=workers, on_progress=advance)
    result = {"bucket": target, "files": files, "bytes": all_bytes, "pending": pending, "pendingBytes": pending_bytes}
    result["missing"] = missing
    _print({**result, "dryRun": dry_run, **asdict(outcome)}, as_json=as_json)
    if outcome.failed:
        raise typer.Exit(FAILED)


@contextmanager
def _opened(path: Path, bucket: str, folder: Path, *, dry_run: bool) -> Generator[Journal]:
    with copy_of_journal(path) if dry_run else open_journal(path) as opened:
        opened.belongs_to(bucket, folder)
        yield opened


class _Advance:
    """Moves the progress bar by a file's size."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("moving", total=total)

    def __call__(self, file: LocalFile) -> None:
        self._progress.advance(self._task, file.size_bytes)


@contextmanager
def _progress(total: int, *, shown: bool) -> Generator[_Advance]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not shown) as progress:
        yield _Advance(progress, total)


def _name(bucket: str, folder: Path, prefix: str) -> str:
    digest = hashlib.sha256(f"{folder}\0{prefix}".encode(errors="surrogateescape")).hexdigest()
    return f"{bucket}-{digest[:12]}"


def _print(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result, indent=2))
        return
    if result["missing"]:
        typer.echo(f"{result['missing']} files were moved before and are not in the bucket as they were", err=True)
    for failure in result["failures"]:
        typer.echo(f"not moved: {printable(failure)}", err=True)
    if result["failed"] > len(result["failures"]):
        typer.echo(f"... and {result['failed'] - len(result['failures'])} more", err=True)
    if result["dryRun"]:
        typer.echo(
            f"{result['pending']} of {result['files']} files ({result['pendingBytes']} bytes) would be moved to"
            f" {result['bucket']}"
        )
        return
    typer.echo(
        f"{result['files']} files for {result['bucket']}: {result['uploaded']} sent, {result['already_there']} there"
        f" already, {result['files'] - result['pending']} done before, {result['failed']} failed"
    )
