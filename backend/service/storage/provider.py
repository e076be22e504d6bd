"""The interface of every kind of storage, and the data classes of its arguments and results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

MAX_FILE_BYTES: Final = 500_000_000
"""Maximum bytes of a file, as `UploadRequest.sizeBytes` of the API document says."""

ALLOWED_TYPES: Final = frozenset({"application/pdf", "image/jpeg", "image/png", "video/mp4"})
"""Allowed types of files, as `UploadRequest.contentType` of the API document says."""

UPLOAD_SECONDS: Final = 900
"""Seconds for which an upload form is valid."""

DOWNLOAD_SECONDS: Final = 300
"""Seconds for which a download link is valid."""


class StorageError(Exception):
    """Storage did not answer, or refused the request; the file's state is unknown."""


@dataclass(frozen=True)
class FileRule:
    """The key, type and size that an upload must have; storage itself refuses any other upload."""

    key: str
    content_type: str
    size_bytes: int
    """Exact size in bytes."""
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names and values that are stored with the file; ASCII, names in lower case."""

    def __post_init__(self) -> None:
        if self.content_type not in ALLOWED_TYPES:
            raise ValueError(f"content_type={self.content_type!r}; allowed are {', '.join(sorted(ALLOWED_TYPES))}")
        if not 1 <= self.size_bytes <= MAX_FILE_BYTES:
            raise ValueError(f"size_bytes={self.size_bytes}; allowed are 1 to {MAX_FILE_BYTES}")


@dataclass(frozen=True)
class UploadForm:
    """A form that a browser sends to storage: `fields` first, then `file`."""

    url: str
    fields: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True)
class DownloadLink:
    """An address that returns a file until the link expires."""

    url: str
    expires_at: datetime


@dataclass(frozen=True)
class StoredFile:
    """The description of a stored file."""

    key: str
    size_bytes: int
    content_type: str | None = None
    """None in listings of S3, which do not contain it."""
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    modified_at: datetime | None = None


@dataclass(frozen=True)
class FilePage:
    """A page of a listing."""

    files: Sequence[StoredFile]
    next_token: str | None
    """Token of the next page; None on the last one."""


class Storage(Protocol):
    """Files of the application. No method takes or returns the content of a file."""

    async def upload_form(self, rule: FileRule) -> UploadForm:
        """Make the form with which a browser uploads a file that fulfils a rule.

        Raises:
            StorageError: The form cannot be signed.
        """
        ...

    async def download_link(self, key: str, file_name: str) -> DownloadLink:
        """Make an address from which a browser downloads a file under the given name, without showing it in a page.

        Raises:
            StorageError: The link cannot be signed.
        """
        ...

    async def describe(self, key: str) -> StoredFile | None:
        """Return the description of the file under a key; None if there is no file.

        Raises:
            StorageError: Storage did not answer.
        """
        ...

    async def list_files(self, prefix: str, token: str | None = None, limit: int = 100) -> FilePage:
        """List files whose keys start with a prefix, at most 1,000 a page, in the order of their keys.

        Raises:
            StorageError: Storage did not answer.
        """
        ...

    async def delete(self, key: str) -> None:
        """Delete a file; a missing file is no error. A versioned bucket keeps the file as an old version.

        Raises:
            StorageError: Storage did not answer.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
