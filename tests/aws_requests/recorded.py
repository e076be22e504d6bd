"""Reads requests that `toolchain.emulator.recording` has recorded."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Recorded:
    """One HTTP request.

    Attributes:
        method: HTTP method.
        target: Path and query, percent-encoded as they were sent.
        headers: Name in lower case -> value.
        body: The body's bytes.
    """

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path, still percent-encoded. The target may contain the host, as in a request to a proxy."""
        path = self.target.partition("?")[0]
        return "/" + path.split("/", 3)[3] if path.startswith("http://") else path

    @property
    def query(self) -> dict[str, list[str]]:
        """Values of the query by their names."""
        values: dict[str, list[str]] = {}
        for name, value in parse_qsl(self.target.partition("?")[2], keep_blank_values=True):
            values.setdefault(name, []).append(value)
        return values

    @property
    def signing_name(self) -> str:
        """The service in the signature (AWS Signature Version 4, "credential scope"); empty if unsigned.

        A pre-signed URL has the signature in its query.
        """
        in_header = self.headers.get("authorization", "").partition("Credential=")[2].partition(",")[0]
        scope = (in_header or self.query.get("X-Amz-Credential", [""])[0]).split("/")
        return scope[3] if len(scope) > 3 else ""

    @property
    def is_of_the_provider(self) -> bool:
        """Whether the AWS SDK for Go sent it, which the provider uses, and not boto3 or the data path."""
        return "aws-sdk-go-v2/" in self.headers.get("user-agent", "")


def read(file: Path) -> Iterator[Recorded]:
    """Read the requests of a recording.

    Raises:
        ValueError: A line is not a request.
    """
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            written = json.loads(line)
            yield Recorded(**{**written, "body": base64.b64decode(written["body"], validate=True)})
