"""Reads the properties of a resource, and tells KNOWN, UNKNOWN and ABSENT apart.

``policy.engine.decoding`` turns what the engine sends into plain data, with ``UNKNOWN`` for what a preview cannot know.
``Value`` reads that data and keeps the path for messages. If a rule needs a value that is not known, reading it raises
``UndecidableError``. The error becomes a verdict, so that the rule never passes silently. A value that the program
declared secret is read like any other, but no message shows it.
"""

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, TypeVar, cast

from policy.provider import defaults
from policy.secrets.redaction import HIDDEN, redacted

_T = TypeVar("_T")


class Unknown:
    """The type of ``UNKNOWN``."""

    def __repr__(self) -> str:
        return "(not known yet)"


UNKNOWN: Final = Unknown()
"""Stands in plain data for a value that preview cannot know."""


class State(Enum):
    """What is known of a property."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    ABSENT = "absent"


class UndecidableError(Exception):
    """A rule needs a value that is not known yet, or a resource that is not part of the stack."""

    def __init__(self, path: str, urn: str, reason: str = "") -> None:
        super().__init__(path, urn, reason)
        self.path = path
        self.urn = urn
        self.reason = reason


class WrongTypeError(Exception):
    """A property has a value of a type that AWS does not accept there."""

    def __init__(self, value: "Value", expected: str, *, quoted: bool = True) -> None:
        content = value.shown if quoted else "text"
        super().__init__(f"{value.path} is {content}, which is not {expected}")
        self.malformed = not quoted
        self.path = value.path
        self.urn = value.urn


class TwiceError(ValueError):
    """A JSON object contains a name twice. AWS does not document which of the two it takes."""


GIVEN_ONCE: Final = "JSON that gives each name once"
"""What a document must be; ``WrongTypeError`` puts it into its message."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise TwiceError
    return found


@dataclass(frozen=True)
class _Malformed:
    """The content of a member of something that has no members, such as a string. Every typed reader refuses it."""

    content: object


