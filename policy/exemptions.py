"""Exemptions: a rule that one resource need not keep, why, and until when.

The file is a YAML list; each entry has exactly these keys::

    - rule: load-balancer-tls-listener
      urn: urn:pulumi:*::spot-platform::*$aws:lb/listener:Listener::api
      reason: What would have to change, and why it does not pay.
      expires: 2027-06-30

An entry whose day has come exempts nothing and is an error, and so is one that nothing needed: the stack segment
of its pattern says which stacks it is for. One for what a preview cannot decide is neither used nor unneeded.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Final, cast

import yaml

KEYS: Final = ("rule", "urn", "reason", "expires")
SHORTEST_REASON: Final = 20
"""Letters; less than that is no reason."""
_URN_PARTS: Final = 4
_URN_START: Final = "urn:pulumi:"


@dataclass(frozen=True)
class Exemption:
    """One entry of the file.

    Attributes:
        rule: The id of the rule.
        urn: A pattern of URNs; ``*`` and ``?`` are wildcards.
        reason: Why.
        expires: The first day on which it no longer holds.
    """

    rule: str
    urn: str
    reason: str
    expires: date

    def covers(self, rule: str, urn: str) -> bool:
        """Tell whether it is about a rule and a resource."""
        return self.rule == rule and fnmatchcase(urn, self.urn)

    def concerns(self, stack: str) -> bool:
        """Tell whether its pattern is about a stack."""
        return fnmatchcase(stack, self.urn.removeprefix(_URN_START).split("::")[0])

    def expired(self, today: date) -> bool:
        """Tell whether it no longer holds."""
        return today >= self.expires


def parse(text: str, rules: Collection[str]) -> list[Exemption]:
    """Read the file.

    Args:
        text: YAML.
        rules: The ids of all rules.

    Returns:
        Its entries.

    Raises:
        ValueError: All that is wrong with it, one line each.
    """
    try:
        content = cast("object", yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ValueError(f"exemptions: no YAML: {' '.join(str(error).split())}") from error
    if content is None:
        return []
    if not isinstance(content, list):
        raise ValueError("exemptions: a list is wanted")  # noqa: TRY004 - an error in a file, not in a call
    found: list[Exemption] = []
    errors: list[str] = []
    for number, entry in enumerate(cast("list[object]", content), start=1):
        try:
            found.append(_entry(entry, rules))
        except ValueError as error:
            errors.append(f"exemption {number}: {error}")
    if errors:
        raise ValueError("\n".join(errors))
    return found


def _entry(entry: object, rules: Collection[str]) -> Exemption:
    if not isinstance(entry, dict):
        raise ValueError(f"{entry!r} is not a mapping of {', '.join(KEYS)}")  # noqa: TRY004 - an error in a file
    fields = cast("Mapping[str, object]", entry)
    wrong = [f"{key} is missing" for key in KEYS if key not in fields]
    wrong += [f"{key} is unknown" for key in fields if key not in KEYS]
    if wrong:
        raise ValueError("; ".join(wrong))
    rule, urn, reason, expires = (fields[key] for key in KEYS)
    if not isinstance(rule, str) or rule not in rules:
        raise ValueError(f"rule={rule!r} is no rule")
    if not isinstance(urn, str) or not urn.startswith(_URN_START) or len(urn.split("::")) < _URN_PARTS:
        raise ValueError(f"urn={urn!r} must look like urn:pulumi:STACK::PROJECT::TYPE::NAME")
    if not isinstance(reason, str) or len(reason.strip()) < SHORTEST_REASON:
        raise ValueError(f"reason={reason!r} must say why, in {SHORTEST_REASON} letters or more")
    if type(expires) is not date:
        raise ValueError(f"expires={expires!r} must be a day such as 2027-06-30")
    return Exemption(rule, urn, " ".join(reason.split()), expires)


class Exemptions:
    """The entries, and which of them something needed."""

    def __init__(self, entries: Iterable[Exemption], today: date) -> None:
        self.entries = tuple(entries)
        self.today = today
        self.used: dict[Exemption, set[str]] = {}
        self._awaited: set[Exemption] = set()

    def use(self, rule: str, urn: str) -> bool:
        """Ask for an exemption.

        Args:
            rule: The violated rule.
            urn: The resource that violates it.

        Returns:
            Whether there is one that holds today. Expired ones are noted as used too: they are needed.
        """
        holds = False
        for entry in self.entries:
            if entry.covers(rule, urn):
                self.used.setdefault(entry, set()).add(urn)
                holds = holds or not entry.expired(self.today)
        return holds

    def await_decision(self, rule: str, urn: str) -> None:
        """Note that an update may yet need an exemption, so that it is not called unneeded.

        Args:
            rule: The rule that cannot be decided yet.
            urn: The resource that it cannot be decided for.
        """
        self._awaited.update(entry for entry in self.entries if entry.covers(rule, urn))

    def granted(self) -> list[tuple[Exemption, str]]:
        """List what was exempted: the entry and the resource."""
        return [
            (entry, urn)
            for entry in self.entries
            if not entry.expired(self.today)
            for urn in sorted(self.used.get(entry, ()))
        ]

    def stale(self, stack: str) -> list[tuple[Exemption, str]]:
        """List the entries that have to go.

        Args:
            stack: The stack that was looked at; entries of others are not judged.

        Returns:
            The entry and what is wrong with it.
        """
        found: list[tuple[Exemption, str]] = []
        for entry in self.entries:
            if not entry.concerns(stack):
                continue
            if entry.expired(self.today):
                found.append((entry, f"it expired on {entry.expires.isoformat()}"))
            elif entry not in self.used and entry not in self._awaited:
                found.append((entry, "nothing in this stack needs it"))
        return found
