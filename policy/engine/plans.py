"""Reads the documents that components register, so that a first preview can judge the known parts of a document.

A document in a string, such as container definitions or a policy, is unknown as a whole in a preview if one name in it
is unknown. So each component of this library registers the known parts of its children's documents as an output, in a
preview only: ``documents``, a list of ``{type, name, property, content}`` (`spot_platform.planned`). The engine sends
outputs to the pack when it sends the whole stack. Then this module puts each document into the unknown property of the
component's child with that type and name. ``property`` may be a path, such as ``securityHeadersConfig.x``. If only a
part of a text in ``content`` is unknown, the text contains the engine's mark of an unknown.

These decisions are not final: an update judges each resource with its real properties before it is made.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, cast

from policy.documents import OUTPUT
from policy.engine.decoding import UNKNOWNS
from policy.resources import COMPONENT, ResourceView, normalised
from policy.values import UNKNOWN

DOCUMENTS: Final = "documents"
"""The output of a component that contains the documents of its children."""

_NAMING: Final = frozenset({"Condition", "NotResource", "Resource"})
"""Elements of a statement that name things: an unknown text in them is the output of a resource. The other elements
state who may do what, which is no output: an unknown text in them is undecided."""

_UNKNOWN_PART: Final = re.compile("|".join(map(re.escape, sorted(UNKNOWNS))))


class Plans:
    """The documents that components have registered."""

    def __init__(self, resources: Iterable[ResourceView]) -> None:
        """Collect the documents.

        Args:
            resources: All resources of the stack, with outputs. A resource that is no component of this library, or
                that registers nothing, is ignored.
        """
        self._contents: dict[tuple[str, str, str], dict[str, object]] = {}
        for resource in resources:
            listed = resource.inputs.get(DOCUMENTS)
            if resource.type.startswith(COMPONENT) and isinstance(listed, list):
                for entry in cast("list[object]", listed):
                    if isinstance(entry, dict):
                        self._add(resource.urn, cast("dict[str, object]", entry))

    def _add(self, component: str, entry: Mapping[str, object]) -> None:
        where = [entry.get(name) for name in ("type", "name", "property")]
        content = entry.get("content")
        if all(isinstance(part, str) for part in where) and isinstance(content, (dict, list, str)):
            type_, name, property_ = map(str, where)
            known = _known_parts(cast("object", content))
            self._contents.setdefault((component, normalised(type_), name), {})[property_] = known

    def complete(self, resource: ResourceView, parent: str) -> ResourceView:
        """Replace the unknown properties of a resource with the registered documents.

        Args:
            resource: The resource with its inputs.
            parent: The URN of its parent, which is the component that made it.

        Returns:
            The resource with the documents. Without a document for it, the resource is unchanged.
        """
        planned = self._contents.get((parent, resource.type, resource.name), {})
        inputs = resource.inputs
        for property_, content in planned.items():
            inputs = _filled(inputs, property_.split("."), content)
        return resource if inputs is resource.inputs else replace(resource, inputs=inputs)


def _filled(inputs: Mapping[str, object], path: Sequence[str], content: object) -> Mapping[str, object]:
    """Put a document into a property if the property is unknown, and change nothing else."""
    name, *rest = path
    inner = inputs.get(name)
    if inner is UNKNOWN and not rest:
        return {**inputs, name: content}
    if not rest or not isinstance(inner, dict):
        return inputs
    filled = _filled(cast("dict[str, object]", inner), rest, content)
    return inputs if filled is inner else {**inputs, name: filled}


def _known_parts(content: object) -> object:
    """Mark the texts inside a document that are not fully known.

    A text that is the whole property is not changed: its rules look for a part of it, such as the name of a managed
    policy. Inside a document, a text with an unknown part becomes ``UNKNOWN``. But in the elements of a policy's
    statement that name things, the unknown part becomes ``OUTPUT``: one particular name, without wildcards.
    """
    if isinstance(content, str):
        return content
    return _marked(content, is_policy=isinstance(content, dict) and "Statement" in content)


def _marked(content: object, *, is_policy: bool) -> object:
    if isinstance(content, dict):
        return {
            name: _named(child) if is_policy and name in _NAMING else _marked(child, is_policy=is_policy)
            for name, child in cast("dict[str, object]", content).items()
        }
    if isinstance(content, list):
        return [_marked(child, is_policy=is_policy) for child in cast("list[object]", content)]
    return UNKNOWN if isinstance(content, str) and _UNKNOWN_PART.search(content) else content


def _named(content: object) -> object:
    if isinstance(content, dict):
        return {name: _named(child) for name, child in cast("dict[str, object]", content).items()}
    if isinstance(content, list):
        return [_named(child) for child in cast("list[object]", content)]
    if content is UNKNOWN:
        return OUTPUT
    return _UNKNOWN_PART.sub(OUTPUT, content) if isinstance(content, str) else content
