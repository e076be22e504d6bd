"""The routes of local storage; if the files are in a bucket, S3 itself answers these requests."""

import asyncio
from typing import Final

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import Message

from service.storage.disposition import attachment
from service.storage.local import DOWNLOAD_PATH, UPLOAD_PATH, LocalStorage, SignatureRefusedError
from service.storage.provider import MAX_FILE_BYTES

FORM_BYTES: Final = 64 * 1024
"""Maximum bytes of a form without its file: fields and boundaries."""
_MAX_FIELDS: Final = 20


def local_routes(storage: LocalStorage) -> list[Route]:
    """Return the routes for uploads to and downloads from a folder."""

    async def upload(request: Request) -> Response:
        bounded = Request(request.scope, _bounded(request, MAX_FILE_BYTES + FORM_BYTES))
        async with bounded.form(max_files=1, max_fields=_MAX_FIELDS) as form:
            file = form.get("file")
            try:
                rule = storage.rule_of(str(form.get("policy", "")), str(form.get("signature", "")))
            except SignatureRefusedError as error:
                raise HTTPException(403, str(error)) from error
            if not isinstance(file, UploadFile):
                raise HTTPException(400, "file is missing")
            if form.get("key") != rule.key or form.get("Content-Type") != rule.content_type:
                raise HTTPException(403, "key and Content-Type are not those of the policy")
            try:
                await asyncio.to_thread(storage.store, rule, file.file)
            except ValueError as error:
                raise HTTPException(400, str(error)) from error
        return Response(status_code=204)

    async def download(request: Request) -> Response:
        try:
            path, described, name = await asyncio.to_thread(storage.file_of, request.query_params)
        except SignatureRefusedError as error:
            raise HTTPException(403, str(error)) from error
        headers = {"Content-Disposition": attachment(name)}
        return FileResponse(path, media_type=described.content_type, headers=headers)

    return [Route(UPLOAD_PATH, upload, methods=["POST"]), Route(DOWNLOAD_PATH, download, methods=["GET"])]


def _bounded(request: Request, limit: int):  # noqa: ANN202 (Starlette's own Receive)
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise HTTPException(413, f"a form has at most {limit} bytes")
        return message

    return receive
