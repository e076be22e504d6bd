"""Reads the API document once: its operations, parameters, bodies and responses."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import yaml

from service.api.schemas import Body, Schema, resolve

METHODS: Final = ("get", "put", "post", "patch", "delete")
PATTERN: Final = "*openapi.yaml"
"""Pattern of the document's file name."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation."""

    name: str
    place: str
    """``path``, ``query`` or ``header``."""
    required: bool
    kind: str
    """Type of the schema: ``string``, ``integer``, ``boolean`` or ``array`` of strings."""
    default: Any
    body: Body


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    operation_id: str
    method: str
    """HTTP method in upper case."""
    path: str
    signed_in: bool
    """Whether the operation requires an access token."""
    parameters: tuple[Parameter, ...]
    body: Body | None
    body_required: bool
    statuses: frozenset[int]
    answer: Body | None
    """Schema of the JSON in a success response; None if it has no JSON."""
    locates: bool
    """Whether the status 201 has a Location header with the address of the new entry."""

    @property
    def success(self) -> int:
        """Status code of a success."""
        return min(status for status in self.statuses if 200 <= status < 400)  # noqa: PLR2004

    def status(self, *preferred: int) -> int:
        """Return the first of the given status codes that the operation declares, or the first if it declares none."""
        return next((status for status in preferred if status in self.statuses), preferred[0])


class Contract:
    """The API document."""

    def __init__(self, document: Schema) -> None:
        self.document: Final = document
        """The parsed document, as ``/openapi.json`` serves it."""
        self._components: Final[Mapping[str, Schema]] = document["components"]["schemas"]
        self.operations: Final = {each.operation_id: each for each in self._read()}

    def schema(self, name: str) -> Body:
        """Return one of the document's schemas, compiled."""
        return Body({"$ref": f"#/components/schemas/{name}"}, self._components)

    def _read(self) -> list[Operation]:
        return [
            self._operation(path, method, item[method], item.get("parameters", []))
            for path, item in cast("dict[str, Schema]", self.document["paths"]).items()
            for method in METHODS
            if method in item
        ]

    def _operation(self, path: str, method: str, given: Schema, shared: list[Schema]) -> Operation:
        security = given.get("security", self.document.get("security", []))
        body = given.get("requestBody", {})
        schema = _json_schema(body)
        responses = {int(status): self._resolved(each) for status, each in given["responses"].items()}
        success = next((_json_schema(each) for status, each in sorted(responses.items()) if status < 300), None)  # noqa: PLR2004
        return Operation(
            operation_id=given["operationId"],
            method=method.upper(),
            path=path,
            signed_in=any("accessToken" in each for each in security),
            parameters=tuple(self._parameter(self._resolved(each)) for each in (*shared, *given.get("parameters", []))),
            body=None if schema is None else Body(schema, self._components),
            body_required=bool(body.get("required")),
            statuses=frozenset(responses),
            answer=None if success is None else Body(success, self._components),
            locates="Location" in responses.get(201, {}).get("headers", {}),
        )

    def _parameter(self, given: Schema) -> Parameter:
        schema = resolve(given["schema"], self._components)
        return Parameter(
            name=given["name"],
            place=given["in"],
            required=bool(given.get("required")),
            kind=schema["type"],
            default=schema.get("default"),
            body=Body(given["schema"], self._components),
        )

    def _resolved(self, given: Schema) -> Schema:
        while "$ref" in given:
            found: Any = self.document
            for part in str(given["$ref"]).removeprefix("#/").split("/"):
                found = found[part]
            given = found
        return given


def _json_schema(given: Schema) -> Schema | None:
    return given.get("content", {}).get("application/json", {}).get("schema")


def read_contract() -> Contract:
    """Read the document that the service implements.

    The only such file is in the repository's `examples`; the local stack imports it. The image contains a copy of it
    beside the package.

    Raises:
        FileNotFoundError: The file is in neither place.
    """
    here = Path(__file__).resolve()
    places = (here.parents[2], here.parents[3] / "examples")
    path = next((found for place in places for found in sorted(place.glob(PATTERN))), None)
    if path is None:
        raise FileNotFoundError(f"there is no {PATTERN} beside the package")
    # The C loader needs only a tenth of the time
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Contract(yaml.load(path.read_bytes(), loader))  # noqa: S506 (a safe loader)
