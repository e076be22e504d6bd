"""Hypothesis strategies that make OpenAPI documents, schemas and values.

Strategies that every example uses are cached: to make a strategy takes longer than to draw from it.
"""

from functools import cache
from typing import Any

from hypothesis import strategies as st

NAMES = ("alpha", "beta", "gamma", "delta")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")


@cache
def scalars() -> st.SearchStrategy[Any]:
    return st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-2, 3),
        st.sampled_from([0.5, -1.5]),
        st.sampled_from(["", "a", "ab", "abc"]),
    )


@cache
def values() -> st.SearchStrategy[Any]:
    return st.recursive(
        scalars(),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
        ),
        max_leaves=6,
    )


def _typed(kind: str, inner: st.SearchStrategy[Any], *, is_31: bool) -> st.SearchStrategy[dict[str, Any]]:
    bounds = {"minimum": st.integers(-2, 1), "maximum": st.integers(0, 3)}
    exclusive = st.integers(-2, 3) if is_31 else st.booleans()
    optional: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "string": {
            "minLength": st.integers(0, 2),
            "maxLength": st.integers(1, 3),
            "pattern": st.just("^a"),
            "format": st.sampled_from(["uuid", "date", "email"]),
        },
        "integer": {
            **bounds,
            "multipleOf": st.integers(1, 2),
            "format": st.just("int32"),
            "exclusiveMinimum": exclusive,
            "exclusiveMaximum": exclusive,
        },
        "number": {**bounds, "exclusiveMinimum": exclusive, "format": st.just("double")},
        "boolean": {},
        "array": {
            "items": inner,
            "minItems": st.integers(0, 1),
            "maxItems": st.integers(1, 3),
            "uniqueItems": st.booleans(),
        },
        "object": {
            "properties": st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
            "required": st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True),
            "additionalProperties": st.one_of(st.booleans(), inner),
            "minProperties": st.integers(0, 1),
        },
    }
    if is_31 and kind == "object":
        optional["object"]["patternProperties"] = st.dictionaries(st.just("^g"), inner, max_size=1)
        optional["object"]["propertyNames"] = st.just({"minLength": 1})
        optional["object"]["dependentRequired"] = st.just({"alpha": ["beta"]})
    if is_31 and kind == "array":
        optional["array"]["prefixItems"] = st.lists(inner, min_size=1, max_size=2)
        optional["array"]["contains"] = inner
    required: dict[str, st.SearchStrategy[Any]] = {"type": st.just(kind)}
    if kind == "array" and not is_31:
        required["items"] = optional["array"].pop("items")
    return st.fixed_dictionaries(required, optional=optional[kind])


@st.composite
def _decorated(draw: st.DrawFn, base: st.SearchStrategy[dict[str, Any]], *, is_31: bool) -> dict[str, Any]:
    schema = dict(draw(base))
    annotations = {
        "description": "words",
        "readOnly": True,
        "deprecated": True,
        "default": 1,
        "title": "T",
        "x-own": {},
    }
    schema |= {
        key: annotations[key] for key in draw(st.lists(st.sampled_from(sorted(annotations)), unique=True, max_size=2))
    }
    if not is_31 and "type" in schema and draw(st.booleans()):
        schema["nullable"] = True
    if is_31 and isinstance(schema.get("type"), str) and draw(st.booleans()):
        schema["type"] = draw(st.sampled_from([[schema["type"], "null"], [schema["type"], "string"], [schema["type"]]]))
    if draw(st.integers(0, 5)) == 0:
        schema["enum"] = draw(st.lists(scalars(), min_size=1, max_size=3))
    return schema


