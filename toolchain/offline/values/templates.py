"""The template language of the tables, from which the outputs of resources are made.

A template is a string with fields in braces:

- ``{vpcId}``: an input of the resource, an output of its table, or ``id``. A template with only one field keeps the
  type of the value.
- ``{region}``, ``{region_code}`` (euw1), ``{account}``, ``{partition}``, ``{domain}``: the resource's Region, account
  and partition; ``{urn_name}``: its name in the program; ``{zone}``: a zone of the Region; ``{s3_zone}``,
  ``{alb_zone}``, ``{nlb_zone}``, ``{api_zone}``, ``{cloudfront_zone}``: hosted zones of AWS.
- ``{hex:17}``, ``{digits:12}``, ``{upper:13}``, ``{lower:10}``, ``{uuid}``, ``{public_ip}``, ``{private_ip}``,
  ``{number:900}``: values made up from the resource's seed. Another role, as in ``{hex:17-acl}``, gives another value.
- ``{cluster!n}``: the last part of an ARN (the name); ``{name!l}``: in lower case.

A template has no value if it contains a field that the resource does not have. It is unknown if a field is unknown, and
secret if a field is secret.
"""

import hashlib
import string
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pulumi.output import UNKNOWN

from .. import structs
from . import regions

_ALPHABETS = {
    "hex": "0123456789abcdef",
    "digits": string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "lower": string.ascii_lowercase + string.digits,
}


class MissingFieldError(KeyError):
    """The resource has no such property."""


class _UnknownFieldError(Exception):
    pass


Recipe: TypeAlias = "Callable[[Scope], Any] | str | float | Sequence[Recipe] | Mapping[str, Recipe] | None"
"""The definition of a value: a template, a plain value, a list or map of these, or a function of the scope."""


@dataclass(frozen=True, slots=True)
class Made:
    """The recipes for the id and the outputs of a resource type.

    Attributes:
        id: The recipe for the id.
        outputs: Property -> recipe for its value.
    """

    id: Recipe
    outputs: Mapping[str, Recipe] = field(default_factory=dict[str, Recipe])


@dataclass
class Scope:
    """The values that templates can refer to, for one resource or invoke.

    Attributes:
        seed: The seed of the made-up values.
        urn_name: The resource's name in the program.
        region: The resource's Region.
        account: The resource's account.
        values: The inputs; they may contain unknown values and secrets.
        made: The table's entry for the resource's type.
        identifier: The resource's id; None if it is not known yet.
    """

    seed: str
    urn_name: str
    region: str
    account: str
    values: Mapping[str, Any]
    made: Made
    identifier: str | None = None
    _rendered: dict[str, Any] = field(default_factory=dict[str, Any])
    _rendering: set[str] = field(default_factory=set[str])
    _saw_secret: bool = False

    def get(self, key: str, default: Any = None) -> Any:
        """Return a property, or the default if the resource does not have it."""
        try:
            return self[key]
        except MissingFieldError:
            return default

    def given(self, key: str, default: Any = None) -> Any:
        """Return an input of the program, or the default; never a value from a table."""
        return default if self.values.get(key) is None else self[key]

    def __getitem__(self, key: str) -> Any:
        """Return a property in plain text. If it is secret, the value that uses it becomes secret, too."""
        value = self.property(key)
        if structs.has_unknown(value):
            raise _UnknownFieldError
        self._saw_secret = self._saw_secret or structs.has_secret(value)
        return structs.revealed(value)

    def property(self, key: str) -> Any:
        """Return a property as it is sent to the engine: unknown, secret or plain.

        Raises:
            MissingFieldError: The resource has no such property.
        """
        if key == "id" and self.identifier is not None:
            return self.identifier
        if self.values.get(key) is not None:
            return self.values[key]
        if key not in self._rendered:
            self._rendered[key] = self._made(key)
        return self._rendered[key]

    def _made(self, key: str) -> Any:
        recipe = self.made.id if key == "id" else self.made.outputs.get(key)
        if recipe is None or key in self._rendering:
            raise MissingFieldError(key)
        self._rendering.add(key)
        outer, self._saw_secret = self._saw_secret, False
        try:
            value = self.render(recipe)
            return structs.Secret(value) if self._saw_secret else value
        except _UnknownFieldError:
            return UNKNOWN
        finally:
            self._rendering.discard(key)
            self._saw_secret = outer

    def render(self, recipe: Recipe) -> Any:
        """Return the value of a recipe.

        Raises:
            MissingFieldError: The recipe refers to a property that the resource does not have.
        """
        if isinstance(recipe, str):
            return self._text(recipe)
        if structs.is_map(recipe):
            return {key: self.render(item) for key, item in recipe.items()}
        if structs.is_list(recipe):
            return [self.render(item) for item in recipe]
        return recipe(self) if callable(recipe) else recipe

    def _text(self, template: str) -> Any:
        formatter = _Formatter(self)
        parsed = list(string.Formatter().parse(template))
        if len(parsed) == 1 and parsed[0][1] and not parsed[0][0] and parsed[0][1] not in _FIELDS:
            _, name, _, conversion = parsed[0]
            return formatter.convert_field(self[str(name)], conversion)
        return formatter.format(template)

    def made_up(self, alphabet: str, length: int, role: str = "") -> str:
        """Return made-up characters, which are always the same for the same resource and role."""
        letters = _ALPHABETS[alphabet]
        number = int.from_bytes(hashlib.sha512(f"{self.seed}|{alphabet}|{role}".encode()).digest())
        characters: list[str] = []
        for _ in range(length):
            number, index = divmod(number, len(letters))
            characters.append(letters[index])
        return "".join(characters)

    def pick(self, count: int, role: str = "") -> int:
        """Return a made-up number from 0 to ``count - 1``."""
        return int(self.made_up("hex", 8, role), 16) % count


