"""Features of every request: client addresses, ids, logs, traces, CORS, failures, timeouts."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.backend.conftest import unchanged_database
from tests.backend.servers import wait_until
from tests.backend.task import Task, running

database = unchanged_database

ORIGIN = "https://app.example.com"
FORWARDED = {
    "X-Forwarded-For": "203.0.114.9, 10.0.2.4",
    "X-Forwarded-Proto": "http",
    "X-Original-Proto": "https",
    "X-Request-Id": "JKJaXmPLvHcESHA=",
}


@pytest.fixture
def task(environment: dict[str, str], tmp_path: Path) -> Iterator[Task]:
    changes = {"TRUST_PROXY": "true", "CORS_ALLOWED_ORIGINS": ORIGIN, "REQUEST_SECONDS": "0.5"}
    with running(environment | changes, tmp_path / "log") as task:
        yield task


def access_line(task: Task, path: str) -> dict[str, object]:
    """Wait for the access log's line, which is written after the answer, and return it."""

    def find() -> dict[str, object] | None:
        return next((line for line in task.lines() if line["message"] == "request" and line["path"] == path), None)

    return wait_until(find, f"a line about {path}", 10)


def test_a_request_is_traced_back_to_its_client(task: Task) -> None:
    answer = httpx.get(f"{task.url}/drill/who", headers=FORWARDED)
    assert answer.json() == {"client": "203.0.114.9", "scheme": "https"}
    assert answer.headers["x-request-id"] == "JKJaXmPLvHcESHA="
    line = access_line(task, "/drill/who")
    assert (line["request_id"], line["client"], line["scheme"]) == ("JKJaXmPLvHcESHA=", "203.0.114.9", "https")
    assert line["status"] == 200
    assert float(str(line["milliseconds"])) > 0


def test_without_trust_nothing_is_believed(environment: dict[str, str], tmp_path: Path) -> None:
    with running(environment, tmp_path / "log") as task:
        answer = httpx.get(f"{task.url}/drill/who", headers=FORWARDED)
        assert answer.json() == {"client": "127.0.0.1", "scheme": "http"}
        assert answer.headers["x-request-id"] != "JKJaXmPLvHcESHA="


def test_health_checks_fill_no_log(task: Task) -> None:
    assert task.status() == 200
    assert [line for line in task.lines() if line.get("path") == "/health/ready"] == []


def test_pages_of_the_allowed_origins_may_read_answers_and_errors(task: Task) -> None:
    for path, status in (("/drill/who", 200), ("/drill/broken", 500), ("/drill/slow/5", 504)):
        answer = httpx.get(task.url + path, headers={"Origin": ORIGIN})
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert "x-request-id" in answer.headers["access-control-expose-headers"].lower()
    other = httpx.get(f"{task.url}/drill/who", headers={"Origin": "https://evil.example.com"})
    assert "access-control-allow-origin" not in other.headers


def test_a_preflight_is_answered(task: Task) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = httpx.options(f"{task.url}/drill/rows/1", headers=asked)
    assert answer.status_code == 200
    assert "PUT" in answer.headers["access-control-allow-methods"]


def test_a_bug_is_logged_and_not_shown(task: Task) -> None:
    answer = httpx.get(f"{task.url}/drill/broken", headers={"X-Request-Id": "the-one"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "a bug" not in answer.text
    line = next(line for line in task.lines() if line["message"] == "a request failed")
    assert line["request_id"] == "the-one"
    assert "RuntimeError: a bug" in line["error"]


class Collector(BaseHTTPRequestHandler):
    """Receives traces by OTLP over HTTP."""

    spans: ClassVar[list[ExportTraceServiceRequest]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces":
            self.spans.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def collector() -> Iterator[str]:
    Collector.spans.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_trace_of_the_gateway_goes_on_in_spans_and_logs(
    environment: dict[str, str], tmp_path: Path, collector: str
) -> None:
    trace_id = "5759e988bd862e3fe1be46a994272793"
    changes = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
        "OTEL_SERVICE_NAME": "the-service",
        "TRUST_PROXY": "true",
        "DRAIN_SECONDS": "0",
    }
    with running(environment | changes, tmp_path / "log") as task:
        xray = {"X-Amzn-Trace-Id": f"Root=1-{trace_id[:8]}-{trace_id[8:]};Parent=53995c3f42cd8ad8;Sampled=1"}
        httpx.get(f"{task.url}/drill/who", headers=FORWARDED | xray)
        assert access_line(task, "/drill/who")["trace_id"] == trace_id
        task.terminate()
        # Remaining spans are sent before the end.
        assert task.wait() == 0
    wait_until(lambda: Collector.spans, "a span", 1)
    resource = Collector.spans[0].resource_spans[0]
    assert "the-service" in str(resource.resource)
    spans = [span for sent in Collector.spans for r in sent.resource_spans for s in r.scope_spans for span in s.spans]
    assert [span.trace_id.hex() for span in spans] == [trace_id]
    attributes = {attribute.key: attribute.value.string_value for attribute in spans[0].attributes}
    assert attributes["request.id"] == "JKJaXmPLvHcESHA="
    assert attributes["client.address"] == "203.0.114.9"
