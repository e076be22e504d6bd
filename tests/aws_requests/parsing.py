"""Finds the operation and the input of a recorded request, for each protocol of AWS's services."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import cbor2
from botocore.model import OperationModel, ServiceModel

from tests.aws_requests.models import UnparsableError, candidates
from tests.aws_requests.recorded import Recorded
from tests.aws_requests.rest import Route, route
from tests.aws_requests.values import FromDocument, FromQuery, FromXml, local_name, scalar

_CBOR_PATH = re.compile(r"^/service/(?P<service>[^/]+)/operation/(?P<operation>\w+)$")


@dataclass(frozen=True)
class Call:
    """The operation that a request calls.

    Attributes:
        operation: The operation's model.
        parameters: The input, by the model's names.
        unknown: Names in the request that the model does not have.
    """

    operation: OperationModel
    parameters: dict[str, Any]
    unknown: tuple[str, ...] = ()

    @property
    def service(self) -> str:
        """botocore's name of the service."""
        return self.operation.service_model.service_name

    @property
    def name(self) -> str:
        """Service and operation, such as ``ecs CreateCluster``."""
        return f"{self.service} {self.operation.name}"


def parse(request: Recorded) -> Call:
    """Parse a request.

    Raises:
        UnparsableError: The request belongs to no operation, or its body cannot be read.
    """
    models = candidates(request)
    try:
        return _parse(request, models)
    except (UnicodeDecodeError, json.JSONDecodeError, ET.ParseError, cbor2.CBORDecodeError) as error:
        raise UnparsableError(f"{request.signing_name}: {request.method} {request.path}: body: {error}") from error


def _parse(request: Recorded, models: list[ServiceModel]) -> Call:
    cbor = _CBOR_PATH.match(request.path)
    if cbor is not None:
        return _cbor(request, _operation(models[0], cbor["operation"]))
    target = request.headers.get("x-amz-target")
    if target is not None:
        return _json(request, models[0], target)
    protocol = models[0].metadata["protocol"]
    if protocol in ("query", "ec2"):
        return _query(request, models[0], is_ec2=protocol == "ec2")
    if protocol.startswith("rest-"):
        found = route(request, models)
        return _rest(request, found, is_json=protocol == "rest-json")
    raise UnparsableError(f"{models[0].service_name}: {request.method} {request.path} is of no protocol known here")


def _operation(service: ServiceModel, name: str) -> OperationModel:
    if name not in service.operation_names:
        raise UnparsableError(f"{service.service_name} has no operation {name!r}")
    return service.operation_model(name)


def _cbor(request: Recorded, operation: OperationModel) -> Call:
    return _document(operation, cbor2.loads(request.body) if request.body else {}, FromDocument(is_binary=True))


def _json(request: Recorded, service: ServiceModel, target: str) -> Call:
    prefix, _, name = target.rpartition(".")
    if prefix != service.metadata.get("targetPrefix"):
        raise UnparsableError(f"{service.service_name}: {target!r} does not begin with its target prefix")
    return _document(_operation(service, name), json.loads(request.body or b"{}"), FromDocument())


def _document(operation: OperationModel, value: Any, reader: FromDocument) -> Call:
    if operation.input_shape is None:
        return Call(operation, {}, tuple(value))
    if not isinstance(value, dict):
        raise UnparsableError(f"{operation.name}: the body is no object")
    return Call(operation, reader.read(value, operation.input_shape), tuple(reader.unknown))


def _query(request: Recorded, service: ServiceModel, *, is_ec2: bool) -> Call:
    parameters = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    if "Action" not in parameters:
        raise UnparsableError(f"{service.service_name}: {request.method} {request.path} names no Action")
    operation = _operation(service, parameters.pop("Action"))
    version = parameters.pop("Version", None)
    if version != service.api_version:
        raise UnparsableError(f"{service.service_name}: version {version} is not the model's {service.api_version}")
    if operation.input_shape is None:
        return Call(operation, {}, tuple(parameters))
    found, unknown = FromQuery(parameters, is_ec2=is_ec2).read(operation.input_shape)
    return Call(operation, found, tuple(unknown))


def _rest(request: Recorded, found: Route, *, is_json: bool) -> Call:
    operation = found.operation
    shape = operation.input_shape
    if shape is None:
        return Call(operation, {}, found.unknown)
    parameters = {**found.parameters, **_headers(request, shape)}
    payload = shape.serialization.get("payload")
    located = frozenset(name for name, member in shape.members.items() if member.serialization.get("location"))
    unknown = list(found.unknown)
    if payload is not None:
        member = shape.members[payload]
        if member.type_name in ("blob", "string"):
            parameters[payload] = request.body if member.type_name == "blob" else request.body.decode()
        elif request.body:
            parameters[payload] = _body(request.body, member, member, payload, frozenset(), unknown, is_json=is_json)
    elif request.body:
        parameters |= _body(request.body, shape, shape, "", located, unknown, is_json=is_json)
    return Call(operation, parameters, tuple(unknown))


def _body(
    body: bytes, shape: Any, root: Any, path: str, located: frozenset[str], unknown: list[str], *, is_json: bool
) -> dict[str, Any]:
    if is_json:
        document = FromDocument()
        value = document.read(json.loads(body), shape, path, located)
        unknown += document.unknown
        if not isinstance(value, dict):
            raise UnparsableError("the body is no object")
        return value
    element = ET.fromstring(body)
    reader = FromXml()
    expected = root.serialization.get("name", root.name)
    if local_name(element.tag) != expected:
        unknown.append(f"{local_name(element.tag)} in place of {expected}")
    value = reader.read(element, shape, path, located)
    unknown += reader.unknown
    return value


def _headers(request: Recorded, shape: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        place, key = member.serialization.get("location"), member.serialization.get("name", "").lower()
        if place == "header" and key in request.headers:
            found[name] = scalar(request.headers[key], member) if member.type_name != "list" else [request.headers[key]]
        if place == "headers":
            found[name] = {h[len(key) :]: value for h, value in request.headers.items() if h.startswith(key)}
    return found
