"""Request models: selects the schemas that the gateway needs, names them, and cuts recursion."""

from collections import deque
from collections.abc import Iterator

from spot_planning.api.openapi.findings import Location, OpenApiError, Report, place
from spot_planning.api.openapi.names import capitalised, joined, location_key, unused
from spot_planning.api.openapi.options import ImportQuotas
from spot_planning.api.openapi.parts import Parts
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.schemas import SchemaRewriter, subschemas
from spot_planning.api.openapi.values import Json, JsonObject
from spot_planning.documents import canonical_json

_Target = tuple[Location, Json]
_PREFIX = "#/components/schemas/"


class Models:
    """Collects the schemas of request bodies and turns them, with all schemas that they refer to, into models.

    A model is identified by the location of its schema, so a reference into the middle of another schema works like a
    reference to ``#/components/schemas``.
    """

    def __init__(self, references: References, report: Report, quotas: ImportQuotas, *, is_31: bool) -> None:
        self._references = references
        self._report = report
        self._quotas = quotas
        self._is_31 = is_31
        self._schemas: dict[Location, Json] = {}
        self._hints: dict[Location, str] = {}
        self._wanted: list[tuple[JsonObject, Location]] = []

    def reference(self, schema: Json, at: Location, hint: str) -> JsonObject:
        """Request a model for a schema.

        Args:
            schema: The schema of a request body.
            at: The schema's location.
            hint: The model's name if the schema has no name of its own.

        Returns:
            A reference to the model. It is empty until ``build`` fills it in.
        """
        target = self._resolved(schema, at)
        location, found = (at, {}) if target is None else target
        self._schemas.setdefault(location, found)
        self._hints.setdefault(location, hint)
        holder: JsonObject = {}
        self._wanted.append((holder, location))
        return holder

    def build(self) -> JsonObject:
        """Make all models and fill in the references to them.

        Returns:
            Name -> model, for ``components.schemas``.
        """
        edges = self._edges()
        names = self._names()
        cut = _back_edges(edges, {location for _, location in self._wanted})
        parts = Parts(self._references)
        for location, schema in self._schemas.items():
            parts.add(subschemas(schema, location))
        built: JsonObject = {}
        for location in sorted(self._schemas, key=location_key):

            def refer(reference: str, at: Location, source: Location = location) -> JsonObject | None:
                target = self._resolved({"$ref": reference}, at)
                if target is None or (source, target[0]) in cut:
                    self._report.rewrite(
                        "recursive-schema", at, f"{reference} leads back here: the backend alone validates this part"
                    )
                    return None
                return {"$ref": f"{_PREFIX}{names[target[0]]}"}

            rewriter = SchemaRewriter(self._report, parts, refer, is_31=self._is_31)
            model = rewriter.rewrite(self._schemas[location], location)
            built[names[location]] = self._fitting(model, location)
        for holder, location in self._wanted:
            holder["$ref"] = f"{_PREFIX}{names[location]}"
        return _reachable(built, {names[location] for _, location in self._wanted})

    def _resolved(self, schema: Json, at: Location) -> _Target | None:
        """Follow references while a schema is only a reference. Return None if they form a cycle."""
        seen: set[Location] = set()
        location = at
        while isinstance(schema, dict) and isinstance(reference := schema.get("$ref"), str):
            if self._is_31 and any(key != "$ref" and key not in {"description", "summary"} for key in schema):
                break
            if location in seen:
                return None
            seen.add(location)
            schema, location = self._references.target(reference, location)
        if not isinstance(schema, dict | bool):
            raise OpenApiError("must be a schema", place(location))
        return location, schema

    def _edges(self) -> dict[Location, list[Location]]:
        """Find all schemas to which the requested schemas refer, and the references between them."""
        edges: dict[Location, list[Location]] = {}
        queue = deque(sorted(self._schemas, key=location_key))
        while queue:
            location = queue.popleft()
            edges[location] = []
            for target, schema in self._targets(self._schemas[location], location):
                edges[location].append(target)
                if target not in self._schemas:
                    self._schemas[target] = schema
                    queue.append(target)
        return edges

    def _targets(self, schema: Json, at: Location) -> Iterator[_Target]:
        for inner, place_of_inner in subschemas(schema, at):
            reference = inner.get("$ref")
            if isinstance(reference, str):
                found = self._resolved({"$ref": reference}, place_of_inner)
                if found is not None:
                    yield found

    def _names(self) -> dict[Location, str]:
        names: dict[Location, str] = {}
        used: set[str] = set()
        numbers: dict[str, int] = {}
        # Schemas whose own name is valid come first, so that they keep it.
        for location in sorted(self._schemas, key=lambda at: (not _is_well_named(at), location_key(at))):
            own = str(location[-1]) if _is_component(location) else None
            wanted = capitalised(own or self._hints.get(location) or joined(location)) or "Model"
            if own is not None and _is_well_named(location):
                wanted = own
            names[location], numbers[wanted] = unused(wanted, used, numbers.get(wanted, 1))
            used.add(names[location])
            if own is not None and names[location] != own:
                self._report.rewrite("model-name", location, f"named {names[location]}: model names are alphanumeric")
        return names

    def _fitting(self, model: JsonObject, location: Location) -> JsonObject:
        size = len(canonical_json(model).encode())
        if size <= self._quotas.model_bytes:
            return model
        self._report.warn(
            "model-size",
            location,
            f"{size} bytes as a model, over the quota of {self._quotas.model_bytes}: the backend alone validates it",
        )
        return {"type": model["type"]} if "type" in model else {}


def _is_component(location: Location) -> bool:
    return location[:2] == ("components", "schemas") and len(location) == 3  # noqa: PLR2004 - components.schemas.Name


def _is_well_named(location: Location) -> bool:
    name = str(location[-1])
    return _is_component(location) and name.isascii() and name.isalnum()


def _reachable(models: JsonObject, wanted: set[str]) -> JsonObject:
    """Remove models to which no model refers any more after rewriting."""
    kept: set[str] = set()
    names = sorted(wanted)
    while names:
        name = names.pop()
        if name not in kept:
            kept.add(name)
            names.extend(
                reference.removeprefix(_PREFIX)
                for inner, _ in subschemas(models[name], ())
                if isinstance(reference := inner.get("$ref"), str)
            )
    return {name: models[name] for name in sorted(kept)}


def _back_edges(edges: dict[Location, list[Location]], roots: set[Location]) -> set[tuple[Location, Location]]:
    """Find edges whose removal leaves no cycle, by depth-first search without recursion."""
    back: set[tuple[Location, Location]] = set()
    done: set[Location] = set()
    for root in sorted(roots, key=location_key):
        if root in done:
            continue
        active = {root}
        stack = [(root, iter(edges[root]))]
        while stack:
            source, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                stack.pop()
                active.discard(source)
                done.add(source)
            elif target in active:
                back.add((source, target))
            elif target not in done:
                active.add(target)
                stack.append((target, iter(edges[target])))
    return back
