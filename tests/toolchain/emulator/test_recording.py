"""The emulator's recording of requests, which tests switch on."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.aws_requests.recorded import Recorded, read
from toolchain.emulator.recording import RECORD_TO, RecordsRequests, recorded_if_asked


def answering(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [environ["wsgi.input"].read()]


def test_a_recording_holds_requests_as_they_were_sent(tmp_path: Path):
    file = tmp_path / "requests.jsonl"
    application = RecordsRequests(answering, file)
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/a b",
        "REQUEST_URI": "/a%20b?x=1",
        "CONTENT_LENGTH": "3",
        "HTTP_X_AMZ_TARGET": "t",
        "wsgi.input": io.BytesIO(b"\xff\x00x"),
    }
    assert list(application(environ, lambda *_: None)) == [b"\xff\x00x"]
    own = {**environ, "PATH_INFO": "/moto-api/reset", "wsgi.input": io.BytesIO(b"")}
    assert list(application(own, lambda *_: None)) == [b""]
    (request,) = read(file)
    assert request == Recorded("POST", "/a%20b?x=1", {"content-length": "3", "x-amz-target": "t"}, b"\xff\x00x")
    assert request.path == "/a%20b"
    assert request.query == {"x": ["1"]}
    assert file.stat().st_mode & 0o077 == 0


def test_nothing_is_recorded_unless_the_environment_asks_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(RECORD_TO, raising=False)
    assert recorded_if_asked(answering) is answering
    monkeypatch.setenv(RECORD_TO, str(tmp_path / "requests.jsonl"))
    assert isinstance(recorded_if_asked(answering), RecordsRequests)


def test_a_recording_that_is_none_is_refused(tmp_path: Path):
    file = tmp_path / "requests.jsonl"
    file.write_text(json.dumps({"method": "GET"}) + "\n")
    with pytest.raises((ValueError, TypeError, KeyError)):
        list(read(file))
