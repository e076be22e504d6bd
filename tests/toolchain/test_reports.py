"""Reports of the data path reach their handlers, and other requests do not."""

import io
import json
from typing import Any

import pytest

from toolchain.emulator.reports import DataPlaneReports


def asked(method: str, path: str, body: bytes = b"") -> bytes:
    said: list[str] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"moto"]

    def take(report: dict[str, Any]) -> dict[str, Any]:
        return {"taken": report["name"]}

    environ = {
        "PATH_INFO": path,
        "REQUEST_METHOD": method,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    middleware = DataPlaneReports(application, {"names": take})
    body = b"".join(middleware(environ, lambda status, headers: said.append(status)))
    return body + b"|" + said[0].encode()


@pytest.mark.parametrize(
    ("method", "path", "body", "answer"),
    [
        ("POST", "/data-plane/names", b'{"name": "a"}', b'{"taken": "a"}|200 OK'),
        ("POST", "/", b"Action=X", b"moto|200 OK"),
        ("POST", "/data-plane/names", b"{}", b'{"message": "names: \'name\'"}|400 Bad Request'),
        ("GET", "/data-plane/names", b"", None),
        ("POST", "/data-plane/others", b"{}", None),
    ],
)
def test_a_report_reaches_its_taker(method: str, path: str, body: bytes, answer: bytes | None) -> None:
    got = asked(method, path, body)
    if answer is None:
        assert got.endswith(b"|404 Not Found")
        assert "there are ['names']" in json.loads(got.rsplit(b"|", 1)[0])["message"]
    else:
        assert got == answer
