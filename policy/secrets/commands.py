"""Finds secrets that a script gives to a command in that command's own syntax, such as SQL and ``curl -u``."""

import re
from collections.abc import Iterator
from typing import Final

from policy.secrets.references import names_a_secret

_TEXT: Final = r"(?P<given>(?![$<{(*`%])[^\s\"'`;&|<>]{2,500}+)"
_LONG: Final = r"(?P<given>[\w.~+/=-]{16,500}+)"
_QUOTED: Final = r"'(?P<given>[^'\n]{1,500}+)'"
_READS: Final = r"(?:password-stdin|--stdin|--with-token|sudo[ ]{1,9}-S)\b"
"""Shows that a command reads a password from its standard input."""
_PASSED: Final = rf"[\"']?{_TEXT}[\"']?[ \t]{{0,9}}\|[^\n|]{{0,200}}{_READS}"
"""What ``echo`` or ``printf`` pipes into a command that reads a password."""
_LIST: Final = r"\bchpasswd:\s{1,40}(?:expire:\s{0,5}\w{1,5}\s{1,40})?list:\s{0,5}[|>]?[+-]?\s{1,40}"
_USER: Final = r"[\"']?[\w.-]{1,60}:"
_ENTRIES: Final = rf"(?:(?:-\s{{1,5}})?{_USER}(?:R|RANDOM|\$\S{{1,200}})[\"']?\s{{1,40}}){{0,9}}"
"""Entries of cloud-init's list whose password cloud-init generates, or that contain a hash."""

_ANYWHERE: Final = (
    (
        ("password", "identified"),
        r"\b(?:password|identified[ \t]{1,9}(?:with[ \t]{1,9}\w{1,40}[ \t]{1,9})?(?:by|as))[ \t]{1,9}(?:=[ \t]{0,9})?"
        + _QUOTED,
    ),
    (
        ("password",),
        rf"\bset[ \t]{{1,9}}password[ \t]{{1,9}}(?:for[ \t]{{1,9}}[^\s=]{{1,100}}[ \t]{{0,9}})?=[ \t]{{0,9}}{_QUOTED}",
    ),
    (
        ("requirepass", "masterauth"),
        rf"(?<![\w.-])-{{0,2}}(?:requirepass|masterauth)(?:[ \t]{{1,9}}|=)[\"']?{_TEXT}",
    ),
    (("echo",), rf"\becho[ \t]{{1,9}}(?:-n[ \t]{{1,9}})?{_PASSED}"),
    (("printf",), rf"\bprintf[ \t]{{1,9}}(?:[\"']?%[sb](?:\\{{1,2}}n)?[\"']?[ \t]{{1,9}})?{_PASSED}"),
    (("<<<",), rf"{_READS}[^\n]{{0,200}}<<<[ \t]{{0,9}}[\"']?{_TEXT}"),
    (("<<",), rf"{_READS}[^\n]{{0,200}}<<-?[ \t]?[\"']?\w{{1,20}}[\"']?[^\n]{{0,99}}\n[ \t]{{0,20}}{_TEXT}"),
    (("passin", "passout", "pass:"), rf"\b(?:pass|passin|passout)[ \t]{{1,9}}pass:{_TEXT}"),
    (("login",), rf"\blogin[ \t]{{1,9}}\S{{1,100}}\s{{1,9}}password[ \t]{{1,9}}{_TEXT}"),
    (("net", "user"), rf"\bnet[ \t]{{1,9}}user[ \t]{{1,9}}\S{{1,60}}[ \t]{{1,9}}{_TEXT}[ \t]{{1,9}}/add"),
    (
        ("securestring",),
        r"\bConvertTo-SecureString[ \t]{1,9}(?:-String[ \t]{1,9})?[\"'](?P<given>[^\"'\n$]{1,500}+)",
    ),
    (
        ("chpasswd",),
        rf"(?<![\w.-])[\w.-]{{1,100}}+:{_TEXT}[\"']?[ \t]{{0,9}}\|[ \t]{{0,9}}(?:sudo[ \t]{{1,9}})?chpasswd",
    ),
    (("chpasswd",), rf"\bchpasswd[ \t]{{0,9}}<<<[ \t]{{0,9}}{_USER}{_TEXT}"),
    (("chpasswd",), rf"\bchpasswd[ \t]{{0,9}}<<-?[ \t]?[\"']?\w{{1,20}}[\"']?[ \t]{{0,9}}\n{_ENTRIES}{_USER}{_TEXT}"),
    (
        ("chpasswd",),
        rf"{_LIST}{_ENTRIES}(?:-\s{{1,5}})?{_USER}(?!RANDOM\b|R\b){_TEXT}",
    ),
    (
        ("pgpass",),
        rf"(?<![\w.*-])[\w.*-]{{1,100}}:(?:\d{{1,5}}|\*):[\w.*-]{{1,60}}:[\w.*-]{{1,60}}:{_TEXT}",
    ),
    (
        ("pwd",),
        rf"\b(?:server|data source|host|uid|user id|user)[ \t]?=[^\n\"'=]{{1,200}};[ \t]?pwd[ \t]?=[ \t]?{_TEXT}",
    ),
    (
        ("authorization",),
        rf"\bauthorization:[ \t]{{0,9}}(?:token|apikey|api-key|sso-key|ssws|key)[ \t=]{{1,9}}{_LONG}",
    ),
    (("kty",), r"[\"']d\\{0,2}[\"'][ \t]{0,9}:[ \t]{0,9}\\{0,2}[\"'](?P<given>[\w-]{40,}+)"),
)
"""Pairs of hints, in lower case, and a pattern that finds a password wherever it is in the script. The pattern is only
tried if the script contains one of the hints."""
_WHEREVER: Final = tuple((hints, re.compile(pattern, re.IGNORECASE)) for hints, pattern in _ANYWHERE)

