"""Writes ``observed.json`` by asking the real provider plugin, which needs no credentials for checks.

    python -m toolchain.offline.observe pulumi-resource-aws schema.json

The package's types say ``str`` where the provider has a closed list, and nothing about defaults or ranges. The
provider says both when it checks inputs: defaults in what it answers, lists and ranges in what it complains
about. So each property of each resource is checked once with a value that cannot be right.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from toolchain.offline import facts, structs
from toolchain.offline.immutable import referred_type

DEPTH = 4
"""How deep nested types are followed; below that wafv2 repeats itself thousandfold."""

LONGEST_LIST = 30
"""Longer lists are those that AWS adds to all the time (instance types, engines, runtimes)."""

_WRONG: dict[str, Any] = {"string": "no-such-value", "integer": -987654, "number": -987654}
_ALLOWED = re.compile(r"expected \S+ to be one of \[(.*?)\], got", re.DOTALL)
_RANGE = re.compile(r"expected \S+ to be in the range \((-?[\d.]+) - (-?[\d.]+)\), got")
_INDEX = re.compile(r"\[\d+\]")
_QUOTED = re.compile(r'"([^"]*)"')
_RESOURCE_NAME = "observed"


@dataclass
class Observed:
    """What is known of one resource, by path."""

    defaults: dict[str, Any] = field(default_factory=dict)
    allowed: dict[str, list[Any]] = field(default_factory=dict)
    ranges: dict[str, list[float]] = field(default_factory=dict)

    def as_table(self) -> dict[str, Any]:
        """The facts that there are, sorted."""
        return {
            name: dict(sorted(facts_.items()))
            for name, facts_ in (
                ("allowed", self.allowed),
                ("defaults", self.defaults),
                ("ranges", self.ranges),
            )
            if facts_
        }


@dataclass(frozen=True)
class Place:
    """A property of a resource or of something nested in it.

    Attributes:
        keys: The way to it.
        lists: For each key whether its value is a list.
        type: Its Pulumi type, ``object`` for a nested type.
    """

    keys: tuple[str, ...]
    lists: tuple[bool, ...]
    type: str

    @property
    def path(self) -> str:
        """The keys, dotted."""
        return ".".join(self.keys)

    def holding(self, value: Any) -> dict[str, Any]:
        """Inputs that have the value at this place and nothing else."""
        for key, is_list in zip(reversed(self.keys), reversed(self.lists), strict=True):
            value = {key: [value] if is_list else value}
        return value


class _Engine(engine_pb2_grpc.EngineServicer):
    def Log(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002 - the protocol's name
        return empty_pb2.Empty()


def places(
    schema: dict[str, Any],
    properties: dict[str, Any],
    above: Place | None = None,
    inside: tuple[str, ...] = (),
) -> Iterator[Place]:
    """Every property of a resource, nested ones included down to `DEPTH`."""
    for name, declared in properties.items():
        is_list = "items" in declared
        nested = referred_type(declared)
        is_object = nested is not None and "properties" in schema["types"].get(nested, {})
        place = Place(
            keys=(*(above.keys if above else ()), name),
            lists=(*(above.lists if above else ()), is_list),
            type="object" if is_object else (declared.get("items") or declared).get("type", "string"),
        )
        yield place
        if nested is not None and is_object and nested not in inside and len(place.keys) < DEPTH:
            yield from places(schema, schema["types"][nested]["properties"], place, (*inside, nested))


def observe(
    check: Callable[[str, dict[str, Any]], tuple[dict[str, Any], list[str]]], token: str, schema: dict[str, Any]
) -> Observed:
    """Everything the provider tells about one resource."""
    observed = Observed()
    _note_defaults(observed.defaults, check(token, {})[0], "")
    for place in places(schema, schema["resources"][token].get("inputProperties", {})):
        if place.type == "object":
            _note_defaults(observed.defaults, check(token, place.holding({}))[0], "")
        elif place.type in _WRONG:
            complaints = [
                reason
                for reason in check(token, place.holding(_WRONG[place.type]))[1]
                if f"{_RESOURCE_NAME}.{place.path}'" in _INDEX.sub("", reason)
            ]
            if len(complaints) == 1:  # several are alternatives: a list of values, or else a pattern
                _note_complaint(observed, place, complaints[0])
    return observed


def _note_defaults(defaults: dict[str, Any], value: Any, path: str) -> None:
    if structs.is_list(value):
        for item in value:
            _note_defaults(defaults, item, path)
    elif structs.is_map(value):
        for key, item in value.items():
            where = f"{path}.{key}" if path else key
            if key in value.get("__defaults", ()) and not _is_made_up(item):
                defaults[where] = item
            _note_defaults(defaults, item, where)


def _is_made_up(value: Any) -> bool:
    """Whether the default is an automatic name, not a constant."""
    return _RESOURCE_NAME in str(value)


def _note_complaint(observed: Observed, place: Place, reason: str) -> None:
    if listed := _ALLOWED.search(reason):
        values: list[Any] = _QUOTED.findall(listed[1]) or [int(n) for n in listed[1].split() if n.isdigit()]
        if values and len(values) <= LONGEST_LIST:
            observed.allowed[place.path] = values
    if span := _RANGE.search(reason):
        observed.ranges[place.path] = [float(span[1]), float(span[2])]


class Check:
    """Asks the plugin to check inputs, in a new process whenever the last one has died."""

    _stub: Any  # generated without types

    def __init__(self, plugin: str, engine_port: int) -> None:
        self._command = [plugin, f"127.0.0.1:{engine_port}"]
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = self._process.stdout.readline().strip() if self._process.stdout else ""
        self._stub = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{port}"))

    def stop(self) -> None:
        """End the plugin."""
        self._process.kill()
        self._process.wait()

    def __call__(self, token: str, inputs: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The inputs with defaults, and the complaints."""
        request = provider_pb2.CheckRequest(
            urn=f"urn:pulumi:stack::project::{token}::{_RESOURCE_NAME}",
            news=structs.to_struct(inputs),
            randomSeed=b"seed",
        )
        try:
            answer = self._stub.Check(request)
        except grpc.RpcError as error:
            # The framework-style half of the provider panics on a value outside a closed list.
            if error.code() == grpc.StatusCode.UNAVAILABLE:  # pyright: ignore[reportAttributeAccessIssue]
                self.stop()
                self._start()
            return {}, []
        return structs.from_struct(answer.inputs), [failure.reason for failure in answer.failures]


@contextmanager
def engine() -> Generator[int]:
    """As much of an engine as a plugin needs to start; its port."""
    server = grpc.server(futures.ThreadPoolExecutor(1))
    engine_pb2_grpc.add_EngineServicer_to_server(_Engine(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield port
    server.stop(None)


def main(plugin: str, schema_path: str) -> None:
    """Write the table."""
    schema = json.loads(Path(schema_path).read_text(encoding="utf-8"))
    with engine() as port:
        check = Check(plugin, port)
        try:
            tables = {token: observe(check, token, schema).as_table() for token in sorted(schema["resources"])}
        finally:
            check.stop()
    lines = [
        f"{json.dumps(token)}: {json.dumps(table, separators=(',', ':'))}" for token, table in tables.items() if table
    ]
    facts.OBSERVED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
