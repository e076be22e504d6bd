"""Parses and checks uploads by a form (Amazon S3 API Reference, "Browser-Based Uploads Using POST")."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from typing import Any, cast

from werkzeug.exceptions import HTTPException
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder

from toolchain.datapath.edge.json_text import parsed
from toolchain.datapath.edge.messages import Request
from toolchain.datapath.edge.s3.errors import StorageError, access_denied

FIELDS_LIMIT_BYTES = 20_000
"""Maximum size of all fields without the file."""
PARTS_LIMIT = 100
_NOT_IN_CONDITIONS = frozenset({"x-amz-signature", "file", "policy", "awsaccesskeyid", "signature"})
_IGNORED_PREFIX = "x-ignore-"
_FILE_NAME = "${filename}"


@dataclass(frozen=True)
class Form:
    """An upload form."""

    fields: Mapping[str, str]
    """Field name in lower case -> value; fields after the file are ignored."""
    content: bytes

    @property
    def key(self) -> str:
        """The object's key.

        Raises:
            StorageError: The form has no field ``key``.
        """
        if not self.fields.get("key"):
            message = "Bucket POST must contain a field named 'key'."
            raise StorageError(400, "InvalidArgument", message)
        return self.fields["key"]


def is_form(request: Request) -> bool:
    """Check whether a request is an upload by a form."""
    return request.method == "POST" and (request.header("content-type") or "").lower().startswith("multipart/form-data")


def read_form(request: Request) -> Form:
    """Parse the form in a request.

    Raises:
        StorageError: The form is malformed or too large, or has no file.
    """
    about = Message()
    about["content-type"] = request.header("content-type") or ""
    boundary = about.get_param("boundary")
    malformed = StorageError(
        400, "MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data."
    )
    if not isinstance(boundary, str):
        raise malformed
    try:
        fields, content = _parts(request.body, boundary)
    except (HTTPException, ValueError):
        raise malformed from None
    if content is None:
        raise StorageError(400, "InvalidArgument", "POST requires exactly one file upload per request.")
    if sum(len(name) + len(value) for name, value in fields.items()) > FIELDS_LIMIT_BYTES:
        raise StorageError(
            400,
            "MaxPostPreDataLengthExceededError",
            "Your POST request fields preceding the upload file were too large.",
        )
    return Form(fields, content)


def _parts(body: bytes, boundary: str) -> tuple[dict[str, str], bytes | None]:
    decoder = MultipartDecoder(boundary.encode(), max_parts=PARTS_LIMIT)
    decoder.receive_data(body)
    decoder.receive_data(None)
    fields: dict[str, str] = {}
    content = bytearray()
    name, file_name = "", ""
    while not isinstance(event := decoder.next_event(), Epilogue):
        if isinstance(event, (Field, File)):
            name = (event.name or "").lower()
            file_name = event.filename if isinstance(event, File) else ""
            content.clear()
        elif isinstance(event, Data):
            content += event.data
            if event.more_data:
                continue
            if name == "file":
                return _with_file_name(fields, file_name), bytes(content)
            fields[name] = content.decode()
    return fields, None


def _with_file_name(fields: Mapping[str, str], file_name: str) -> dict[str, str]:
    last = file_name.replace("\\", "/").rpartition("/")[2]
    return {name: value if name == "policy" else value.replace(_FILE_NAME, last) for name, value in fields.items()}


def check_policy(form: Form, bucket: str, now: datetime) -> None:
    """Check a form against its policy.

    Every field must be named by a condition, and every condition must hold.

    Args:
        form: The form.
        bucket: Bucket that the form is posted to.
        now: The time in UTC.

    Raises:
        StorageError: The policy is malformed or expired, or does not allow the form.
    """
    document = _document(form)
    if datetime.fromisoformat(document["expiration"]) <= now:
        raise access_denied("Invalid according to Policy: Policy expired.")
    values = {**form.fields, "bucket": bucket}
    named: set[str] = set()
    for condition in document["conditions"]:
        named |= _check_condition(condition, values, len(form.content))
    extra = sorted(
        name for name in form.fields if name not in named | _NOT_IN_CONDITIONS and not name.startswith(_IGNORED_PREFIX)
    )
    if extra:
        raise access_denied(f"Invalid according to Policy: Extra input fields: {', '.join(extra)}")


def _document(form: Form) -> dict[str, Any]:
    invalid = StorageError(400, "InvalidPolicyDocument", "Invalid Policy: Invalid JSON.")
    try:
        document: Any = parsed(base64.b64decode(form.fields["policy"], validate=True))
        datetime.fromisoformat(document["expiration"])
        conditions: Any = document["conditions"]
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise invalid from None
    if not isinstance(conditions, list):
        raise invalid
    return document


def _check_condition(condition: Any, values: Mapping[str, str], size: int) -> set[str]:
    """Check one condition, and return the names of its fields."""
    named: set[str] = set()
    for operator, name, expected in _comparisons(condition):
        if operator == "content-length-range":
            _check_size(size, int(name), int(expected))
            continue
        field = name.removeprefix("$").lower()
        actual = values.get(field, "")
        holds = {
            "eq": actual == expected,
            # In a list of content types, each must have the prefix.
            "starts-with": all(part.strip().startswith(expected) for part in actual.split(","))
            if field == "content-type"
            else actual.startswith(expected),
        }.get(operator)
        if holds is None:
            raise StorageError(400, "InvalidPolicyDocument", f"Invalid Policy: Invalid operator: {operator}")
        if not holds:
            said = json.dumps([operator, f"${field}", expected])
            raise access_denied(f"Invalid according to Policy: Policy Condition failed: {said}")
        named.add(field)
    return named


def _comparisons(condition: Any) -> Iterable[tuple[str, str, str]]:
    if isinstance(condition, Mapping):
        pairs = cast("Mapping[Any, Any]", condition)
        return [("eq", str(name), str(value)) for name, value in pairs.items()]
    if isinstance(condition, list):
        parts = cast("Sequence[Any]", condition)
        if len(parts) == 3:  # noqa: PLR2004 - operator, field, value
            return [(str(parts[0]).lower(), str(parts[1]), str(parts[2]))]
    raise StorageError(400, "InvalidPolicyDocument", "Invalid Policy: Invalid Simple-Condition")


def _check_size(size: int, least: int, most: int) -> None:
    if size > most:
        raise StorageError(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
    if size < least:
        raise StorageError(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
