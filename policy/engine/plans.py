"""Reads what a first preview knows of documents, from what the components of this library register.

A document in a string, such as container definitions or a policy, is unknown as a whole to a preview as soon as one
name in it is. A component therefore registers what is known of its children's documents as an output of its own, in a
preview only: ``documents``, a list of ``{type, name, property, content}`` (`spot_platform.planned`). The engine shows
outputs to the pack when it asks about the stack as a whole. Here a document takes the place of the unknown property of
the component's child with that type and name. ``property`` may be a path, such as ``securityHeadersConfig.x``; a text
in ``content`` may have the engine's mark of an unknown in it, where only a part of it is not known.

Nothing is decided for good by it: an update judges each resource with its real properties before it is made.
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
"""The output of a component that holds the documents of its children."""

_NAMING: Final = frozenset({"Condition", "NotResource", "Resource"})
"""What names things in a statement. Who may do what is not an output; where it is not known, it is undecided."""

_UNKNOWN_PART: Final = re.compile("|".join(map(re.escape, sorted(UNKNOWNS))))


class Plans:
    """The documents that components have registered."""

    def __init__(self, resources: Iterable[ResourceView]) -> None:
        """Find the documents.

        Args:
            resources: Of the stack, with outputs; what is no component of this library, or registers nothing, is
                passed over.
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
        """Put what is planned in the place of what is unknown.

        Args:
            resource: With its inputs.
            parent: The URN of its parent, which is the component that made it.

        Returns:
            The same, or with each unknown document as far as it is planned.
        """
        planned = self._contents.get((parent, resource.type, resource.name), {})
        inputs = resource.inputs
        for property_, content in planned.items():
            inputs = _filled(inputs, property_.split("."), content)
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


def _known_parts(content: object) -> object:
    """Say what is not known inside a document.

    A text that is the whole property stays as it is: what its rules look for, such as the name of a managed policy, is
    a part of it. Inside a document, a text of which a part is not known is unknown. What a policy's statement is about
    is the output of a resource, though: the name of one particular thing, which has no wildcard.
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
