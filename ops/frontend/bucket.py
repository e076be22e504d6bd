"""Reads and writes the objects of a site's bucket."""

import base64
import gzip
import hashlib
import tempfile
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from botocore.exceptions import ClientError

from ops.aws_errors import code_of
from ops.errors import OperationError
from ops.frontend.files import Entry
from ops.frontend.plan import MANIFESTS, STATE_KEY, Upload, content_key, manifest_key
from ops.frontend.release import State, manifest_from_json, manifest_to_json, state_from_json, state_to_json

SMALL_BYTES: Final = 1024 * 1024
"""Files up to this size are read whole; larger ones are sent from the disk, so that memory stays bounded."""
DELETED_AT_ONCE: Final = 1000
"""Most keys of a DeleteObjects request (Amazon S3 API Reference)."""
_MISSING: Final = {"404", "NoSuchKey", "NotFound"}
_CONFLICT: Final = {"412", "PreconditionFailed", "409", "ConditionalRequestConflict"}
_PRIVATE: Final = "private, no-store"
_JSON: Final = "application/json"


@dataclass(frozen=True)
class Versioned:
    """A small object and what it takes to replace just this version of it.

    Attributes:
        text: Its content.
        etag: Its entity tag.
        age_seconds: How long ago it was written, by the clock of Amazon S3.
    """

    text: str
    etag: str
    age_seconds: float


class Bucket:
    """A site's bucket; its methods can be called by several threads at once."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self.name = name

    def objects(self) -> dict[str, int]:
        """List all objects.

        Returns:
            Key -> size in bytes.
        """
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return {each["Key"]: each["Size"] for page in pages for each in page.get("Contents", ())}

    def read(self, key: str) -> Versioned | None:
        """Read a small object; None if there is none."""
        try:
            answer = self._client.get_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if code_of(error) in _MISSING:
                return None
            raise
        return Versioned(answer["Body"].read().decode(), answer["ETag"], age_seconds(answer))

    def write(self, key: str, text: str, *, replacing: str | None) -> str | None:
        """Write a small object if it is still as it was.

        Args:
            key: Its key.
            text: Its content.
            replacing: Entity tag of the version to be replaced; None if there must be none.

        Returns:
            The new entity tag; None if somebody else was faster.
        """
        condition = {"IfNoneMatch": "*"} if replacing is None else {"IfMatch": replacing}
        try:
            answer = self._client.put_object(
                Bucket=self.name, Key=key, Body=text.encode(), ContentType=_JSON, CacheControl=_PRIVATE, **condition
            )
        except ClientError as error:
            # 404: the version that was to be replaced is gone
            if code_of(error) not in _CONFLICT | _MISSING:
                raise
            # An answer that was lost on the way is asked for again by botocore, and then refused
            found = self.read(key)
            return found.etag if found is not None and found.text == text else None
        return str(answer["ETag"])

    def state(self) -> tuple[State, str | None]:
        """Read which releases there are, and the entity tag for `write`."""
        found = self.read(STATE_KEY)
        return (State(), None) if found is None else (state_from_json(found.text), found.etag)

    def write_state(self, state: State, etag: str | None) -> str:
        """Write which releases there are.

        Raises:
            OperationError: Somebody else has written it since it was read.
        """
        written = self.write(STATE_KEY, state_to_json(state), replacing=etag)
        if written is None:
            raise OperationError("another deployment has taken over: run it again")
        return written

    def manifest(self, identifier: str) -> dict[str, Entry]:
        """Read the files of a release; none if its manifest is gone."""
        found = self.read(manifest_key(identifier))
        return {} if found is None else manifest_from_json(found.text)

    def write_manifest(self, identifier: str, entries: Iterable[Entry]) -> None:
        """Write the files of a release."""
        self._client.put_object(
            Bucket=self.name,
            Key=manifest_key(identifier),
            Body=manifest_to_json(entries).encode(),
            ContentType=_JSON,
            CacheControl=_PRIVATE,
        )

    def upload(self, source: Path | bytes, upload: Upload) -> None:
        """Send a file; Amazon S3 refuses it if it is not what the folder had when it was read.

        Args:
            source: The file, or its content.
            upload: Where it goes, and how it is served.

        Raises:
            OperationError: It has changed since.
            OSError: It cannot be read.
        """
        entry = upload.entry
        with _body(source, entry) as (body, checksum):
            headers = {"ContentEncoding": entry.encoding} if entry.encoding else {}
            try:
                self._client.put_object(
                    Bucket=self.name,
                    Key=upload.key,
                    Body=body,
                    ContentType=entry.content_type,
                    CacheControl=entry.cache_control,
                    ChecksumSHA256=base64.b64encode(checksum).decode(),
                    **headers,
                )
            except ClientError as error:
                if code_of(error) == "BadDigest":
                    raise _changed(entry.key) from error
                raise

    def show(self, entry: Entry) -> None:
        """Give visitors a file under its own key: a copy of its content."""
        headers = {"ContentEncoding": entry.encoding} if entry.encoding else {}
        self._client.copy_object(
            Bucket=self.name,
            Key=entry.key,
            CopySource={"Bucket": self.name, "Key": content_key(entry)},
            MetadataDirective="REPLACE",
            ContentType=entry.content_type,
            CacheControl=entry.cache_control,
            **headers,
        )

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; the bucket keeps them as old versions for a while.

        Raises:
            OperationError: Amazon S3 did not delete one.
        """
        left = list(keys)
        while left:
            batch, left = left[:DELETED_AT_ONCE], left[DELETED_AT_ONCE:]
            answer = self._client.delete_objects(
                Bucket=self.name, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
            )
            for error in answer.get("Errors", ()):
                what = f"{error.get('Message')} ({error.get('Code')})"
                raise OperationError(f"s3:DeleteObject on {error.get('Key')}: {what}; let the credentials do it")

    def delete_if(self, key: str, etag: str) -> None:
        """Delete an object if it is still as it was."""
        try:
            self._client.delete_object(Bucket=self.name, Key=key, IfMatch=etag)
        except ClientError as error:
            if code_of(error) not in _CONFLICT | _MISSING:
                raise

    def manifests(self, identifiers: Iterable[str], workers: int) -> dict[str, dict[str, Entry]]:
        """Read the files of several releases at once."""
        names = list(identifiers)
        with ThreadPoolExecutor(workers) as pool:
            return dict(zip(names, pool.map(self.manifest, names), strict=True))


