"""The storage of a service without a bucket: every operation fails."""

from typing import Final, NoReturn

from service.storage.provider import FileRule, StorageError

_MISSING: Final = "S3_UPLOADS_BUCKET is missing"


class AbsentStorage:
    """Fails as if storage did not answer, so that everything that needs no files works."""

    async def upload_form(self, rule: FileRule) -> NoReturn:
        """See `Storage.upload_form`."""
        del rule
        raise StorageError(_MISSING)

    async def download_link(self, key: str, file_name: str) -> NoReturn:
        """See `Storage.download_link`."""
        del key, file_name
        raise StorageError(_MISSING)

    async def describe(self, key: str) -> NoReturn:
        """See `Storage.describe`."""
        del key
        raise StorageError(_MISSING)

    async def list_files(self, prefix: str, token: str | None = None, limit: int = 100) -> NoReturn:
        """See `Storage.list_files`."""
        del prefix, token, limit
        raise StorageError(_MISSING)

    async def delete(self, key: str) -> NoReturn:
        """See `Storage.delete`."""
        del key
        raise StorageError(_MISSING)

    async def close(self) -> None:
        """Do nothing: there is no connection."""
