"""Checks a resource's inputs as the real provider does, and adds defaults, names, Region and the provider's tags."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.output import UNKNOWN

from . import facts, model, names, structs
from .schema import Failure, check_inputs
from .values import Place

DEFAULTS = "__defaults"
"""The key under which the real provider lists, at each level, the inputs for which it has set a default."""


@dataclass(frozen=True, slots=True)
class Provider:
    """The settings of a provider instance that apply to all its resources.

    Attributes:
        place: The Region and the account of the resources.
        default_tags: Tags of every resource that supports tags; may be unknown.
        ignored_tags: Keys of tags to ignore, because another tool manages them.
        ignored_prefixes: Prefixes of keys of tags to ignore.
    """

    place: Place
    default_tags: Any = field(default_factory=dict[str, Any])
    ignored_tags: tuple[str, ...] = ()
    ignored_prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Naming:
    """The engine's options for automatic names.

    Attributes:
        seed: Random bytes; empty if the engine sends none.
        proposed: The name by the stack's configuration; None for the provider's own format.
        disabled: Whether the stack's configuration disables automatic names.
    """

    seed: bytes = b""
    proposed: str | None = None
    disabled: bool = False


def checked_inputs(
    token: str,
    resource_name: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    provider: Provider,
    naming: Naming,
) -> tuple[dict[str, Any], list[Failure]]:
    """Complete and check a resource's inputs.

    Args:
        token: The resource's type.
        resource_name: The resource's name in the program.
        old: The inputs of the last deployment, from which automatic names are kept; empty for a new resource.
        new: The inputs of the program.
        provider: The settings of the provider instance.
        naming: The options for automatic names.

    Returns:
        The completed inputs, and the failures of the check.
    """
    failures = check_inputs(token, _given(old, new))
    resource = model.resource(token)
    if resource is None:
        return dict(new), failures
    inputs = _with_defaults(token, resource.inputs, new, "")
    try:
        inputs = _with_name(token, resource_name, old, inputs, naming)
    except names.NameTooLongError as error:
        failures.append(Failure("", str(error)))
    return _with_provider(resource, inputs, provider), failures


def _given(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the program's inputs without an old ``tagsAll``, which the engine adds for ``ignore_changes``."""
    return {key: value for key, value in new.items() if key != "tagsAll" or value != old.get(key)}


def _with_provider(resource: model.Resource, inputs: dict[str, Any], provider: Provider) -> dict[str, Any]:
    added: dict[str, Any] = {}
    if "region" in resource.inputs and inputs.get("region") is None:
        added["region"] = provider.place.region
    if "tags" in resource.inputs and "tagsAll" in resource.outputs:
        added["tagsAll"] = all_tags(inputs.get("tags"), provider)
    return {**inputs, **added}


def all_tags(tags: Any, provider: Provider) -> Any:
    """Return the provider's default tags, overridden by the resource's own; unknown if any of them is unknown."""
    both: list[Any] = [provider.default_tags, {} if tags is None else tags]
    if any(structs.has_unknown(part) for part in both):
        return UNKNOWN
    merged: dict[str, Any] = {}
    for part in both:
        opened = part.value if isinstance(part, structs.Secret) else part
        if structs.is_map(opened):  # the check has already refused anything else
            merged.update(opened)
    kept = {
        key: value
        for key, value in merged.items()
        if key not in provider.ignored_tags and not key.startswith(provider.ignored_prefixes)
    }
    return structs.Secret(kept) if any(isinstance(part, structs.Secret) for part in both) else kept


def _with_defaults(
    token: str, declared: Mapping[str, model.Property], values: Mapping[str, Any], path: str
) -> dict[str, Any]:
    """Add the real provider's defaults to the values, and list them under `DEFAULTS` at each level."""
    prefix = f"{path}." if path else ""
    completed = {
        key: _nested_defaults(token, declared[key].type, value, f"{prefix}{key}") if key in declared else value
        for key, value in values.items()
    }
    defaults = {
        name: default
        for name in declared
        if values.get(name) is None and (default := facts.defaults(token).get(f"{prefix}{name}")) is not None
    }
    return {**completed, **defaults, DEFAULTS: sorted(defaults)}


def _nested_defaults(token: str, declared: model.Type, value: Any, path: str) -> Any:
    if isinstance(value, structs.Secret):
        return structs.Secret(_nested_defaults(token, declared, value.value, path))
    if isinstance(declared, model.ObjectOf) and structs.is_map(value):
        return _with_defaults(token, declared.properties(), value, path)
    if isinstance(declared, model.ListOf) and structs.is_list(value):
        return [_nested_defaults(token, declared.item, item, path) for item in value]
    return value


def _with_name(
    token: str, resource_name: str, old: Mapping[str, Any], inputs: dict[str, Any], naming: Naming
) -> dict[str, Any]:
    rule = names.rule(token)
    if rule is None:
        return inputs
    kept = structs.revealed(old.get(rule.property)) if rule.property in old.get(DEFAULTS, ()) else None
    given = any(inputs.get(key) is not None for key in (rule.property, f"{rule.property}Prefix"))
    if given or naming.disabled:
        return inputs
    if isinstance(kept, str):
        name = kept
    elif naming.proposed is not None:
        name = names.proposed_name(token, naming.proposed, inputs)
    else:
        seed = naming.seed or secrets.token_bytes(32)
        name = names.automatic_name(token, resource_name, inputs, seed)
    return {**inputs, rule.property: name, DEFAULTS: sorted([*inputs[DEFAULTS], rule.property])}
