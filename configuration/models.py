"""Makes pydantic models from the classes of settings, and settings from validated models."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import MISSING
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeGuard, TypeVar, cast, get_args, get_origin, get_type_hints

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model
from pydantic_core import PydanticCustomError

from spot_planning.checking import arms
from spot_planning.declarations import Allowed, descriptions

NOT_ALLOWED = "not_allowed"
"""The type of pydantic's errors about values that are not allowed."""

_T = TypeVar("_T")


class Unknown(Exception):  # noqa: N818 (no failure: a rule cannot be checked)
    """A rule read a setting whose own value is invalid."""


class Section(BaseModel):
    """The model of a class of settings: it validates types strictly and refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    if not TYPE_CHECKING:  # with `__getattr__`, the type checker would accept attributes that do not exist

        def __getattr__(self, name: str) -> object:
            """Raise `Unknown` for a setting that is missing because it is invalid (see ``rules.context.known``)."""
            if name in type(self).model_fields:
                raise Unknown(name)
            return super().__getattr__(name)


@cache
def model_of(declared: type) -> type[Section]:
    """Make the model of a class of settings, with models for the classes inside it."""
    hints, described = get_type_hints(declared), descriptions(declared)
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(declared):
        default = ... if field.default is MISSING else field.default
        given: dict[str, Any] = {"description": described.get(field.name)}
        if field.default_factory is MISSING:
            given["default"] = default
        else:
            given["default_factory"] = _default_factory(field.default_factory)
        fields[field.name] = (_annotated(hints[field.name], field.metadata), Field(**given))
    model = create_model(declared.__name__, __base__=Section, __doc__=declared.__doc__, **fields)
    for base in reversed(declared.__mro__):
        for name, member in vars(base).items():
            if isinstance(member, property):
                setattr(model, name, member)
    return model


def settings_from(declared: type[_T], section: Section) -> _T:
    """Make settings from a validated model.

    Args:
        declared: The class of settings.
        section: The validated model.
    """
    hints = get_type_hints(declared)
    values = {
        field.name: _value_from(hints[field.name], getattr(section, field.name))
        for field in dataclasses.fields(cast("Any", declared))
    }
    return declared(**values)


def is_section(annotation: Any) -> TypeGuard[type[Section]]:
    """Return whether an annotation is a model."""
    return isinstance(annotation, type) and issubclass(annotation, Section)


def _default_factory(factory: Callable[[], Any]) -> Callable[[], Any]:
    return model_of(cast("type", factory)) if dataclasses.is_dataclass(factory) else factory


def _annotated(hint: Any, limits: Mapping[str, Allowed]) -> Any:
    """Return an annotation with checks of the allowed values, and with models in place of classes of settings."""
    declared = arms(hint)
    plain = [_annotated_one(arm, limits) for arm in declared if arm is not type(None)]
    annotation: Any = plain[0]
    return annotation | None if type(None) in declared else annotation


def _annotated_one(declared: Any, limits: Mapping[str, Allowed]) -> Any:
    hint: Any = declared
    each = {"allowed": limits["each"]} if "each" in limits else {}
    if get_origin(hint) is list:
        hint = list[_annotated(get_args(hint)[0], each)]
    elif get_origin(hint) is dict:
        key, value = get_args(hint)
        keys = {"allowed": limits["keys"]} if "keys" in limits else {}
        hint = dict[_annotated(key, keys), _annotated(value, each)]
    elif dataclasses.is_dataclass(hint):
        hint = model_of(cast("type", hint))
    allowed = limits.get("allowed")
    return hint if allowed is None else Annotated[hint, allowed, AfterValidator(_check(allowed))]


def _check(allowed: Allowed) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if allowed.check is not None and not allowed.check(value):
            raise PydanticCustomError(NOT_ALLOWED, "{allowed}", {"allowed": allowed.text})
        return value

    return check


def _value_from(hint: Any, value: Any) -> Any:
    inner = next((argument for argument in get_args(hint) if dataclasses.is_dataclass(argument)), None)
    if isinstance(value, list) and inner is not None:
        return [settings_from(cast("type[Any]", inner), entry) for entry in cast("list[Section]", value)]
    return cast("Any", settings_from(hint, value) if isinstance(value, Section) else value)