@dataclass(frozen=True)
class Value:
    """One property of a resource: its state, its path for messages, and typed reading.

    Attributes:
        resource_type: The resource's type, under which ``defaults`` lists what an absent property means.
        urn: The resource's URN.
        path: The path for messages, such as ``ingress[0].cidrBlocks``.
        pattern: The path with ``[]`` for every index, such as ``ingress[].cidrBlocks``.
        content: Plain data; None when absent.
        secrets: The paths of the resource's properties that the program declared secret.
    """

    resource_type: str
    urn: str
    path: str
    pattern: str
    content: object
    secrets: frozenset[str] = frozenset()

    @property
    def state(self) -> State:
        """Whether it is KNOWN, UNKNOWN or ABSENT (null counts as absent, as it does for the provider)."""
        if self.content is UNKNOWN:
            return State.UNKNOWN
        return State.ABSENT if self.content is None else State.KNOWN

    @property
    def present(self) -> bool:
        """Whether it is given. An unknown value is given, although nobody knows whether it is right."""
        return self.state is not State.ABSENT

    def at(self, dotted: str) -> "Value":
        """Read a property below this one.

        Args:
            dotted: Names joined by dots.

        Returns:
            The value. Below an unknown property it is unknown, and below an absent property it is absent.
        """
        value = self
        for name in dotted.split("."):
            value = value._member(name)
        return value

    def _member(self, name: str) -> "Value":
        if self.state is State.UNKNOWN:
            return replace(self, pattern=joined(self.pattern, name))
        content: object = None
        if isinstance(self.content, dict):
            content = cast("dict[str, object]", self.content).get(name)
        elif self.state is State.KNOWN:
            content = _Malformed(self.content)
        return self._part(joined(self.path, name), joined(self.pattern, name), content)

    def _part(self, path: str, pattern: str, content: object) -> "Value":
        # Does the same as dataclasses.replace in a quarter of the time: rules make thousands of values.
        return Value(self.resource_type, self.urn, path, pattern, content, self.secrets)

    def items(self) -> list["Value"]:
        """Read a list's elements; an absent list has none.

        Raises:
            UndecidableError: The list itself is unknown.
            WrongTypeError: It is no list.
        """
        content = self._settled()
        if content is None:
            return []
        if not isinstance(content, list):
            raise WrongTypeError(self, "a list")
        return [
            self._part(f"{self.path}[{index}]", f"{self.pattern}[]", element)
            for index, element in enumerate(cast("list[object]", content))
        ]

    def members(self) -> dict[str, "Value"]:
        """Read a map's members; an absent map has none.

        Raises:
            UndecidableError: The map itself is unknown.
            WrongTypeError: It is no map.
        """
        content = self._settled()
        if content is None:
            return {}
        if not isinstance(content, dict):
            raise WrongTypeError(self, "an object")
        return {name: self._member(name) for name in cast("dict[str, object]", content)}

    def flag(self) -> bool:
        """Read a boolean, or the provider's default for an absent one.

        Raises:
            UndecidableError: It is unknown.
            WrongTypeError: It is neither a boolean nor a string that the provider reads as one.
        """
        content = self._or_default()
        if isinstance(content, bool):
            return content
        if isinstance(content, str) and content in {"true", "false"}:
            return content == "true"
        if content is None:
            return False
        raise WrongTypeError(self, "a boolean")

    def number(self) -> float | None:
        """Read a number, or the provider's default for an absent one.

        Raises:
            UndecidableError: It is unknown.
            WrongTypeError: It is neither a number nor a string that contains one.
        """
        content = self._or_default()
        if content is None:
            return None
        try:
            number = float(cast("str", content))
        except (TypeError, ValueError, OverflowError):
            raise WrongTypeError(self, "a number") from None
        if isinstance(content, bool) or not math.isfinite(number):
            raise WrongTypeError(self, "a number")
        return number

    def text(self) -> str | None:
        """Read a string, or the provider's default for an absent one.

        Raises:
            UndecidableError: It is unknown.
            WrongTypeError: It is no string.
        """
        content = self._or_default()
        if content is None or isinstance(content, str):
            return content
        raise WrongTypeError(self, "a string")

    def texts(self) -> list[str]:
        """Read a list of strings, or one string as IAM documents may have it; an absent list has none.

        Raises:
            UndecidableError: The list or an element is unknown.
            WrongTypeError: It is neither a list of strings nor a string.
        """
        if isinstance(self.content, str):
            return [self.content]
        return [item.text() or "" for item in self.items()]

    def document(self) -> "Value":
        """Parse a string with JSON, and return its content under the same path; return anything else as it is.

        Raises:
            UndecidableError: The document is unknown.
            WrongTypeError: The string is not JSON, or gives a name twice.
        """
        content = self._settled()
        if not isinstance(content, str):
            return self
        try:
            return replace(self, content=cast("object", json.loads(content, object_pairs_hook=_once)))
        except TwiceError:
            raise WrongTypeError(self, GIVEN_ONCE, quoted=False) from None
        except (ValueError, RecursionError):
            # The message does not quote the text, since it may contain a secret.
            raise WrongTypeError(self, "JSON", quoted=False) from None

    def known(self) -> object:
        """Read plain data of any type; None when absent.

        Raises:
            UndecidableError: It is unknown.
        """
        return self._settled()

    def _settled(self) -> object:
        if self.state is State.UNKNOWN:
            raise UndecidableError(self.path, self.urn)
        return self.content

    def _or_default(self) -> object:
        content = self._settled()
        return defaults.of(self.resource_type, self.pattern) if content is None else content

    @property
    def secret(self) -> bool:
        """Whether it is secret, is part of a secret, or contains one."""
        return any(_is_within(self.path, path) or _is_within(path, self.path) for path in self.secrets)

    @property
    def shown(self) -> str:
        """The content as a message may show it."""
        return HIDDEN if self.secret else shown(self.content, self.path)

    def __str__(self) -> str:
        """Describe it for a message: ``storageEncrypted is absent (the provider's default is false)``."""
        if self.state is State.ABSENT:
            default = defaults.DEFAULTS.get(self.resource_type, {}).get(self.pattern)
            meaning = "" if default is None else f" (the provider's default is {shown(default)})"
            return f"{self.path} is absent{meaning}"
        if self.state is State.UNKNOWN:
            return f"{self.path} is not known yet"
        return f"{self.path} is {self.shown}"


def some(values: Iterable[_T], predicate: Callable[[_T], bool]) -> bool:
    """Three-valued ``any``: True if the predicate holds for one value, even if it cannot be decided for others.

    Raises:
        UndecidableError: The predicate holds for no value, and cannot be decided for at least one.
    """
    undecidable: UndecidableError | None = None
    for value in values:
        try:
            if predicate(value):
                return True
        except UndecidableError as error:
            undecidable = undecidable or error
    if undecidable is not None:
        raise undecidable
    return False


def shown(content: object, path: str = "") -> str:
    """Write a value for a message: as JSON, without secrets, and cut when it is long.

    Args:
        content: Plain data.
        path: The value's path, whose names may reveal that it is a secret; empty when it is not known.
    """
    if isinstance(content, _Malformed):
        return f"below {shown(content.content, path)}"
    content = redacted(content, path)
    if content == HIDDEN:
        return HIDDEN
    if isinstance(content, float) and content.is_integer():
        content = int(content)  # every number of the engine is a float
    text = json.dumps(content, default=repr)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}..."


_SHOWN_LENGTH: Final = 80


def joined(path: str, name: str) -> str:
    """Write the path of a member.

    Args:
        path: The object's path; empty for the resource itself.
        name: The member's name.
    """
    return f"{path}.{name}" if path else name


def _is_within(inner: str, outer: str) -> bool:
    return inner == outer or not outer or inner.startswith((f"{outer}.", f"{outer}["))
