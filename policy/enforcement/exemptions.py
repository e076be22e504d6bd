"""Exemptions: a rule that some resources need not keep, in which stacks, why, and until when.

The file is a YAML list. Every violation ends with the entry to copy; an entry looks like this::

    - rule: load-balancer-tls-listener
      urn: "urn:pulumi:*::*::*$aws:lb/listener:Listener::api"
      stacks: [prod, staging]
      reason: Why this cannot be changed, and what keeps the resource safe all the same.
      expires: 2027-06-30

``urn`` is a resource's URN, in which ``*`` and ``?`` are wildcards. Only its type and its name are compared, each
for itself, so that an entry survives a new name of the project; ``stacks`` says in which stacks it holds, and the URN's
stack must be ``*`` or say the same. ``ports`` narrows an entry to some ports, such as ``[443]``, for rules about open
ports.

``{component}`` in the name stands for the name of the component that the type names, so that the entry is about what
that component itself makes and not about what a program gives to it as a child::

      urn: "urn:pulumi:*::*::spot-platform:index:ServiceEndpoint$aws:lb/listener:Listener::{component}"

Of the type, the component's and the resource's own are compared then, whatever contains the component.

An entry whose day has come exempts nothing and is an error. So is an entry that nothing needs in a stack that it lists
by name. An entry for ``"*"`` need not be needed in every stack.
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
        """Write them as people do."""
        return f"port {self.first}" if self.first == self.last else f"ports {self.first}-{self.last}"


@dataclass(frozen=True)
class Exemption:
    """One entry of the file.

    Attributes:
        rule: The id of the rule.
        urn: A pattern of URNs, of which the type and the name are compared.
        stacks: Patterns of the names of stacks.
        reason: Why.
        expires: The first day on which it no longer holds.
        ports: The only ports that it is about; all when empty.
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
        """Tell whether it is about a violation.

        Args:
            rule: The violated rule.
            urn: The resource that violates it.
            ports: The ports that the violation is about, if it is about ports.
            components: As for `fits`.
        """
        return (
            self.rule == rule
            and self.concerns(stack_of(urn))
            and self.fits(urn, components)
            and (not self.ports or (ports is not None and self._has(ports)))
        )

    def fits(self, urn: str, components: Collection[tuple[str, str]] = ()) -> bool:
        """Tell whether the type and the name of a resource are those of the entry.

        Args:
            urn: The resource.
            components: Type and name of each component of the stack. Where none of a component's type is known (an
                update of some targets only), ``{component}`` is any name.
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
        """Tell whether it is for a stack."""
        return any(fnmatchcase(stack, pattern) for pattern in self.stacks)

    def names(self, stack: str) -> bool:
        """Tell whether it is for a stack, and says so by that stack's name."""
        return stack in self.stacks

    def expired(self, today: date) -> bool:
        """Tell whether it no longer holds."""
        return today >= self.expires


URN_PREFIX: Final = "urn:pulumi:"
COMPONENTS_NAME: Final = "{component}"
"""Stands in the name of an entry for that of the component whose type stands before the resource's."""


def stack_of(urn: str) -> str:
    """Read the name of the stack in a URN."""
    return urn.removeprefix(URN_PREFIX).split("::")[0]


def project_of(urn: str) -> str:
    """Read the name of the project in a URN."""
    return [*urn.split("::", 2), "", ""][1]


def type_and_name(urn: str) -> tuple[str, str]:
    """Read the type with those of its parents, and the name, in which ``::`` may stand too.

    Each is compared for itself: a wildcard for a type must not reach into the name, which the program chooses freely.
    """
    parts = [*urn.split("::", 3), "", "", ""]
    return parts[2], parts[3]


class Exemptions:
    """The entries, and which of them something needed."""

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
        """Note that the stack has a resource: an entry may be about what a component makes.

        Args:
            urn: Of any resource. The engine names a component before what it contains.
        """
        type_, name = type_and_name(urn)
        own = type_.rpartition("$")[2]
        # Every resource of a bridged provider, as AWS's is, has a slash in its module.
        if "/" not in own:
            self._components.add((own, name))

    def use(self, rule: str, urn: str, ports: PortRange | None = None) -> bool:
        """Ask for an exemption.

        Args:
            rule: The violated rule.
            urn: The resource that violates it.
            ports: The ports that the violation is about, if it is about ports.

        Returns:
            Whether there is an entry that holds today. Expired entries are noted as used too: they are needed.
        """
        holds = False
        for entry in self._by_rule.get(rule, ()):
            if entry.covers(rule, urn, ports, self._components):
                self.used.setdefault(entry, set()).add(urn)
                holds = holds or not entry.expired(self.today)
        return holds

    def await_decision(self, rule: str, urn: str) -> None:
        """Note that an update may yet need an exemption, so that it is not called unneeded.

        Args:
            rule: The rule that cannot be decided yet.
            urn: The resource that it cannot be decided for.
        """
        for entry in self._by_rule.get(rule, ()):
            if entry.concerns(stack_of(urn)) and entry.fits(urn, self._components):
                self._awaited.add(entry)

    def granted(self) -> list[tuple[Exemption, str]]:
        """List what was exempted: the entry and the resource."""
        return [
            (entry, urn)
            for entry in self.entries
            if not entry.expired(self.today)
            for urn in sorted(self.used.get(entry, ()))
        ]

    def stale(self, stack: str, disabled: Collection[str] = ()) -> list[tuple[Exemption, str]]:
        """List the entries that have to go.

        Args:
            stack: The stack that was looked at; entries of others are not judged.
            disabled: Rules that were not asked, so that nothing says whether their entries are needed.

        Returns:
            The entry and what is wrong with it.
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
