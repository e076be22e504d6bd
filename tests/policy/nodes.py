"""Resources as plain data that tests can write and change, and that the pack decodes like the engine's resources."""

import copy
import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.output import Unknown
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_STRING_VALUE

from policy.engine.decoding import decode
from policy.graph import Graph
from policy.resources import ResourceView, normalised
from policy.rule import Outcome, Rule, Verdict, evaluate, evaluate_graph
from tests.recording import Recording


class _Marker:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name

    def __deepcopy__(self, _memo: Any) -> "_Marker":
        return self


UNKNOWN = _Marker("UNKNOWN")
"""A value that is unknown at preview."""
ABSENT = _Marker("ABSENT")
"""In a change: remove the property."""
REMOVED = _Marker("REMOVED")
"""In a change: remove the resource."""


@dataclass(frozen=True)
class Ref:
    """An output of another resource, by that resource's name in the stack, or an ARN with such an output."""

    name: str


@dataclass(frozen=True)
class Node:
    """A resource. Its inputs are plain data and may contain `Ref`, `UNKNOWN`, and `Json` in place of a string.

    `outputs` are the outputs that a component registers. Only the analysis of the whole stack gets them.
    """

    type: str
    inputs: dict[str, Any]
    ignore_changes: tuple[str, ...] = ()
    depends_on: dict[str, tuple[str, ...]] = field(default_factory=dict)
    urn: str = ""
    parent: str = ""
    outputs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Json:
    """A string with a JSON document. The whole string is unknown if a part of the document is unknown."""

    content: Any


Stack = dict[str, Node]


def resolved(stack: Stack, *, preview: bool) -> list[Node]:
    """Set the URN and the dependencies of every node, and replace each reference by an unknown value or an id."""
    return [resolved_one(stack, name, preview=preview) for name in stack]


def _urn(stack: Stack, name: str) -> str:
    node = stack.get(name)
    return node.urn or f"urn:pulumi:test::spot-platform::{node.type}::{name}" if node else f"urn:elsewhere::{name}"


def resolved_one(stack: Stack, name: str, *, preview: bool) -> Node:
    """Do the same as `resolved` for one node of a stack."""
    node = stack[name]
    depends_on = dict(node.depends_on)
    for key, value in node.inputs.items():
        urns = tuple(sorted({_urn(stack, ref) for ref in references(value) if ref in stack}))
        if urns:
            depends_on[key] = tuple(sorted({*depends_on.get(key, ()), *urns}))
    inputs = _settled(node.inputs, preview=preview)
    return replace(node, urn=_urn(stack, name), inputs=inputs, depends_on=depends_on)


def references(value: Any) -> set[str]:
    """Return the names of the resources that a value refers to."""
    if isinstance(value, Ref):
        return {value.name}
    if isinstance(value, Json):
        return references(value.content)
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {name for child in children for name in references(child)}


def _settled(value: Any, *, preview: bool) -> Any:
    if isinstance(value, Json):
        unknown = _has_unknown(value.content) or (preview and references(value.content))
        return UNKNOWN_STRING_VALUE if unknown else json.dumps(_settled(value.content, preview=False))
    if value is UNKNOWN or (isinstance(value, Ref) and preview):
        return UNKNOWN_STRING_VALUE
    if isinstance(value, Ref):
        return f"{value.name}-id"
    if isinstance(value, dict):
        return {key: _settled(child, preview=preview) for key, child in value.items() if child is not ABSENT}
    if isinstance(value, list):
        value = [_settled(child, preview=preview) for child in value]
    return value


def _has_unknown(value: Any) -> bool:
    if isinstance(value, (dict, list)):
        return any(_has_unknown(child) for child in (value.values() if isinstance(value, dict) else value))
    return value is UNKNOWN


def view(node: Node) -> ResourceView:
    """Decode a resolved node by way of protobuf, as the pack does with the engine's resources."""
    message = struct_pb2.Struct()
    message.update(node.inputs)
    properties = decode(json_format.MessageToDict(message))
    return ResourceView(
        type=normalised(node.type),
        urn=node.urn,
        inputs=properties.content,
        secrets=properties.secrets,
        ignore_changes=node.ignore_changes,
        depends_on=node.depends_on,
    )


