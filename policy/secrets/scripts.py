"""Finds secrets that a script or a configuration file assigns or passes on: shell, YAML, JSON, .env, ini, SQL.

A name before ``=`` or ``:`` is judged like a variable's name. What only looks like an assignment is left out: code that
calls something, prose after a colon, and values that the shell fills in.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from policy.secrets.commands import given_to_commands
from policy.secrets.names import tells_of_secret
from policy.secrets.plain_text import LONGEST, layers

_QUOTED: Final = r"\\?\"(?P<double>[^\"\n\\]{1,500}+)\\?\"|\\?'(?P<single>[^'\n\\]{1,500}+)\\?'"
_VALUE: Final = rf"(?={_QUOTED}|(?P<bare>[^\s\"'`;&|<>\\]{{1,500}}+)(?P<after>[ \t]{{0,20}}\\?[^ \t])?)"
"""A look-ahead, which consumes nothing: the value may be an assignment itself (``--env=PASSWORD=...``)."""
_ASSIGNMENT: Final = re.compile(
    r"(?<![\w.-])-{0,2}(?P<name>[A-Za-z_][\w.-]*+)(?P<closed>\\?[\"']\]?)?"
    r"(?P<before>[ \t]{0,20}+)(?P<sign>:=|=>|=(?![=~>])|:(?![:=?+/\\-]))(?P<gap>[ \t]{0,20}+)" + _VALUE
)
_FLAG: Final = re.compile(r"(?<![\w-])--?(?P<name>[A-Za-z][\w-]*+)[ \t]{1,20}+(?!-)" + _VALUE)
SWITCHES: Final = re.compile(
    r"(?:no|without|ask|prompt|with|use|skip|require|enable|disable|is|has)[-_]", re.IGNORECASE
)
"""The beginning of a flag that takes no value."""
_DECLARED: Final = re.compile(
    r"\b(?:ENV|ARG|setenv|SetEnv|setx|fastcgi_param|configure[ ]set)[ \t]{1,20}"
    r"(?P<name>[A-Za-z_][\w.-]{0,200}+)[ \t]{1,20}" + _VALUE
)
_ELEMENT: Final = re.compile(r"<(?P<name>[A-Za-z_][\w.:-]{0,200}+)>(?P<double>[^<>\n]{1,500}+)</")
_ATTRIBUTE: Final = re.compile(
    r"\b(?:key|name)=\"(?P<name>[\w.:-]{1,200}+)\"[ \t]{1,20}value=\"(?P<double>[^\"\n]{1,500}+)\"", re.IGNORECASE
)
_NAMED: Final = (_ASSIGNMENT, _FLAG, _DECLARED, _ELEMENT, _ATTRIBUTE)

_STEMS: Final = (
    "pass", "pwd", "pswd", "secret", "token", "cred", "key", "auth", "jwt", "salt", "seed", "pepper", "dsn", "conn",
    "identified", "login", "user", "secure", "redis", "valkey", "mongo", "ldap", "stdin", "master", "curl", "wget",
    "mysql", "sudo", "smbclient", "zip", "7z", "kty",
)  # fmt: skip
"""A text that contains none of these assigns no secret by a name."""
_TYPES: Final = frozenset(
    [
        "string",
        "str",
        "text",
        "bytes",
        "any",
        "object",
        "bool",
        "boolean",
        "int",
        "integer",
        "number",
        "password",
        "secret",
    ]
)
"""Values that are types, in descriptions of data."""
_CALL: Final = re.compile(r"[(\[{]|^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$")
_IDENTIFIER: Final = re.compile(r"[A-Za-z]*_[A-Za-z_]*")
_FILLED_IN: Final = re.compile(r"\$[\w({]|\{\{")
"""A placeholder that the shell or a template replaces."""
_TAG: Final = "Tag/"
"""The text before the name of a tag in a condition key of a policy, as in ``aws:ResourceTag/Secret``."""
_BEFORE: Final = len(_TAG)
_SHORTEST: Final = 3
"""Characters of a value in a script; a shorter value is part of the language."""


@lru_cache(maxsize=2048)
def gives_password(script: str) -> bool:
    """Check whether a script assigns a password, a token or a key in clear, or gives one to a command.

    Args:
        script: Plain text, or text in Base64, with or without gzip, as in EC2's user data.
    """
    return any(_gives(text) for layer in layers(script) for text in (layer, _strings(layer)))


def _strings(text: str) -> str:
    """Return the strings in a JSON document, one per line, without the escapes of JSON; empty for any other text."""
    if text[:1] not in {"{", "["}:
        return ""
    try:
        found: list[object] = [json.loads(text)]
    except (ValueError, RecursionError):
        return ""
    lines: list[str] = []
    while found:
        content = found.pop()
        if isinstance(content, dict):
            found += content.values()  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - JSON
        elif isinstance(content, list):
            found += content  # pyright: ignore[reportUnknownArgumentType] - JSON
        elif isinstance(content, str):
            lines.append(content)
    return "\n".join(lines)[:LONGEST]


_KEPT_ELSEWHERE: Final = re.compile(
    r"^([ \t]{0,40})(?:secrets-manager|parameter-store):[ \t]{0,9}\n(?:\1[ \t]{1,40}\S[^\n]*+\n?)*+", re.MULTILINE
)
"""Sections of a buildspec with variables that CodeBuild reads from Secrets Manager or Parameter Store."""


def _gives(text: str) -> bool:
    if not _has_stem(text):
        return False
    text = _KEPT_ELSEWHERE.sub("", text)
    return any(map(_is_given, _named(text))) or given_to_commands(text)


def _has_stem(text: str) -> bool:
    # Searching each stem separately: one case-insensitive pattern of all stems takes ten times as long.
    text = text.lower()
    for stem in _STEMS:  # noqa: SIM110 - a generator takes twice as long, and there are thousands of texts
        if stem in text:
            return True
    return False


def _named(text: str) -> Iterator[re.Match[str]]:
    for pattern in _NAMED:
        yield from pattern.finditer(text)


def _is_given(match: re.Match[str]) -> bool:
    parts = match.groupdict()
    name, sign = match["name"], parts.get("sign")
    if not _has_stem(name) or (sign is None and SWITCHES.match(name)):
        return False
    value = parts.get("single") or parts.get("double") or parts.get("bare") or ""
    if len(value) < _SHORTEST or value != value.strip() or value.lower() in _TYPES:
        return False
    if parts.get("single") is None and _FILLED_IN.search(value):
        return False
    before = match.string[max(0, match.start() - _BEFORE) : match.start()]
    if before.endswith(_TAG):
        return False
    if parts.get("bare") and not (
        _is_word(parts, value) or _is_header(before, parts, value) or _is_of_flow(before, parts, value)
    ):
        return False
    is_variable = before.endswith(("$", "${"))
    return not (is_variable and sign == ":") and tells_of_secret(name, value)


def _is_word(parts: dict[str, str | None], value: str) -> bool:
    """Check whether a value without quotes is really a value, and not code or prose."""
    after = (parts.get("after") or "").strip()
    if value.startswith(("$", "<", "{", "(", "*", "[", "-", "=", "~", "%", "!")) or _CALL.search(value):
        return False
    sign, before, gap = parts.get("sign"), parts.get("before"), parts.get("gap")
    if sign == ":":
        return bool(gap) and (not after or after in "#,}\n\r")
    if sign is not None and not before and gap:
        return False  # an empty assignment before a command
    if before and _IDENTIFIER.fullmatch(value.rstrip(",;")):
        return False
    return not (value.endswith((",", ")")) and value.rstrip(",)").isalpha())


def _is_header(before: str, parts: dict[str, str | None], value: str) -> bool:
    """Check whether a quoted text is a name, a colon and a value with a digit, so that it is not prose."""
    is_quoted = before[-1:] in {'"', "'"} and (parts.get("after") or "") == before[-1:]
    return is_quoted and any(map(str.isdigit, value)) and not value.startswith("$")


def _is_of_flow(before: str, parts: dict[str, str | None], value: str) -> bool:
    """Check whether a value is a member of a YAML flow mapping. It must contain a digit: a name in code has none."""
    is_member = parts.get("sign") == ":" and before.rstrip()[-1:] in {"{", ","}
    return is_member and value.endswith(",") and any(map(str.isdigit, value)) and not _CALL.search(value)
