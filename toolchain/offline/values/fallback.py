"""Values of the right type for resources and properties that are in no table."""

import re
from functools import cache
from typing import Any

from .. import model
from .templates import Made, Scope

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_CREATED = "2026-01-01T00:00:00Z"


@cache
def made(token: str) -> Made:
    """Return recipes for an id and an ARN in AWS's format; the id is the resource's name, or its kind and digits."""
    service = token.split(":")[1].partition("/")[0]
    kind = _WORDS.sub("-", token.rpartition(":")[2]).lower()
    resource = model.resource(token)
    named = resource is not None and "name" in resource.inputs
    return Made(
        "{name}" if named else f"{kind}-{{hex:17}}",
        {"arn": f"arn:{{partition}}:{service}:{{region}}:{{account}}:{kind}/{{id}}"},
    )


def output(token: str, declared: model.Property, scope: Scope) -> Any:
    """Return a value for an output that AWS always returns and that is in no table."""
    match declared.type:
        case model.ListOf():
            return []
        case model.MapOf() if declared.name == "tagsAll":
            return dict(scope.values.get("tags") or {})
        case model.MapOf() | model.ObjectOf() | model.AnyOf():
            return {}
        case model.Scalar(kind="boolean"):
            return False
        case model.Scalar(kind="integer" | "number"):
            return 0
        case _:
            return _text(token, declared.name, scope)


def _text(token: str, name: str, scope: Scope) -> Any:
    if name == "region":
        return scope.region
    if name in {"ownerId", "accountId", "owner", "registryId"}:
        return scope.account
    if name == "arn":
        return scope.render(made(token).outputs["arn"])
    if name.endswith(("At", "Date", "Time")) and "Window" not in name:
        return _CREATED
    return ""
