"""Translates CloudWatch requests of the AWS SDK for Go into a protocol that moto understands."""

import io
import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import cbor2
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

from toolchain.emulator.wsgi import Application, Environment, StartResponse, body_of

_PATH = re.compile(r"^/service/(?P<target>GraniteServiceVersion20100801)/operation/(?P<operation>\w+)$")


class CloudWatchProtocol:
    """WSGI middleware that translates Smithy RPC v2 CBOR to AWS JSON 1.0 for the application, and its answers back.

    Reason: moto's server supports neither the paths nor the encoding of Smithy RPC v2 CBOR (PutMetricAlarm,
    PutDashboard).
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._model = ServiceModel(Loader().load_service_model("cloudwatch", "service-2"), "cloudwatch")

    def __call__(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        """Translate a CloudWatch request; pass every other request on unchanged."""
        match = _PATH.match(environ.get("PATH_INFO", ""))
        if match is None:
            return self._application(environ, start_response)
        body = body_of(environ)
        request = json.dumps(cbor2.loads(body) if body else {}, default=_plain).encode()
        json_environ = {
            **environ,
            "PATH_INFO": "/",
            "CONTENT_TYPE": "application/x-amz-json-1.0",
            "CONTENT_LENGTH": str(len(request)),
            "HTTP_X_AMZ_TARGET": f"{match['target']}.{match['operation']}",
            "wsgi.input": io.BytesIO(request),
        }
        return self._respond(match["operation"], json_environ, start_response)

    def _respond(self, operation: str, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        answered: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], None]:
            answered.extend((status, headers))
            return lambda _: None

        content = b"".join(self._application(environ, start))
        status: str = answered[0]
        headers: list[tuple[str, str]] = answered[1]
        document: Any = json.loads(content) if content.strip() else {}
        shape = self._model.operation_model(operation).output_shape
        value: Any = document if shape is None or not status.startswith("2") else _timestamps(document, shape)
        encoded = cbor2.dumps(value, datetime_as_timestamp=True)
        replaced = {"content-type", "content-length"}
        start_response(
            status,
            [header for header in headers if header[0].lower() not in replaced]
            + [
                ("Content-Type", "application/cbor"),
                ("Content-Length", str(len(encoded))),
                ("smithy-protocol", "rpc-v2-cbor"),
            ],
        )
        return [encoded]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(type(value).__name__)


def _timestamps(value: Any, shape: Shape) -> Any:
    """Return the JSON value with its timestamps as dates instead of numbers, because CBOR needs dates."""
    if value is None:
        return None
    if isinstance(shape, StructureShape):
        members = shape.members
        return {k: _timestamps(v, members[k]) if k in members else v for k, v in value.items()}
    if isinstance(shape, ListShape):
        return [_timestamps(item, shape.member) for item in value]
    if isinstance(shape, MapShape):
        return {k: _timestamps(v, shape.value) for k, v in value.items()}
    if shape.type_name == "timestamp" and isinstance(value, int | float):
        return datetime.fromtimestamp(value, tz=UTC)
    return value
