"""Makes up the outputs of resources in place of AWS: ids, ARNs, host names and all others.

The tables are data, one module for each topic; `templates` describes their template language. Made-up values depend
only on the resource's URN and its immutable inputs: the same program always gets the same values, an update keeps
them, and a replacement gets new ones.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.output import UNKNOWN

from .. import facts, model, names, structs
from . import compute, edge, fallback, network, observability, storage
from .templates import Made, MissingFieldError, Scope

ACCOUNT = "123456789012"
REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Place:
    """The Region and the account of a provider's resources."""

    region: str = REGION
    account: str = ACCOUNT


TABLE: dict[str, Made] = {
    **network.TABLE,
    **compute.TABLE,
    **observability.TABLE,
    **storage.TABLE,
    **edge.TABLE,
}


def created_outputs(
    token: str, name_or_urn: str, inputs: Mapping[str, Any], region: str = REGION, account: str = ACCOUNT
) -> tuple[str, dict[str, Any]]:
    """Return the id and the outputs of a new resource.

    Args:
        token: The resource's type, such as ``aws:ec2/vpc:Vpc``.
        name_or_urn: The resource's name in the program, or its URN.
        inputs: The resource's inputs, by the engine's names; secrets (`structs.Secret`) stay secret.
        region: The provider's Region.
        account: The provider's account.

    Returns:
        The id and all outputs, including the inputs.
    """
    scope = _scope(token, name_or_urn, inputs, Place(region, account))
    return str(scope.identifier), _outputs(token, scope)


def imported_outputs(token: str, urn: str, identifier: str, inputs: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return the outputs of an existing resource with a given id, as `created_outputs` does."""
    return _outputs(token, _scope(token, urn, inputs, place, identifier))


def planned_outputs(token: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outputs of a new resource in a preview: its inputs, and unknown values for all that AWS decides."""
    declared = _declared_outputs(token)
    table = TABLE.get(token, fallback.made(token)).outputs
    decided = {
        name: UNKNOWN
        for name, declaration in declared.items()
        if inputs.get(name) is None and (declaration.required or name in table)
    }
    return {**_echoed(inputs), **decided}


def updated_outputs(
    token: str,
    urn: str,
    identifier: str,
    *,
    old_inputs: Mapping[str, Any],
    old_outputs: Mapping[str, Any],
    inputs: Mapping[str, Any],
    place: Place,
) -> dict[str, Any]:
    """Return the outputs of a resource after an update in place.

    Args:
        token: The resource's type.
        urn: The resource's URN.
        identifier: The resource's id, which an update keeps.
        old_inputs: The inputs before the update.
        old_outputs: The outputs before the update.
        inputs: The new inputs; outputs that depend on an unknown input become unknown.
        place: The Region and the account of the provider.

    Returns:
        All outputs. Outputs that do not depend on a changed input keep their values.
    """
    before = imported_outputs(token, urn, identifier, old_inputs, place)
    after = imported_outputs(token, urn, identifier, inputs, place)
    kept = {
        name: old_outputs[name]
        for name, value in after.items()
        if name in old_outputs and inputs.get(name) is None and _same(before.get(name), value)
    }
    return {**after, **kept}


def _same(one: Any, other: Any) -> bool:
    return not structs.has_unknown(other) and structs.revealed(one) == structs.revealed(other)


def _scope(
    token: str, name_or_urn: str, inputs: Mapping[str, Any], place: Place, identifier: str | None = None
) -> Scope:
    urn_name = name_or_urn.rpartition("::")[2]
    placed = structs.revealed(inputs.get("region"))
    scope = Scope(
        seed=_seed(token, name_or_urn, inputs),
        urn_name=urn_name,
        region=placed if isinstance(placed, str) else place.region,
        account=place.account,
        values={},
        made=TABLE.get(token, fallback.made(token)),
        identifier=identifier,
    )
    scope.values = {**_physical_name(token, urn_name, inputs, scope), **inputs}
    scope.identifier = scope.identifier or _identifier(token, scope)
    return scope


def _physical_name(token: str, urn_name: str, inputs: Mapping[str, Any], scope: Scope) -> dict[str, str]:
    """Return the automatic name of a resource whose inputs were not checked: a check would have set the name."""
    naming = names.rule(token)
    if naming is None or inputs.get(naming.property) is not None:
        return {}
    prefix = structs.revealed(inputs.get(f"{naming.property}Prefix"))
    if isinstance(prefix, str):
        return {naming.property: f"{prefix}{scope.made_up('digits', 26, 'name')}"}
    name = f"{urn_name}-{scope.made_up('hex', names.DIGITS, 'name')}"
    return {naming.property: names.proposed_name(token, name, inputs)}


def _seed(token: str, name_or_urn: str, inputs: Mapping[str, Any]) -> str:
    roots = {path.partition(".")[0] for path in facts.immutable_paths(token)}
    fixed = {key: structs.revealed(inputs[key]) for key in sorted(roots) if inputs.get(key) is not None}
    content = json.dumps([token, name_or_urn, fixed], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def _identifier(token: str, scope: Scope) -> str:
    try:
        identifier = structs.revealed(scope.property("id"))
    except MissingFieldError:
        # Inputs that were not checked may lack the properties of which the id is made.
        identifier = scope.render(fallback.made(token).id)
    return str(identifier)


def _declared_outputs(token: str) -> Mapping[str, model.Property]:
    resource = model.resource(token)
    return resource.outputs if resource is not None else {}


def _outputs(token: str, scope: Scope) -> dict[str, Any]:
    outputs = _echoed(scope.values)
    for name, declaration in _declared_outputs(token).items():
        if outputs.get(name) is None:
            try:
                outputs[name] = scope.property(name)
            except MissingFieldError:
                if declaration.required:
                    outputs[name] = fallback.output(token, declaration, scope)
    return outputs


def _echoed(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _without_notes(value) for key, value in inputs.items() if not key.startswith("__")}


def _without_notes(value: Any) -> Any:
    """Return the value without the lists of defaults that checks add to inputs."""
    if isinstance(value, structs.Secret):
        return structs.Secret(_without_notes(value.value))
    if structs.is_map(value):
        return {key: _without_notes(item) for key, item in value.items() if key != "__defaults"}
    if structs.is_list(value):
        return [_without_notes(item) for item in value]
    return value
