"""Compares a resource's inputs: decides between no change, an update in place and a replacement."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pulumi.output import Unknown

from . import facts, names, structs

Kind = Literal["add", "delete", "update"]

DELETE_FIRST = frozenset(
    {
        "aws:apigateway/integration:Integration",
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "aws:efs/mountTarget:MountTarget",
        "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
        "aws:iam/policyAttachment:PolicyAttachment",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    }
)
"""Types whose old resource must be deleted before the new one is created (pulumi-aws ``DeleteBeforeReplace``)."""


@dataclass(frozen=True, slots=True)
class Change:
    """One changed value.

    Attributes:
        path: The path of the value in the engine's notation, such as ``tags.Name`` or ``ingress[0].fromPort``.
        kind: The kind of change: ``add``, ``delete`` or ``update``.
        replaces: Whether the change requires a new resource.
    """

    path: str
    kind: Kind
    replaces: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes of one resource.

    Attributes:
        changes: The changes, in the order of the properties.
        delete_first: Whether the old resource must be deleted before its replacement is created.
    """

    changes: tuple[Change, ...]
    delete_first: bool

    @property
    def replaced_properties(self) -> list[str]:
        """The top-level properties that force a replacement."""
        return list(dict.fromkeys(_top(change.path) for change in self.changes if change.replaces))

    @property
    def changed_properties(self) -> list[str]:
        """The top-level properties that changed."""
        return list(dict.fromkeys(_top(change.path) for change in self.changes))


def difference(token: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    """Compare a resource's old inputs with its new ones.

    Args:
        token: The resource's type.
        old: The inputs of the last deployment.
        new: The new inputs. An unknown value counts as changed if the old value is known.
    """
    immutable = facts.immutable_paths(token)
    changes = tuple(
        Change(path=path, kind=kind, replaces=_is_immutable(bare_path, immutable))
        for path, bare_path, kind in _changes(old, new, "", "")
    )
    replaced = any(change.replaces for change in changes)
    return Difference(changes, replaced and (token in DELETE_FIRST or _keeps_fixed_name(token, old, new)))


def _keeps_fixed_name(token: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Check whether the replacement has the same name, set by the program: AWS refuses two resources of one name."""
    naming = names.rule(token)
    if naming is None or naming.property in new.get("__defaults", ()):
        return False
    name = structs.revealed(new.get(naming.property))
    return isinstance(name, str) and name == structs.revealed(old.get(naming.property))


def _is_immutable(bare_path: str, immutable: frozenset[str]) -> bool:
    parts = bare_path.split(".")
    return any(".".join(parts[:end]) in immutable for end in range(1, len(parts) + 1))


def _changes(old: Any, new: Any, path: str, bare_path: str) -> Iterator[tuple[str, str, Kind]]:
    old, new = _open(old), _open(new)
    if isinstance(old, Unknown) and isinstance(new, Unknown):
        return
    if structs.is_map(old) and structs.is_map(new):
        yield from _map_changes(old, new, path, bare_path)
    elif structs.is_list(old) and structs.is_list(new):
        yield from _list_changes(old, new, path, bare_path)
    elif old is None or new is None:
        if old is not new:
            yield path, bare_path, "add" if old is None else "delete"
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield path, bare_path, "update"


def _map_changes(
    old: Mapping[str, Any], new: Mapping[str, Any], path: str, bare_path: str
) -> Iterator[tuple[str, str, Kind]]:
    for key in dict.fromkeys([*old, *new]):
        if not key.startswith("__"):
            below = _in_map(path, key)
            yield from _changes(old.get(key), new.get(key), below, f"{bare_path}.{key}" if bare_path else key)


def _list_changes(old: Sequence[Any], new: Sequence[Any], path: str, bare_path: str) -> Iterator[tuple[str, str, Kind]]:
    for index in range(max(len(old), len(new))):
        below = f"{path}[{index}]"
        if index >= len(old) or index >= len(new):
            yield below, bare_path, "add" if index >= len(old) else "delete"
        else:
            yield from _changes(old[index], new[index], below, bare_path)


def _open(value: Any) -> Any:
    return value.value if isinstance(value, structs.Secret) else value


def _in_map(path: str, key: str) -> str:
    if not path:
        return key
    plain = key.replace("-", "_").replace("/", "_").isidentifier()
    return f"{path}.{key}" if plain else f'{path}["{key}"]'


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]