def identifiers_among(keys: Iterable[str]) -> list[str]:
    """The releases that a bucket has a manifest of, whether they are ready or not."""
    return [key.removeprefix(MANIFESTS).removesuffix(".json") for key in keys if key.startswith(MANIFESTS)]


def has_content(entry: Entry, present: Iterable[str]) -> bool:
    """Whether a bucket still has what a file of a release is made of."""
    return (entry.key if entry.is_fixed else content_key(entry)) in present


@contextmanager
def _body(path: Path | bytes, entry: Entry) -> Generator[tuple[bytes | BinaryIO, bytes]]:
    if isinstance(path, bytes):
        yield path, bytes.fromhex(entry.sha256)
    elif entry.encoding:
        with tempfile.TemporaryFile() as packed:
            yield packed, _compress(path, entry, packed)
    elif entry.size_bytes <= SMALL_BYTES:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise _changed(entry.key)
        yield content, bytes.fromhex(entry.sha256)
    else:
        with path.open("rb") as content:
            yield content, bytes.fromhex(entry.sha256)


def _compress(path: Path, entry: Entry, packed: BinaryIO) -> bytes:
    """Compress a file into another; the same bytes each time, and their SHA-256."""
    digest = hashlib.sha256()
    with path.open("rb") as content, gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as compressing:
        while chunk := content.read(SMALL_BYTES):
            digest.update(chunk)
            compressing.write(chunk)
    if digest.hexdigest() != entry.sha256:
        raise _changed(entry.key)
    packed.seek(0)
    checksum = hashlib.file_digest(packed, "sha256").digest()  # type: ignore[arg-type]
    packed.seek(0)
    return checksum


def _changed(key: str) -> OperationError:
    return OperationError(f"{key} was changed while it was sent: wait for the build to end and run it again")


def age_seconds(answer: dict[str, Any]) -> float:
    """How long ago an object was written, by the clock of Amazon S3 alone; this machine's where it does not say.

    Args:
        answer: That of GetObject.
    """
    headers: dict[str, str] = answer["ResponseMetadata"]["HTTPHeaders"]
    now = parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
    return (now - answer["LastModified"]).total_seconds()
