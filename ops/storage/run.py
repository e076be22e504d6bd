"""Sends files to a bucket, several at a time, and checks each by its SHA-256."""

import base64
import hashlib
import mimetypes
import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from ops.aws_errors import code_of, concerns_every_request
from ops.storage.journal import Journal
from ops.storage.scan import LocalFile

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK_BYTES: Final = 1024 * 1024
"""Bytes of a file that are read at a time: each worker needs only a few MiB of memory, however large the files are."""
SHOWN_FAILURES: Final = 20
_UNKNOWN_TYPE: Final = "application/octet-stream"
_OPEN: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


class FileRefusedError(Exception):
    """A file was not moved; the others go on."""


@dataclass
class Outcome:
    """The results of a run, in numbers of files."""

    uploaded: int = 0
    already_there: int = 0
    """Files whose object the bucket had, with the same checksum: from a run that was killed, or put there by hand."""
    failed: int = 0
    failures: list[str] = field(default_factory=list[str])
    """Messages of the first `SHOWN_FAILURES` failures."""


def upload_all(
    journal: Journal,
    folder: Path,
    client: "S3Client",
    bucket: str,
    *,
    workers: int,
    on_progress: Callable[[LocalFile], None],
) -> Outcome:
    """Send every pending file of a journal.

    Only the calling thread uses the journal. At most ``2 * workers`` files are being sent or wait for a worker. When
    the caller is interrupted, or an error would stop the other files too, the files that are being sent are finished;
    the next run finds them in the bucket and records them in the journal.

    Args:
        journal: A journal with a scan of the folder.
        folder: The folder.
        client: A client of S3; the threads share it.
        bucket: Name of the bucket.
        workers: Number of files that are sent at the same time.
        on_progress: Called for each file that is in the bucket or has failed.

    Returns:
        The results.

    Raises:
        ClientError: S3 refuses every request: the credentials have expired or may not do it, or S3 throttles.
        BotoCoreError: S3 does not answer.
    """
    outcome = Outcome()
    running: dict[Future[tuple[str, bool]], LocalFile] = {}

    def settle() -> None:
        finished, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in finished:
            file = running.pop(future)
            _note(journal, file, future, outcome)
            on_progress(file)

    pool = ThreadPoolExecutor(workers, thread_name_prefix="upload")
    try:
        for file in journal.pending():
            running[pool.submit(move, folder, file, client, bucket)] = file
            if len(running) >= 2 * workers:
                settle()
        while running:
            settle()
    finally:
        pool.shutdown(cancel_futures=True)
    return outcome


def move(folder: Path, file: LocalFile, client: "S3Client", bucket: str) -> tuple[str, bool]:
    """Send one file to the bucket, unless it is there already.

    Returns:
        The file's SHA-256 in hexadecimal, and whether it was sent.

    Raises:
        FileRefusedError: The file has changed, is a link now or cannot be read, the bucket has another object under its
            key, or S3 refuses this file.
        ClientError: S3 refuses every request; see `upload_all`.
        BotoCoreError: S3 does not answer.
    """
    try:
        with open(os.open(folder / file.path, _OPEN), "rb") as content:  # noqa: PTH123 (a Path cannot refuse links)
            _refuse_changed(content, file)
            digest = _sha256(content)
            sent = _send(content, file, digest, client, bucket)
            _refuse_changed(content, file)
    except OSError as error:
        raise FileRefusedError(f"{file.path}: {error.strerror}") from error
    except ClientError as error:
        if concerns_every_request(error):
            raise
        raise FileRefusedError(f"{file.path}: S3 answered {code_of(error)}") from error
    except BotoCoreError as error:
        if concerns_every_request(error):
            raise
        raise FileRefusedError(f"{file.path}: {type(error).__name__}") from error
    return digest.hex(), sent


def _send(content: BinaryIO, file: LocalFile, digest: bytes, client: "S3Client", bucket: str) -> bool:
    checksum = base64.b64encode(digest).decode()
    present = _checksum_of(client, bucket, file.key)
    if present is None:
        content.seek(0)
        try:
            client.put_object(
                Bucket=bucket,
                Key=file.key,
                Body=content,
                ContentLength=file.size_bytes,
                ContentType=mimetypes.guess_type(file.path)[0] or _UNKNOWN_TYPE,
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=checksum,
                # An object that somebody else has put there in the meantime is not replaced
                IfNoneMatch="*",
            )
        except ClientError as error:
            # boto3 repeats a request whose response was lost. Then the object is this run's own, or somebody else's.
            if code_of(error) != "PreconditionFailed":
                raise
        # S3 refuses a body with another checksum; nevertheless, read back the checksum of the stored object
        if _checksum_of(client, bucket, file.key) != checksum:
            raise FileRefusedError(
                f"{file.path}: the object under this key has another checksum; nothing is replaced, look at it"
            )
        return True
    if present != checksum:
        raise FileRefusedError(f"{file.path}: the bucket has another object under this key; nothing is replaced")
    return False


def _checksum_of(client: "S3Client", bucket: str, key: str) -> str | None:
    """Return the SHA-256 that S3 has stored for an object; empty when S3 has none, None when there is no object."""
    try:
        return client.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED").get("ChecksumSHA256", "")
    except ClientError as error:
        if code_of(error) in {"404", "NoSuchKey", "NotFound"}:
            return None
        raise


def _sha256(content: BinaryIO) -> bytes:
    digest = hashlib.sha256()
    while chunk := content.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.digest()


def _refuse_changed(content: BinaryIO, file: LocalFile) -> None:
    state = os.fstat(content.fileno())
    if (state.st_size, state.st_mtime_ns) != (file.size_bytes, file.modified_ns):
        raise FileRefusedError(f"{file.path}: it was changed while it was moved; run again")


def _note(journal: Journal, file: LocalFile, future: Future[tuple[str, bool]], outcome: Outcome) -> None:
    try:
        sha256, sent = future.result()
    except FileRefusedError as error:
        outcome.failed += 1
        if len(outcome.failures) < SHOWN_FAILURES:
            outcome.failures.append(str(error))
        return
    journal.done(file, sha256)
    outcome.uploaded += sent
    outcome.already_there += not sent


def check_bucket(client: "S3Client", bucket: str) -> None:
    """Check that a bucket exists and that the credentials may use it.

    Args:
        client: A client of S3.
        bucket: Name of the bucket.

    Raises:
        ValueError: There is no such bucket, or the name cannot be that of a bucket.
        ClientError: S3 refuses for another reason.
        BotoCoreError: S3 does not answer.
    """
    try:
        client.head_bucket(Bucket=bucket)
    except ParamValidationError as error:
        raise ValueError(f"bucket={bucket} cannot be the name of a bucket") from error
    except ClientError as error:
        if code_of(error) in {"404", "NoSuchBucket"}:
            raise ValueError(f"bucket={bucket}: there is no such bucket") from error
        raise