Field = Callable[[Scope, str], str]
"""A function for a special field: takes the scope and the text after the colon, and returns the field's text."""


def _characters(alphabet: str) -> Field:
    def made_up(scope: Scope, specification: str) -> str:
        length, _, role = specification.partition("-")
        return scope.made_up(alphabet, int(length), role)

    return made_up


_FIELDS: dict[str, Field] = {
    **{name: _characters(name) for name in _ALPHABETS},
    "uuid": lambda scope, role: str(uuid.UUID(hex=scope.made_up("hex", 32, role), version=4)),
    # 198.51.100.0/24 is reserved for documentation (RFC 5737), so a made-up address belongs to nobody.
    "public_ip": lambda scope, role: f"198.51.100.{1 + scope.pick(254, role)}",
    "private_ip": lambda scope, role: f"10.0.{scope.pick(256, role)}.{4 + scope.pick(250, role + '.')}",
    "number": lambda scope, highest: str(1 + scope.pick(int(highest))),
    "zone": lambda scope, _: _zones(scope)[scope.pick(len(_zones(scope)))],
    "region": lambda scope, _: scope.region,
    "account": lambda scope, _: scope.account,
    "partition": lambda scope, _: regions.partition(scope.region),
    "domain": lambda scope, _: regions.domain(scope.region),
    "urn_name": lambda scope, _: scope.urn_name,
    "s3_zone": lambda scope, _: regions.region(scope.region).s3,
    "alb_zone": lambda scope, _: regions.region(scope.region).alb,
    "nlb_zone": lambda scope, _: regions.region(scope.region).nlb,
    "api_zone": lambda scope, _: regions.region(scope.region).api,
    "region_code": lambda scope, _: regions.zone_id(regions.zone_names(scope.region)[0]).partition("-")[0],
    "cloudfront_zone": lambda _scope, _: regions.CLOUDFRONT_HOSTED_ZONE,
}


def _zones(scope: Scope) -> list[str]:
    return regions.zone_names(scope.region)


class _Formatter(string.Formatter):
    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:  # noqa: ARG002 - the base class's signature
        return _FIELDS[str(key)] if key in _FIELDS else self._scope[str(key)]

    def format_field(self, value: Any, format_spec: str) -> str:
        return str(value(self._scope, format_spec)) if callable(value) else super().format_field(value, format_spec)

    def convert_field(self, value: Any, conversion: Any) -> Any:
        match conversion:
            case "n":
                return str(value).rpartition("/")[2].rpartition(":")[2]
            case "l":
                return str(value).lower()
            case _:
                return value
