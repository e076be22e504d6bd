"""Requests as `toolchain.emulator.recording` writes them down."""

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
        method: Of HTTP.
        target: Path and query, percent-encoded as they were sent.
        headers: By their names in lower case.
        body: What followed the headers.
    """

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path, still percent-encoded, also where the target names the host, as it does on the way to a proxy."""
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
        """The service that the signature is for; empty without one (AWS Signature Version 4, "credential scope")."""
        scope = self.headers.get("authorization", "").partition("Credential=")[2].partition(",")[0].split("/")
        return scope[3] if len(scope) > 3 else ""

    @property
    def is_of_the_provider(self) -> bool:
        """Whether the AWS SDK for Go sent it, which the provider uses, and neither the data path nor boto3."""
        return "aws-sdk-go-v2/" in self.headers.get("user-agent", "")


def read(file: Path) -> Iterator[Recorded]:
    """Read the requests of a recording.

    Raises:
        ValueError: A line is no request.
    """
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            written = json.loads(line)
            yield Recorded(**{**written, "body": base64.b64decode(written["body"], validate=True)})