_COMMANDS: Final = (
    (r"\b(?:curl|wget)\b", rf"(?:-u|--user)[ =]?[\"']?[^\s:\"'$]{{0,100}}+:{_TEXT}"),
    (r"\b(?:mysql|mariadb)", rf"-p(?![\d:]{{1,20}}(?!\S))[\"']?{_TEXT}"),
    (r"\bsshpass\b", rf"-p[ ]?[\"']?{_TEXT}"),
    (r"\b(?:docker|podman|registry) login\b", rf"-p[ ][\"']?{_TEXT}"),
    (r"\b(?:mongo|mongosh|mongodump|useradd|usermod)\b|\baz login\b", rf"-p[ ][\"']?{_TEXT}"),
    (r"\bldap[a-z]{3,9}\b", rf"-w[ ][\"']?{_TEXT}"),
    (r"\b(?:redis|valkey)-cli\b", rf"-a[ ][\"']?{_TEXT}"),
    (r"\bhtpasswd\b", rf"-[a-zA-Z]{{0,5}}b[a-zA-Z]{{0,5}} \S{{1,200}} \S{{1,100}} [\"']?{_TEXT}"),
    (r"\b(?:smbclient|rpcclient|net)\b", rf"(?:-U|--user)[ =]?[\"']?[^\s%\"'$]{{1,100}}+%{_TEXT}"),
    (r"\b(?:un)?zip\b", rf"-P[ ]?[\"']?{_TEXT}"),
    (r"\b7z[ar]?\b", rf"-p[\"']?{_TEXT}"),
    (r"\brabbitmqctl\b", rf"(?:add_user|change_password)[ ]\S{{1,100}}[ ][\"']?{_TEXT}"),
    (r"\bvault\b", rf"login[ ](?!-)[\"']?{_TEXT}"),
    (r"\baws\b.{1,200}\bcreate-secret|\baws\b.{1,200}\bput-secret-value", rf"--secret-string[ =][\"']?{_TEXT}"),
    (r"\baws\b.{1,200}\bput-parameter\b.{0,200}\bSecureString\b", rf"--value[ =][\"']?{_TEXT}"),
)
"""Pairs of a command and its flag that takes a password."""
_GIVEN_TO: Final = tuple((re.compile(command), re.compile(rf"(?<!\S){flag}")) for command, flag in _COMMANDS)
_BEFORE: Final = 300
"""Characters of the line before a flag in which its command is searched."""


def given_to_commands(text: str) -> bool:
    """Check whether a script gives a password to a command.

    Args:
        text: Plain text.
    """
    return any(not names_a_secret(given) for given in _given(text))


def _given(text: str) -> Iterator[str]:
    small = text.lower()
    for hints, pattern in _WHEREVER:
        if any(hint in small for hint in hints):
            yield from (match["given"] for match in pattern.finditer(text) if "$" not in match["given"])
    for command, flag in _GIVEN_TO:
        for match in flag.finditer(text) if command.search(text) else ():
            line = text[max(0, match.start() - _BEFORE) : match.start()].rpartition("\n")[2]
            if command.search(line):
                yield match["given"]
