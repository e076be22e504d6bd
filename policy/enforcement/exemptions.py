"""Exemptions: which resources need not comply with a rule, in which stacks, why, and until when.

The file is a YAML list. A mandatory violation of a resource ends with the entry to copy. An entry looks like this::

    - rule: load-balancer-tls-listener
      urn: "urn:pulumi:*::*::*$aws:lb/listener:Listener::api"
      stacks: [prod, staging]
      reason: Why this cannot be changed, and what keeps the resource safe all the same.
      expires: 2027-06-30

``urn`` is a resource's URN, in which ``*`` and ``?`` are wildcards. Only its type and its name are compared, each
separately, so that an entry stays valid when the project is renamed. ``stacks`` lists the stacks in which the entry is
valid. The stack in the URN must be ``*`` or match all of them. ``ports`` limits an entry to some ports, such as
``[443]``, for rules about open ports.

``{component}`` in the name stands for the name of the component whose type is in the URN. Such an entry covers what the
component itself makes, and does not cover a child that a program gives to the component::

      urn: "urn:pulumi:*::*::spot-platform:index:ServiceEndpoint$aws:lb/listener:Listener::{component}"

Then only the component's type and the resource's own type are compared, and not the types of the component's parents.

An entry that has expired exempts nothing and is an error. An entry that lists a stack by name, but that nothing in the
stack needs, is an error too. An entry for ``"*"`` is no error in a stack that does not need it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Final, NamedTuple


class PortRange(NamedTuple):
    """Ports from the first to the last, both included."""

    first: int
    last: int

    def __str__(self) -> str:
        """Write the range for a message, such as ``port 443``."""
        return f"port {self.first}" if self.first == self.last else f"ports {self.first}-{self.last}"


@dataclass(frozen=True)
class Exemption:
    """One entry of the file.

    Attributes:
        rule: The id of the rule.
        urn: A pattern of URNs. Only the type and the name in it are compared.
        stacks: Patterns of stack names.
        reason: Why the resource is exempted.
        expires: The first day on which the entry is no longer valid.
        ports: The only ports that the entry covers; all when empty.
    """

    rule: str
    urn: str
    stacks: tuple[str, ...]
    reason: str
    expires: date
    ports: tuple[int, ...] = ()

    def covers(
        self, rule: str, urn: str, ports: PortRange | None = None, components: Collection[tuple[str, str]] = ()
    ) -> bool:
        """Check whether the entry covers a violation.

        Args:
            rule: The violated rule.
            urn: The resource that violates it.
            ports: The ports that the violation is about, if it is about ports.
            components: Type and name of each component of the stack, as `fits` takes them.
        """
        return (
            self.rule == rule
            and self.concerns(stack_of(urn))
            and self.fits(urn, components)
            and (not self.ports or (ports is not None and self._has(ports)))
        )

    def fits(self, urn: str, components: Collection[tuple[str, str]] = ()) -> bool:
        """Check whether the type and the name of a resource match those of the entry.

        Args:
            urn: The resource.
            components: Type and name of each component of the stack. If there is no component of the resource's parent
                type among them (a targeted update), ``{component}`` matches any name.
        """
        (type_, name), (wanted_type, wanted_name) = type_and_name(urn), type_and_name(self.urn)
        if COMPONENTS_NAME not in wanted_name:
            return fnmatchcase(type_, wanted_type) and fnmatchcase(name, wanted_name)
        types = type_.split("$")[-2:]
        before, _, behind = wanted_name.partition(COMPONENTS_NAME)
        if types != wanted_type.split("$")[-2:] or not (name.startswith(before) and name.endswith(behind)):
            return False
        names = {own for token, own in components if token == types[0]}
        return not names or name[len(before) : len(name) - len(behind)] in names

    def _has(self, ports: PortRange) -> bool:
        return set(range(ports.first, ports.last + 1)) <= set(self.ports)

    def concerns(self, stack: str) -> bool:
        """Check whether the entry is valid in a stack."""
        return any(fnmatchcase(stack, pattern) for pattern in self.stacks)

    def names(self, stack: str) -> bool:
        """Check whether the entry lists a stack by its name, and not only by a pattern."""
        return stack in self.stacks

    def expired(self, today: date) -> bool:
        """Check whether the entry has expired."""
        return today >= self.expires


URN_PREFIX: Final = "urn:pulumi:"
COMPONENTS_NAME: Final = "{component}"
"""Placeholder in an entry's name for the name of the component whose type stands before the resource's type."""


def stack_of(urn: str) -> str:
    """Read the name of the stack in a URN."""
    return urn.removeprefix(URN_PREFIX).split("::")[0]


def project_of(urn: str) -> str:
    """Read the name of the project in a URN."""
    return [*urn.split("::", 2), "", ""][1]


def type_and_name(urn: str) -> tuple[str, str]:
    """Read the type, with the types of the parents before it, and the name, which may contain ``::`` too.

    They are compared separately: a wildcard in the type must not match part of the name, which the program chooses.
    """
    parts = [*urn.split("::", 3), "", "", ""]
    return parts[2], parts[3]


class Exemptions:
    """The exemptions of a run, and a record of those that were needed."""

    def __init__(self, entries: Iterable[Exemption], today: date) -> None:
        self.entries = tuple(entries)
        self.today = today
        self.used: dict[Exemption, set[str]] = {}
        self._awaited: set[Exemption] = set()
        self._components: set[tuple[str, str]] = set()
        self._by_rule: dict[str, list[Exemption]] = {}
        for entry in self.entries:
            self._by_rule.setdefault(entry.rule, []).append(entry)

    def meet(self, urn: str) -> None:
        """Record a resource if it is a component: an entry may be limited to what a component makes.

        Args:
            urn: The URN of any resource. The engine sends a component before the resources in it.
        """
        type_, name = type_and_name(urn)
        own = type_.rpartition("$")[2]
        # Every resource of a bridged provider such as AWS's has a slash in its module; components have none.
        if "/" not in own:
            self._components.add((own, name))

    def use(self, rule: str, urn: str, ports: PortRange | None = None) -> bool:
        """Look for an entry that covers a violation, and record that the entry is needed.

        Args:
            rule: The violated rule.
            urn: The resource that violates it.
            ports: The ports that the violation is about, if it is about ports.

        Returns:
            Whether an entry covers it and has not expired. Expired entries are recorded too, since they are needed.
        """
        holds = False
        for entry in self._by_rule.get(rule, ()):
            if entry.covers(rule, urn, ports, self._components):
                self.used.setdefault(entry, set()).add(urn)
                holds = holds or not entry.expired(self.today)
        return holds

    def await_decision(self, rule: str, urn: str) -> None:
        """Record that an update may still need an exemption, so that the entry is not reported as unneeded.

        Args:
            rule: The rule that cannot be decided yet.
            urn: The resource for which it cannot be decided.
        """
        for entry in self._by_rule.get(rule, ()):
            if entry.concerns(stack_of(urn)) and entry.fits(urn, self._components):
                self._awaited.add(entry)

    def granted(self) -> list[tuple[Exemption, str]]:
        """List the valid entries that were needed, each with a resource that needed it."""
        return [
            (entry, urn)
            for entry in self.entries
            if not entry.expired(self.today)
            for urn in sorted(self.used.get(entry, ()))
        ]

    def stale(self, stack: str, disabled: Collection[str] = ()) -> list[tuple[Exemption, str]]:
        """List the entries that have expired or are not needed.

        Args:
            stack: The stack of the run; entries that are not for it are not checked.
            disabled: The ids of rules that did not run, so nobody knows whether their entries are needed.

        Returns:
            Pairs of an entry and what is wrong with it.
        """
        found: list[tuple[Exemption, str]] = []
        for entry in self.entries:
            if not entry.concerns(stack):
                continue
            if entry.expired(self.today):
                found.append((entry, f"it expired on {entry.expires.isoformat()}"))
            elif self._is_unneeded(entry, stack) and entry.rule not in disabled:
                found.append((entry, "nothing in this stack needs it"))
        return found

    def _is_unneeded(self, entry: Exemption, stack: str) -> bool:
        return entry.names(stack) and entry not in self.used and entry not in self._awaited
