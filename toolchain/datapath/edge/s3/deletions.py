"""Deletes many objects in one request; each needs its own permission (Amazon S3 API Reference, "DeleteObjects")."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from toolchain.datapath.edge.messages import Request, Response
from toolchain.datapath.edge.s3.errors import StorageError
from toolchain.datapath.edge.s3.operations import Permission, arn
from toolchain.datapath.edge.s3.signatures import query_pairs

_OF_THE_BODY = ("content-length", "content-md5", "x-amz-content-sha256", "x-amz-sdk-checksum-algorithm")
_CHECKSUM = "x-amz-checksum-"
_END = b"</DeleteResult>"


@dataclass(frozen=True)
class _Refused:
    key: str
    version: str
    error: StorageError


def is_deletion(request: Request, key: str) -> bool:
    """Check whether a request is DeleteObjects.

    Args:
        request: The request.
        key: Key of the request's object; empty for the bucket itself.
    """
    return request.method == "POST" and not key and any(name == "delete" for name, _ in query_pairs(request.query))


async def deleted(
    request: Request,
    bucket: str,
    check: Callable[[Permission], Awaitable[None]],
    forward: Callable[[Request], Awaitable[Response]],
) -> Response:
    """Delete the objects for which the caller has permission, and return errors for the others.

    Args:
        request: As for `is_deletion`.
        bucket: The bucket's name.
        check: Function that checks a permission; it raises `StorageError` if the permission is missing.
        forward: Function that sends a request to the emulator.

    Raises:
        StorageError: The body is not XML.
    """
    try:
        document = ET.fromstring(request.body)  # noqa: S314 - Expat 2.4.1 and newer limits the expansion of entities
    except ET.ParseError:
        text = "The XML you provided was not well-formed or did not validate against our published schema"
        raise StorageError(400, "MalformedXML", text) from None
    refused: list[_Refused] = []
    objects = [element for element in document if element.tag.rpartition("}")[2] == "Object"]
    for element in objects:
        fields = {child.tag.rpartition("}")[2]: child.text or "" for child in element}
        key, version = fields.get("Key", ""), fields.get("VersionId", "")
        try:
            await check(Permission("s3:DeleteObjectVersion" if version else "s3:DeleteObject", arn(bucket, key)))
        except StorageError as error:
            refused.append(_Refused(key, version, error))
            document.remove(element)
    if not refused:
        return await forward(request)
    if len(refused) == len(objects):
        return Response(200, (("Content-Type", "application/xml"), ("Server", "AmazonS3")), _result(refused))
    checksums = [name for name, _ in request.headers if name.lower().startswith(_CHECKSUM)]
    rest = request.with_headers(without=[*_OF_THE_BODY, *checksums])
    namespace = document.tag[1:].partition("}")[0] if document.tag.startswith("{") else None
    answer = await forward(replace(rest, body=ET.tostring(document, default_namespace=namespace)))
    if answer.status != 200:  # noqa: PLR2004 - the status of S3's response, even if objects were not deleted
        return answer
    body = answer.body.replace(_END, _errors(refused) + _END)
    return replace(answer.with_headers(without=["content-length"]), body=body)


def _result(refused: Sequence[_Refused]) -> bytes:
    beginning = (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    )
    return beginning + _errors(refused) + _END


def _errors(refused: Sequence[_Refused]) -> bytes:
    return "".join(
        f"<Error><Key>{escape(each.key)}</Key>"
        + (f"<VersionId>{escape(each.version)}</VersionId>" if each.version else "")
        + f"<Code>{each.error.code}</Code><Message>{escape(each.error.message)}</Message></Error>"
        for each in refused
    ).encode()