@cache
def schemas(*, is_31: bool, references: tuple[str, ...] = ()) -> st.SearchStrategy[Any]:
    kinds = ("string", "integer", "number", "boolean")
    leaves: list[st.SearchStrategy[Any]] = [
        _decorated(_typed(kind, st.nothing(), is_31=is_31), is_31=is_31) for kind in kinds
    ]
    leaves.append(st.just({}))
    if is_31:
        leaves += [st.booleans(), st.just({"const": "a"}), st.just({"type": "null"})]
    if references:
        leaves.append(st.sampled_from([{"$ref": f"#/components/schemas/{name}"} for name in references]))

    def grow(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        combined = st.builds(
            lambda key, branches, rest: {**rest, key: branches},
            st.sampled_from(["allOf", "anyOf", "oneOf"]),
            st.lists(inner, min_size=1, max_size=3),
            st.sampled_from([{}, {"nullable": True, "type": "object"}, {"description": "either"}]),
        )
        return st.one_of(
            _decorated(_typed("array", inner, is_31=is_31), is_31=is_31),
            _decorated(_typed("object", inner, is_31=is_31), is_31=is_31),
            combined,
            inner.map(lambda negated: {"not": negated}),
        )

    return st.recursive(st.one_of(leaves), grow, max_leaves=8)


def value_for(draw: st.DrawFn, schema: Any, components: dict[str, Any], depth: int = 0) -> Any:  # noqa: PLR0911 - a case each
    """Draw a value that the schema probably allows; the caller validates it."""
    if not isinstance(schema, dict) or depth > 4 or draw(st.integers(0, 9)) == 0:
        return draw(values())
    if "$ref" in schema:
        return value_for(draw, components[schema["$ref"].rsplit("/", 1)[1]], components, depth + 1)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if (schema.get("nullable") or "null" in kinds) and draw(st.booleans()):
        return None
    if "const" in schema or "enum" in schema:
        return draw(st.sampled_from(schema.get("enum", [schema.get("const")])))
    for key in ("allOf", "anyOf", "oneOf"):
        if key in schema:
            made = [value_for(draw, branch, components, depth + 1) for branch in schema[key]]
            objects = [value for value in made if isinstance(value, dict)]
            if key == "allOf" and objects:
                return {name: value for each in objects for name, value in each.items()}
            return draw(st.sampled_from(made))
    return _typed_value(draw, draw(st.sampled_from(kinds)) if kinds else None, schema, components, depth)


def _typed_value(
    draw: st.DrawFn, kind: str | None, schema: dict[str, Any], components: dict[str, Any], depth: int
) -> Any:
    if kind == "object":
        properties = schema.get("properties", {})
        names = set(draw(st.lists(st.sampled_from(NAMES), max_size=3)))
        # Sometimes leave out a required property: it may be read-only.
        names |= {name for name in schema.get("required", ()) if draw(st.integers(0, 3))}
        return {
            name: value_for(
                draw, properties.get(name, schema.get("patternProperties", {}).get("^g")), components, depth + 1
            )
            for name in sorted(names)
        }
    if kind == "array":
        first = [value_for(draw, each, components, depth + 1) for each in schema.get("prefixItems", ())]
        rest = draw(st.integers(0, 2))
        return first + [value_for(draw, schema.get("items"), components, depth + 1) for _ in range(rest)]
    if kind in {"integer", "number"}:
        return draw(st.integers(-2, 4))
    if kind == "string":
        return draw(st.sampled_from(["a", "ab", "abc", "", "b"]))
    return draw(values())


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a valid document that API Gateway can serve: paths, parameters (not all declared), bodies, security."""
    is_31 = draw(st.booleans())
    models = tuple(draw(st.lists(st.sampled_from(["Company", "Audit.Item", "user_v2", "Über"]), unique=True)))
    components: dict[str, Any] = {
        "schemas": {name: draw(schemas(is_31=is_31, references=models)) for name in models},
        "parameters": {
            "Page": {"name": "page", "in": "query", "required": draw(st.booleans()), "schema": {"type": "integer"}}
        },
        "securitySchemes": {
            "key": {"type": "apiKey", "name": "X-API-Key", "in": "header"},
            "bearer": {"type": "http", "scheme": "bearer"},
        },
    }
    document: dict[str, Any] = {
        "openapi": "3.1.0" if is_31 else "3.0.3",
        "info": {"title": "Generated", "version": "1"},
        "paths": draw(_paths(is_31=is_31, models=models)),
        "components": components,
    }
    if draw(st.booleans()):
        document["security"] = draw(_security())
    if draw(st.booleans()):
        document["servers"] = [
            {"url": draw(st.sampled_from(["https://api.example.com", "https://api.example.com/v1", "/base/"]))}
        ]
    if is_31 and draw(st.booleans()):
        document["webhooks"] = {"changed": {"post": {"responses": {"200": {"description": "ok"}}}}}
    return document


def _security() -> st.SearchStrategy[list[dict[str, list[str]]]]:
    requirement = st.sampled_from([{"key": []}, {"bearer": []}, {"key": [], "bearer": []}, {}])
    return st.lists(requirement, max_size=2)


@st.composite
def _paths(draw: st.DrawFn, *, is_31: bool, models: tuple[str, ...]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    seen: set[str] = set()
    for _ in range(draw(st.integers(1, 5))):
        names = draw(st.permutations(["id", "user-id", "userId", "key"]))
        path, variables = "", []
        for kind in draw(st.lists(st.sampled_from(["items", "v1.0", "sub:act", "{}", "{}", "file-{}"]), max_size=4)):
            if "{}" in kind:
                variables.append(names[len(variables)])
                path += "/" + kind.replace("{}", "{" + variables[-1] + "}")
            else:
                path += "/" + kind
        shape = "/".join("{}" if "{" in step else step for step in path.split("/"))
        if len(variables) > len(names) or shape in seen:
            continue
        seen.add(shape)
        paths[path or "/"] = draw(_path_item(path, variables, is_31=is_31, models=models))
    return paths


@st.composite
def _path_item(
    draw: st.DrawFn, path: str, variables: list[str], *, is_31: bool, models: tuple[str, ...]
) -> dict[str, Any]:
    declared = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in variables
        if draw(st.booleans())
    ]
    item: dict[str, Any] = {}
    if declared:
        item["parameters"] = declared
    for method in draw(st.lists(st.sampled_from(METHODS), min_size=1, max_size=4, unique=True)):
        item[method] = draw(_operation(is_31=is_31, models=models, body=method not in {"get", "head"}))
    return item


@st.composite
def _operation(draw: st.DrawFn, *, is_31: bool, models: tuple[str, ...], body: bool) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "responses": draw(
            st.dictionaries(
                st.sampled_from(["200", "404", "default", "5XX"]), st.just({"description": "An answer"}), min_size=1
            )
        )
    }
    parameters = draw(
        st.lists(
            st.sampled_from(
                [
                    {"$ref": "#/components/parameters/Page"},
                    {"name": "filter[name]", "in": "query", "required": True, "schema": {"type": "string"}},
                    {"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "string"}},
                    {"name": "session", "in": "cookie", "schema": {"type": "string"}},
                    {"name": "q", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                ]
            ),
            max_size=3,
            unique_by=str,
        )
    )
    if parameters:
        operation["parameters"] = parameters
    if draw(st.booleans()):
        operation["security"] = draw(_security())
    if body and draw(st.booleans()):
        schema = draw(schemas(is_31=is_31, references=models))
        media = draw(st.sampled_from(["application/json", "application/merge-patch+json", "multipart/form-data"]))
        operation["requestBody"] = {"required": draw(st.booleans()), "content": {media: {"schema": schema}}}
    if draw(st.booleans()):
        operation["callbacks"] = {
            "done": {"{$request.body#/url}": {"post": {"responses": {"200": {"description": "ok"}}}}}
        }
    return operation
