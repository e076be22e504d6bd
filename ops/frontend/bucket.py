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
"""Files up to this size are read into memory; larger files are sent from the disk, so that memory stays bounded."""
DELETED_AT_ONCE: Final = 1000
"""Maximum number of keys in a DeleteObjects request (Amazon S3 API Reference)."""
_MISSING: Final = {"404", "NoSuchKey", "NotFound"}
_CONFLICT: Final = {"412", "PreconditionFailed", "409", "ConditionalRequestConflict"}
_PRIVATE: Final = "private, no-store"
_JSON: Final = "application/json"


@dataclass(frozen=True)
class Versioned:
    """A small object, with the entity tag by which `Bucket.write` replaces only this version.

    Attributes:
        text: Content of the object.
        etag: Entity tag of the object.
        age_seconds: Seconds since the object was written, by Amazon S3's clock.
    """

    text: str
    etag: str
    age_seconds: float


class Bucket:
    """A site's bucket; several threads may call its methods at the same time."""

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
        """Read a small object; None if it does not exist."""
        try:
            answer = self._client.get_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if code_of(error) in _MISSING:
                return None
            raise
        return Versioned(answer["Body"].read().decode(), answer["ETag"], age_seconds(answer))

    def write(self, key: str, text: str, *, replacing: str | None) -> str | None:
        """Write a small object, on the condition that nobody has changed it.

        Args:
            key: The object's key.
            text: The new content.
            replacing: Entity tag of the version to replace; None if the object must not exist yet.

        Returns:
            The new entity tag; None if somebody else has changed the object.
        """
        condition = {"IfNoneMatch": "*"} if replacing is None else {"IfMatch": replacing}
        try:
            answer = self._client.put_object(
                Bucket=self.name, Key=key, Body=text.encode(), ContentType=_JSON, CacheControl=_PRIVATE, **condition
            )
        except ClientError as error:
            # 404: the version to replace is gone
            if code_of(error) not in _CONFLICT | _MISSING:
                raise
            # If the response to a successful write was lost, botocore retries the request, and S3 refuses the retry
            found = self.read(key)
            return found.etag if found is not None and found.text == text else None
        return str(answer["ETag"])

    def state(self) -> tuple[State, str | None]:
        """Read the state of the releases, and its entity tag for `write_state`."""
        found = self.read(STATE_KEY)
        return (State(), None) if found is None else (state_from_json(found.text), found.etag)

    def write_state(self, state: State, etag: str | None) -> str:
        """Write the state of the releases, and return its new entity tag.

        Raises:
            OperationError: Somebody else has written the state since it was read.
        """
        written = self.write(STATE_KEY, state_to_json(state), replacing=etag)
        if written is None:
            raise OperationError("another deployment has taken over: run it again")
        return written

    def manifest(self, identifier: str) -> dict[str, Entry]:
        """Read the files of a release from its manifest; empty if the manifest is gone."""
        found = self.read(manifest_key(identifier))
        return {} if found is None else manifest_from_json(found.text)

    def write_manifest(self, identifier: str, entries: Iterable[Entry]) -> None:
        """Write the manifest of a release."""
        self._client.put_object(
            Bucket=self.name,
            Key=manifest_key(identifier),
            Body=manifest_to_json(entries).encode(),
            ContentType=_JSON,
            CacheControl=_PRIVATE,
        )

    def upload(self, source: Path | bytes, upload: Upload) -> None:
        """Send a file; Amazon S3 refuses the file if it has changed since the folder was read.

        Args:
            source: The file's path, or its content.
            upload: The object's key and its headers.

        Raises:
            OperationError: The file has changed since the folder was read.
            OSError: The file cannot be read.
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
        """Publish a file under its own key, by copying it from its content's key."""
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
        """Delete objects; the bucket keeps them as noncurrent versions for a while.

        Raises:
            OperationError: Amazon S3 did not delete an object.
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
        """Delete an object, unless its entity tag has changed or it is gone."""
        try:
            self._client.delete_object(Bucket=self.name, Key=key, IfMatch=etag)
        except ClientError as error:
            if code_of(error) not in _CONFLICT | _MISSING:
                raise

    def manifests(self, identifiers: Iterable[str], workers: int) -> dict[str, dict[str, Entry]]:
        """Read the manifests of several releases in parallel: id -> files by key."""
        names = list(identifiers)
        with ThreadPoolExecutor(workers) as pool:
            return dict(zip(names, pool.map(self.manifest, names), strict=True))


def identifiers_among(keys: Iterable[str]) -> list[str]:
    """Return the ids of the releases with a manifest among the keys, including releases that are incomplete."""
    return [key.removeprefix(MANIFESTS).removesuffix(".json") for key in keys if key.startswith(MANIFESTS)]


def has_content(entry: Entry, present: Iterable[str]) -> bool:
    """Return whether the bucket still has the object with a file's content."""
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
    """Compress a file into another, always to the same bytes, and return the SHA-256 of these bytes."""
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
    """Return the seconds since an object was written.

    Both times are Amazon S3's, so this machine's clock does not matter; only a response without a date uses it.

    Args:
        answer: The response of GetObject.
    """
    headers: dict[str, str] = answer["ResponseMetadata"]["HTTPHeaders"]
    now = parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
    return (now - answer["LastModified"]).total_seconds()
