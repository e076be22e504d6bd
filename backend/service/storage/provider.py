"""What every kind of storage can do, and what is told of a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

MAX_FILE_BYTES: Final = 500_000_000
"""The largest file, as `UploadRequest.sizeBytes` of the API document says."""

ALLOWED_TYPES: Final = frozenset({"application/pdf", "image/jpeg", "image/png", "video/mp4"})
"""The types of files, as `UploadRequest.contentType` of the API document says."""

UPLOAD_SECONDS: Final = 900
"""How long an upload may begin after it was asked for."""

DOWNLOAD_SECONDS: Final = 300
"""How long a download may begin after it was asked for."""


class StorageError(Exception):
    """Storage did not answer, or refused; the file's state is unknown."""


@dataclass(frozen=True)
class FileRule:
    """What an upload must be; storage itself refuses anything else."""

    key: str
    content_type: str
    size_bytes: int
    """Exact size in bytes."""
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names and values kept with the file; ASCII, names in lower case."""

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
    """An address that answers with a file until it expires."""

    url: str
    expires_at: datetime


@dataclass(frozen=True)
class StoredFile:
    """What storage knows of a file."""

    key: str
    size_bytes: int
    content_type: str | None = None
    """None in listings, which do not tell it."""
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    modified_at: datetime | None = None


@dataclass(frozen=True)
class FilePage:
    """A page of a listing."""

    files: Sequence[StoredFile]
    next_token: str | None
    """Token of the next page; None on the last one."""


class Storage(Protocol):
    """Files of the application. No method takes or gives the content of a file."""

    async def upload_form(self, rule: FileRule) -> UploadForm:
        """Make the form with which a browser uploads the file of a rule.

        Raises:
            StorageError: The form cannot be signed.
        """
        ...

    async def download_link(self, key: str, file_name: str) -> DownloadLink:
        """Make an address from which a browser downloads a file, under a name, never shown in the page.

        Raises:
            StorageError: The link cannot be signed.
        """
        ...

    async def describe(self, key: str) -> StoredFile | None:
        """Say what is stored under a key; None when nothing is.

        Raises:
            StorageError: Storage did not answer.
        """
        ...

    async def list_files(self, prefix: str, token: str | None = None, limit: int = 100) -> FilePage:
        """List files whose keys start with a prefix, at most 1,000 of them, in the order of their keys.

        Raises:
            StorageError: Storage did not answer.
        """
        ...

    async def delete(self, key: str) -> None:
        """Delete a file; no error when there is none. A versioned bucket keeps it as an old version.

        Raises:
            StorageError: Storage did not answer.
        """
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...
