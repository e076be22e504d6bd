"""Finds the operation of a REST service that a request calls, by its method, path, query and headers."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel, ServiceModel

from tests.aws_requests.models import UnparsableError, model
from tests.aws_requests.recorded import Recorded
from tests.aws_requests.values import scalar

_LABEL = re.compile(r"\{([\w-]+)(\+?)\}")
_OF_THE_SDK = frozenset({"x-id"})
"""Parameters that SDKs add to a query and no model has: the operation's name, for operations that share a path."""
_OF_ANOTHER_HOST = frozenset({"ListDirectoryBuckets"})
"""Operations with the path of another operation, at a host of their own: S3 Express One Zone, which nothing here uses."""
_OF_THE_SIGNATURE = frozenset(
    f"X-Amz-{name}"
    for name in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Security-Token", "Signature")
)
"""Parameters of a pre-signed URL (Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters")."""


@dataclass(frozen=True)
class Route:
    """The operation of a request, and its parameters from path and query."""

    operation: OperationModel
    parameters: dict[str, Any]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Pattern:
    operation: str
    method: str
    path: re.Pattern[str]
    query: tuple[tuple[str, str], ...]
    literals: int


def route(request: Recorded, services: list[ServiceModel]) -> Route:
    """Find the operation.

    Raises:
        UnparsableError: No operation matches, or more than one does.
    """
    found = [
        (service, pattern, match)
        for service in services
        for pattern in _patterns(service.service_name)
        if pattern.method == request.method
        and (match := pattern.path.fullmatch(_stripped(request.path))) is not None
        and all(value in request.query.get(name, ()) for name, value in pattern.query)
    ]
    named = request.query.get("x-id", [None])[0]
    found = [each for each in found if each[1].operation == named] or found
    found = [each for each in found if not _missing(request, each[0], each[1])] or found
    best = _most_specific(found)
    if len(best) != 1:
        said = ", ".join(each[1].operation for each in best) or "no operation"
        raise UnparsableError(f"{request.signing_name}: {request.method} {request.path} is {said}")
    service, pattern, match = best[0]
    return _read(request, service.operation_model(pattern.operation), pattern, match)


def _most_specific(found: list[Any]) -> list[Any]:
    def rank(each: Any) -> tuple[int, int, int]:
        service, pattern, _ = each
        operation = service.operation_model(pattern.operation)
        return pattern.literals, len(pattern.query) + len(_required(operation)), not operation.deprecated

    highest = max(map(rank, found), default=None)
    return [each for each in found if rank(each) == highest]


def _required(operation: OperationModel) -> list[tuple[str, str]]:
    """Return the location and the name of the parameters that the operation requires in query and headers."""
    shape: Any = operation.input_shape
    return [
        (member.serialization["location"], member.serialization["name"])
        for name, member in (shape.members.items() if shape else ())
        if name in shape.required_members and member.serialization.get("location") in ("querystring", "header")
    ]


def _missing(request: Recorded, service: ServiceModel, pattern: _Pattern) -> bool:
    present = {"querystring": request.query, "header": request.headers}
    required = _required(service.operation_model(pattern.operation))
    return any((name if place == "querystring" else name.lower()) not in present[place] for place, name in required)


def _read(request: Recorded, operation: OperationModel, pattern: _Pattern, match: "re.Match[str]") -> Route:
    shape: Any = operation.input_shape
    parameters: dict[str, Any] = {}
    left = {name: values for name, values in request.query.items() if name not in _OF_THE_SDK | _OF_THE_SIGNATURE}
    for name, _ in pattern.query:
        left.pop(name, None)
    for name, member in shape.members.items() if shape else ():
        place, key = member.serialization.get("location"), member.serialization.get("name", name)
        if place == "uri":
            parameters[name] = scalar(unquote(match[_group(key)]), member)
        elif place == "querystring" and key in left and member.type_name != "map":
            values = left.pop(key)
            if member.type_name == "list":
                parameters[name] = [scalar(value, member.member) for value in values]
            else:
                parameters[name] = scalar(values[0], member)
    for name, member in shape.members.items() if shape else ():
        if member.serialization.get("location") == "querystring" and member.type_name == "map":
            parameters[name] = {key: values[0] for key, values in left.items()}
            left = {}
    return Route(operation, parameters, tuple(f"?{name}" for name in left))


@cache
def _patterns(service: str) -> list[_Pattern]:
    names = (name for name in model(service).operation_names if name not in _OF_ANOTHER_HOST)
    return [_pattern(model(service).operation_model(name)) for name in names]


def _pattern(operation: OperationModel) -> _Pattern:
    path, _, query = operation.http["requestUri"].partition("?")
    path = path.partition("#")[0]
    parts, position = [], 0
    for label in _LABEL.finditer(path):
        parts += [re.escape(path[position : label.start()]), f"(?P<{_group(label[1])}>{'.+' if label[2] else '[^/]+'})"]
        position = label.end()
    pattern = "".join([*parts, re.escape(path[position:])])
    return _Pattern(
        operation.name,
        operation.http["method"],
        re.compile(_stripped(pattern)),
        tuple(parse_qsl(query, keep_blank_values=True)),
        len(_LABEL.sub("", path)),
    )


def _group(label: str) -> str:
    """Return the name of a label's group: names of groups have no hyphens."""
    return label.replace("-", "_")


def _stripped(path: str) -> str:
    """Remove a slash at the end of a path: some SDKs send it, some do not."""
    return path.rstrip("/") or "/"
