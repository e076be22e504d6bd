"""Describes the types and allowed values of keys in words, for error messages and the reference page."""

from collections.abc import Sequence
from typing import Any, Literal, get_args, get_origin

from configuration.models import is_section
from spot_planning.checking import choices, is_enum
from spot_planning.declarations import Allowed
from spot_planning.problems import listed

_NAMES: dict[Any, str] = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def bare(annotation: Any) -> Any:
    """Return an annotation without ``Annotated`` and ``| None``."""
    if hasattr(annotation, "__metadata__"):
        return bare(get_args(annotation)[0])
    if is_optional(annotation):
        return bare(next(argument for argument in get_args(annotation) if argument is not type(None)))
    return annotation


def is_optional(annotation: Any) -> bool:
    """Return whether ``None`` is allowed, which YAML writes as ``null``."""
    return type(None) in get_args(annotation)


def type_name(annotation: Any) -> str:
    """Return the type in words, such as ``list of text``."""
    plain = bare(annotation)
    arguments = get_args(plain)
    if get_origin(plain) is list:
        return f"list of {_plural(type_name(arguments[0]))}"
    if get_origin(plain) is dict:
        return f"map of {_plural(type_name(arguments[1]))}"
    if get_origin(plain) is Literal or is_enum(plain):
        return "text"
    if is_section(plain):
        return "map of keys"
    return _NAMES[plain]


def allowed(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """Return the allowed values in words; empty when every value of the type is allowed.

    Args:
        annotation: A key's annotation, or a part of it.
        metadata: The metadata of the annotation's outermost ``Annotated``, which pydantic keeps separately.
    """
    texts = [item.text for item in metadata if isinstance(item, Allowed)]
    if texts:
        return "; ".join(texts)
    arguments = get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        return allowed(arguments[0], annotation.__metadata__)
    if is_enum(annotation):
        return choices(annotation)
    origin = get_origin(annotation)
    if origin is Literal:
        return listed(arguments)
    if origin is dict:
        parts = (("names", allowed(arguments[0])), ("values", allowed(arguments[1])))
        return "; ".join(f"{name}: {text}" for name, text in parts if text)
    return "; ".join(filter(None, map(allowed, arguments)))


def _plural(name: str) -> str:
    return {"whole number": "whole numbers", "number": "numbers", "map of keys": "maps"}.get(name, name)
