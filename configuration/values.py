"""Types of single values: what is allowed is said once, for the check, the error and the reference."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from configuration.problems import listed
from spot_planning.monitoring.log_retention import RETENTION_DAYS
from spot_planning.names.domain_names import check_domain_name
from spot_planning.storage.cors import check_origins

NOT_ALLOWED: Final = "not_allowed"
"""Pydantic's type of the errors that `Allowed` raises."""


@dataclass(frozen=True)
class Allowed:
    """What a value must be, in words and as a check; used as ``Annotated[str, Allowed(...)]``."""

    text: str
    check: Callable[[Any], bool] | None = None
    """None when only a rule across keys can check it (``configuration.rules``)."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after the value's type was checked."""
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def _checked(self, value: object) -> object:
        if self.check is not None and not self.check(value):
            raise PydanticCustomError(NOT_ALLOWED, "{allowed}", {"allowed": self.text})
        return value


def between(low: float, high: float) -> Allowed:
    """Allow numbers from `low` to `high`, both included."""
    return Allowed(f"{low} to {high}", lambda value: low <= value <= high)


def at_least(low: float) -> Allowed:
    """Allow numbers from `low` upwards."""
    return Allowed(f"{low} or more", lambda value: value >= low)


def one_of(values: Sequence[object]) -> Allowed:
    """Allow these values only."""
    return Allowed(listed(values), lambda value: value in values)


def passing(check: Callable[[Any], object]) -> Callable[[Any], bool]:
    """Turn a check of the components, which raises ``ValueError``, into one that answers."""

    def passes(value: object) -> bool:
        try:
            check(value)
        except ValueError:
            return False
        return True

    return passes


def matching(pattern: str, text: str) -> Allowed:
    """Allow text that matches a pattern as a whole; `text` says it in words."""
    compiled = re.compile(pattern)
    return Allowed(text, lambda value: compiled.fullmatch(value) is not None)


class Unknown(Exception):  # noqa: N818 (nothing failed: there is nothing to go by)
    """A rule read a setting that is wrong in itself."""


class Section(BaseModel):
    """A section of the configuration: the arguments of a component that the stack decides.

    Attributes are the arguments of the component's ``Args`` of the same name, except those in `root_only`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    root_only: ClassVar[frozenset[str]] = frozenset()
    """Keys that the composition root turns into something else."""

    if not TYPE_CHECKING:  # where attributes that do not exist are an error

        def __getattr__(self, name: str) -> object:
            """Tell rules that a setting is missing because it is wrong in itself (``rules.context.known``)."""
            if name in type(self).model_fields:
                raise Unknown(name)
            return super().__getattr__(name)

    def arguments(self) -> dict[str, Any]:
        """The section as keyword arguments of the component's ``Args``."""
        return self.model_dump(exclude=set(self.root_only))


ANY_ORIGIN: Final = "*"

_HIGHEST_PORT = 65535
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+)(?::(?P<port>\d{1,5}))?")


is_domain: Final = passing(partial(check_domain_name, "domain"))
"""Whether this is a full, lower-case DNS name of two labels or more."""


def is_origin(value: str) -> bool:
    """Whether a browser would send this as ``Origin``, or it is ``*``: https, or http to the own machine."""
    if value == ANY_ORIGIN:
        return True
    match = _ORIGIN.fullmatch(value)
    if match is None or not 1 <= int(match["port"] or 1) <= _HIGHEST_PORT:
        return False
    return _is_loopback(match["host"]) or (match["scheme"] == "https" and is_domain(match["host"]))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or IPv4Address(host).is_loopback
    except ValueError:
        return False


BucketOrigin = Annotated[
    str,
    Allowed(
        "https://host, without a path and perhaps beginning with *., or http:// for localhost",
        passing(lambda value: check_origins("origin", [value])),
    ),
]
"""An origin that may use a bucket."""

LogRetentionDays = Annotated[int, one_of(RETENTION_DAYS)]
"""A period that CloudWatch Logs has."""

Email = Annotated[
    str,
    matching(
        r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}",
        "an email address, such as ops@example.com",
    ),
]

Region = Annotated[
    str,
    matching(
        r"(?!cn-|us-gov-|us-iso|eu-isoe-)[a-z]{2}(?:-[a-z]+)+-[1-9]",
        "a Region such as us-east-1, outside China and GovCloud (CloudFront and its certificates live in us-east-1)",
    ),
]

AccountId = Annotated[str, matching(r"[0-9]{12}", "12 digits in quotes")]

DomainName = Annotated[str, Allowed("a full domain name in lower case, such as app.example.com", is_domain)]

Origin = Annotated[
    str,
    Allowed("https://host, without a path, or http:// for localhost, or * alone", is_origin),
]

VariableName = Annotated[
    str,
    matching(r"[A-Za-z_][A-Za-z0-9_]*", "a name of letters, digits and underscores that does not begin with a digit"),
]
