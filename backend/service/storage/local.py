"""Stores files in a folder of this machine, for development. Forms and links are signed, as with S3."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import urlencode

from service.storage.provider import (
    DOWNLOAD_SECONDS,
    UPLOAD_SECONDS,
    DownloadLink,
    FilePage,
    FileRule,
    StorageError,
    StoredFile,
    UploadForm,
)

UPLOAD_PATH: Final = "/local-storage/upload"
DOWNLOAD_PATH: Final = "/local-storage/download"
_CHUNK: Final = 1024 * 1024
_DESCRIPTION: Final = ".description.json"


class SignatureRefusedError(ValueError):
    """A form or a link was not signed by this service, or has expired."""


class LocalStorage:
    """Files in a folder. Beside each file is a small JSON file that describes it."""

    def __init__(self, folder: Path, *, base_url: str, secret: bytes) -> None:
        """Use a folder; create it if it is missing.

        Args:
            folder: Folder of the files.
            base_url: Address at which browsers reach this service.
            secret: Secret from which the key for signing forms and links is made.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder: Final = folder.resolve()
        self._base_url: Final = base_url.rstrip("/")
        self._secret: Final = hashlib.sha256(b"local storage" + secret).digest()

    async def upload_form(self, rule: FileRule) -> UploadForm:
        """See `Storage.upload_form`."""
        self._path(rule.key)
        expires_at = datetime.now(UTC) + timedelta(seconds=UPLOAD_SECONDS)
        text = json.dumps({**asdict(rule), "metadata": dict(rule.metadata), "expires": expires_at.timestamp()})
        policy = base64.urlsafe_b64encode(text.encode()).decode()
        fields = {"key": rule.key, "Content-Type": rule.content_type, "policy": policy, "signature": self._sign(policy)}
        return UploadForm(self._base_url + UPLOAD_PATH, fields, expires_at)

    async def download_link(self, key: str, file_name: str) -> DownloadLink:
        """See `Storage.download_link`."""
        self._path(key)
        expires_at = datetime.now(UTC) + timedelta(seconds=DOWNLOAD_SECONDS)
        query = {"key": key, "name": file_name, "expires": str(int(expires_at.timestamp()))}
        signature = self._sign(json.dumps(query, sort_keys=True))
        return DownloadLink(
            f"{self._base_url}{DOWNLOAD_PATH}?{urlencode({**query, 'signature': signature})}", expires_at
        )

    async def describe(self, key: str) -> StoredFile | None:
        """See `Storage.describe`."""
        return await asyncio.to_thread(self._describe, self._path(key), key)

    async def list_files(self, prefix: str, token: str | None = None, limit: int = 100) -> FilePage:
        """See `Storage.list_files`."""
        return await asyncio.to_thread(self._list, prefix, token or "", limit)

    async def delete(self, key: str) -> None:
        """See `Storage.delete`."""
        path = self._path(key)
        for each in (path, _description(path)):
            await asyncio.to_thread(each.unlink, missing_ok=True)

    async def close(self) -> None:
        """Do nothing: nothing is open."""

    def rule_of(self, policy: str, signature: str) -> FileRule:
        """Return the rule of an upload's form.

        Raises:
            SignatureRefusedError: The form was not signed by this service, or has expired.
        """
        self._check(policy, signature)
        values = json.loads(base64.urlsafe_b64decode(policy))
        if values.pop("expires") < datetime.now(UTC).timestamp():
            raise SignatureRefusedError("the form has expired")
        return FileRule(**values)

    def file_of(self, query: Mapping[str, str]) -> tuple[Path, StoredFile, str]:
        """Find the file of a signed link.

        Returns:
            The file's path, its description and the name to save it under.

        Raises:
            SignatureRefusedError: The link was not signed by this service, has expired, or its file does not exist.
        """
        signed = {name: query.get(name, "") for name in ("key", "name", "expires")}
        self._check(json.dumps(signed, sort_keys=True), query.get("signature", ""))
        if int(signed["expires"]) < datetime.now(UTC).timestamp():
            raise SignatureRefusedError("the link has expired")
        path = self._path(signed["key"])
        described = self._describe(path, signed["key"])
        if described is None:
            raise SignatureRefusedError("the file is gone")
        return path, described, signed["name"]

    def store(self, rule: FileRule, content: BinaryIO) -> None:
        """Store a file, and check that its size is that of the rule. A file with the same key is replaced atomically.

        Raises:
            ValueError: The content has another size than the rule.
        """
        path = self._path(rule.key)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".upload-")
        try:
            with os.fdopen(handle, "wb") as file:
                size = 0
                while size <= rule.size_bytes and (chunk := content.read(_CHUNK)):
                    size += file.write(chunk)
            if size != rule.size_bytes:
                raise ValueError(f"file: {rule.size_bytes} bytes were announced, others came")
            described = {"content_type": rule.content_type, "metadata": dict(rule.metadata)}
            _description(path).write_text(json.dumps(described), encoding="utf-8")
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        path = (self._folder / key).resolve()
        if not path.is_relative_to(self._folder) or path == self._folder or path.name.startswith("."):
            raise StorageError(f"key={key!r} leads out of the folder")
        return path

    def _describe(self, path: Path, key: str) -> StoredFile | None:
        try:
            state = path.stat()
            described = json.loads(_description(path).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        modified = datetime.fromtimestamp(state.st_mtime, UTC)
        return StoredFile(key, state.st_size, described["content_type"], described["metadata"], modified)

    def _list(self, prefix: str, after: str, limit: int) -> FilePage:
        keys = sorted(
            key
            for path in self._folder.rglob("*")
            if path.is_file() and not path.name.startswith(".")
            if (key := path.relative_to(self._folder).as_posix()).startswith(prefix) and key > after
        )
        files = [described for key in keys[:limit] if (described := self._describe(self._path(key), key))]
        return FilePage(files, keys[limit - 1] if len(keys) > limit else None)

    def _sign(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    def _check(self, text: str, signature: str) -> None:
        if not hmac.compare_digest(self._sign(text).encode(), signature.encode()):
            raise SignatureRefusedError("not signed by this service")


def _description(path: Path) -> Path:
    return path.with_name(f".{path.name}{_DESCRIPTION}")