def judge(rule: Rule, views: list[ResourceView], config: dict[str, Any] | None = None) -> list[Verdict]:
    """Return all verdicts of a rule on a stack; a rule that crashes fails the test."""
    if rule.check_graph is not None:
        verdicts = evaluate_graph(rule, Graph(views), config)
    else:
        # The engine does not send dependencies to rules on single resources.
        verdicts = [
            verdict
            for v in views
            if v.type in rule.types
            for verdict in evaluate(rule, replace(v, depends_on={}), config)
        ]
    assert [verdict.message for verdict in verdicts if verdict.outcome is Outcome.CRASHED] == []
    return verdicts


def of_violations(verdicts: list[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.outcome in {Outcome.VIOLATION, Outcome.MALFORMED}]


def of_undecided(verdicts: list[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.outcome is Outcome.UNDECIDED]


def violations(rule: Rule, views: list[ResourceView], config: dict[str, Any] | None = None) -> list[Verdict]:
    return of_violations(judge(rule, views, config))


def undecided(rule: Rule, views: list[ResourceView], config: dict[str, Any] | None = None) -> list[Verdict]:
    return of_undecided(judge(rule, views, config))


def from_recording(recording: Recording) -> Stack:
    """Return the resources that a program registered, by URN."""
    return {
        resource.urn: Node(
            type=resource.type,
            inputs=_known(resource.inputs),
            ignore_changes=resource.ignore_changes,
            depends_on={key: tuple(urns) for key, urns in resource.property_dependencies.items()},
            urn=resource.urn,
            parent=resource.parent,
            outputs=_known(recording.outputs.get(resource.urn, {})),
        )
        for resource in recording.resources
    }


def _known(value: Any) -> Any:
    if isinstance(value, Unknown):
        return UNKNOWN_STRING_VALUE
    if isinstance(value, dict):
        return {key: _known(child) for key, child in value.items()}
    return [_known(child) for child in value] if isinstance(value, list) else value


STEP = re.compile(r"([^.\[\]!]+)|\[(\d+)\]|(!)")


def changed(stack: Stack, name: str, path: str, value: Any) -> Stack:
    """Return a copy of a stack with one property changed.

    Args:
        stack: The stack, which is not modified.
        name: Name of the resource.
        path: Path of the property, such as ``ingress[0].cidrBlocks``. ``!`` goes into a JSON document
            (``policy!Statement[0].Effect``). ``ignoreChanges`` and the empty path (with ``REMOVED``) stand for the
            resource itself. An index one past the end appends.
        value: The new value, or ``ABSENT``.
    """
    if value is REMOVED:
        return {key: node for key, node in stack.items() if key != name}
    if path == "ignoreChanges":
        return {**stack, name: replace(stack[name], ignore_changes=() if value is ABSENT else tuple(value))}
    steps = _steps(path)
    node = stack[name]
    inputs = _set(copy.deepcopy(node.inputs), steps, value)
    top = steps[0]
    depends_on = node.depends_on
    if node.depends_on and len(steps) == 1 and not isinstance(value, Ref):
        # A node of a recording has dependencies; a constant depends on nothing.
        depends_on = {key: urns for key, urns in depends_on.items() if key != top}
    return {**stack, name: replace(node, inputs=inputs, depends_on=depends_on)}


def found(stack: Stack, name: str, path: str) -> Any:
    """Return the value of a property, by a path as in `changed`; ``ABSENT`` if the property is not set."""
    value: Any = stack[name].inputs
    for step in _steps(path):
        if step == "!":
            value = value.content if isinstance(value, Json) else json.loads(value)
        elif isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else ABSENT
        else:
            value = value.get(step, ABSENT) if isinstance(value, dict) else ABSENT
    return value


def _steps(path: str) -> list[Any]:
    return [int(index) if index else word or mark for word, index, mark in STEP.findall(path)]


def _set(container: Any, steps: list[Any], value: Any) -> Any:
    if not steps:
        return value
    step, *rest = steps
    if step == "!":
        if isinstance(container, Json):
            return Json(_set(container.content, rest, value))
        return json.dumps(_set(json.loads(container), rest, value))
    if isinstance(step, int):
        if step == len(container):
            container.append({})
        if value is ABSENT and not rest:
            del container[step]
        else:
            container[step] = _set(container[step], rest, value)
        return container
    if value is ABSENT and not rest:
        container.pop(step, None)
    else:
        container[step] = _set(container.get(step, {}), rest, value)
    return container
