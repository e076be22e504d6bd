"""Reads what a preview knows of documents, from the plan that a component registers as its own input.

A document in a string, such as container definitions or a policy, is unknown as a whole to a first preview as soon as
one name in it is. A component of this library therefore registers its documents as data, in which each unknown stands
by itself: an input ``documents``, a list of ``{type, name, property, content}``. Here they take the place of the
unknown property of the resource with that type and name. ``property`` may be a path, such as
``securityHeadersConfig.x``; ``content`` may be a text with stand-ins for what is not known.

Nothing is decided for good by it: in an update each resource is judged with its real properties before it is made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, cast

from policy.documents import OUTPUT
from policy.resources import COMPONENT, ResourceView, normalised
from policy.values import UNKNOWN

DOCUMENTS: Final = "documents"
"""The input of a component that holds its documents."""


class Plans:
    """The documents that components have registered in a run."""

    def __init__(self) -> None:
        self._contents: dict[tuple[str, str], dict[str, object]] = {}

    def note(self, component: ResourceView) -> None:
        """Remember the documents of a component.

        Args:
            component: Any resource; what is no component of this library, or registers nothing, is passed over.
        """
        listed = component.inputs.get(DOCUMENTS)
        if not component.type.startswith(COMPONENT) or not isinstance(listed, list):
            return
        for entry in cast("list[object]", listed):
            if isinstance(entry, dict):
                self._add(cast("dict[str, object]", entry))

    def _add(self, entry: Mapping[str, object]) -> None:
        where = [entry.get(name) for name in ("type", "name", "property")]
        content = entry.get("content")
        if all(isinstance(part, str) for part in where) and isinstance(content, (dict, list, str)):
            type_, name, property_ = map(str, where)
            self._contents.setdefault((normalised(type_), name), {})[property_] = content

    def complete(self, resource: ResourceView) -> ResourceView:
        """Put what is planned in the place of what is unknown.

        Args:
            resource: With its inputs.

        Returns:
            The same, or with each unknown document as far as it is planned. In a policy, an unknown name is the output
            of a resource: that is one thing's, and has no wildcard.
        """
        planned = self._contents.get((resource.type, resource.name))
        if planned is None or not resource.component:
            return resource
        inputs = resource.inputs
        for property_, content in planned.items():
            inputs = _filled(inputs, property_.split("."), _as_policy(content))
        return resource if inputs is resource.inputs else replace(resource, inputs=inputs)


def _filled(inputs: Mapping[str, object], path: Sequence[str], content: object) -> Mapping[str, object]:
    """Put a document where it is unknown; everything else stays as it is."""
    name, *rest = path
    inner = inputs.get(name)
    if inner is UNKNOWN and not rest:
        return {**inputs, name: content}
    if not rest or not isinstance(inner, dict):
        return inputs
    filled = _filled(cast("dict[str, object]", inner), rest, content)
    return inputs if filled is inner else {**inputs, name: filled}


def _as_policy(content: object) -> object:
    is_policy = isinstance(content, dict) and "Statement" in content
    return _with_outputs(cast("object", content)) if is_policy else cast("object", content)


def _with_outputs(content: object) -> object:
    if content is UNKNOWN:
        return OUTPUT
    if isinstance(content, dict):
        return {name: _with_outputs(child) for name, child in cast("dict[str, object]", content).items()}
    if isinstance(content, list):
        return [_with_outputs(child) for child in cast("list[object]", content)]
    return content
