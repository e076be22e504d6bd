"""Defines rules and evaluates them. A rule is a declaration and a pure function from resources to verdicts."""

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Final, TypeVar

from policy.enforcement.exemptions import PortRange
from policy.graph import Graph
from policy.resources import COMPONENT, ResourceView, types_of
from policy.values import UndecidableError, WrongTypeError


class Severity(Enum):
    """How severe a violation is, with the grades of Security Hub."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Concern(Enum):
    """What a rule protects. A profile sets the level of a rule by its concern."""

    ENCRYPTION = "encryption"
    EXPOSURE = "exposure"
    PRIVILEGE = "privilege"
    SPOT = "spot"
    AVAILABILITY = "availability"
    AUDIT = "audit"
    HARDENING = "hardening"


class Outcome(Enum):
    """The kind of a verdict. A rule that yields no verdict found nothing wrong."""

    VIOLATION = "violation"
    MALFORMED = "malformed"
    """A value has a form that AWS does not accept, so no rule can read it. It violates every rule that reads it."""
    CRASHED = "crashed"
    """The rule has a bug. It counts as a violation, since nobody knows whether the resource complies with the rule."""
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Addition:
    """An entry that the stack file could add to one of its lists, so that a rule accepts what it now refuses.

    Attributes:
        key: The list's key without the project's name, such as ``policy.allowed_accounts``.
        entry: The value to add, such as an account id.
    """

    key: str
    entry: str


@dataclass(frozen=True)
class Verdict:
    """One finding about one resource.

    Attributes:
        outcome: The kind of the finding.
        path: The property that the finding is about.
        message: One sentence without a full stop; for a violation, the value that the property has and what it must be.
        urn: The resource's URN; ``evaluate`` sets it for a rule on a single resource.
        ports: The ports that the violation is about; None for a rule that is not about open ports.
        additions: Entries that the stack file could add to allow what violates the rule.
    """

    outcome: Outcome
    path: str
    message: str
    urn: str = ""
    ports: PortRange | None = None
    additions: tuple[Addition, ...] = ()


def violation(
    path: str,
    message: str,
    resource: ResourceView | None = None,
    *,
    ports: PortRange | None = None,
    additions: Iterable[Addition] = (),
) -> Verdict:
    """Return the verdict that a rule is violated.

    Args:
        path: The property.
        message: The value that the property has, and what it must be.
        resource: The resource; only a rule over the graph has to give it.
        ports: The ports, in a rule about open ports: an exemption may be limited to some of them.
        additions: Entries that the stack file could add to allow it.
    """
    return Verdict(Outcome.VIOLATION, path, message, resource.urn if resource else "", ports, tuple(additions))


UNKNOWN_AT_PREVIEW: Final = "not known at preview"
"""The reason of an undecided verdict, unless the rule gives another one."""


def undecided(path: str, reason: str = "", resource: ResourceView | None = None) -> Verdict:
    """Return the verdict that a rule cannot be decided.

    Args:
        path: The property that is not known.
        reason: Why the rule cannot be decided; empty when a preview cannot know the property.
        resource: The resource; only a rule over the graph has to give it.
    """
    return Verdict(Outcome.UNDECIDED, path, reason or UNKNOWN_AT_PREVIEW, resource.urn if resource else "")


_Judged = TypeVar("_Judged")
Config = Mapping[str, object]
ResourceCheck = Callable[[ResourceView, Config], Iterable[Verdict]]
GraphCheck = Callable[[Graph, Config], Iterable[Verdict]]


@dataclass(frozen=True)
class Setting:
    """A key of the stack file that sets the property which a rule checks.

    Attributes:
        key: The key without the project's name, such as ``database.multi_az``.
        value: The value to set: YAML where exactly one value is right (``true``, ``14``), else words (``at least 7``).
        component: The component that must contain the resource, such as ``ManagedData``; empty for any component of
            this library. A message names the key only for such a resource: the stack file has no effect on a resource
            that a team adds beside the components.
        types: The resource types that the key has an effect on; empty for all. It is for components in which another
            key sets the property of the other types.
    """

    key: str
    value: str
    component: str = ""
    types: tuple[str, ...] = ()

    def decides(self, urn: str) -> bool:
        """Check whether the stack file's key has an effect on a resource.

        Args:
            urn: The resource's URN; its third part lists the types of its parents and its own type.
        """
        wanted = f"{COMPONENT}{self.component}"
        found = types_of(urn)
        if self.types and not set(found[-1:]) & set(self.types):
            return False
        return any(token == wanted if self.component else token.startswith(wanted) for token in found)


@dataclass(frozen=True, kw_only=True, eq=False)
class Rule:
    """One rule.

    Attributes:
        id: The name of the policy in kebab case, also in configuration and exemptions.
        title: One sentence without a full stop: what is true when the rule holds. The documentation shows it.
        problem: One sentence without a full stop: what is wrong when the rule is violated, such as "The database's
            storage is not encrypted". It is the first line of every violation.
        severity: Security Hub's grade of the control, or this project's own grade where there is no control.
        concern: What the rule protects; each profile sets the rule's level by it.
        remediation: One sentence with a full stop: which property to set to which value in the program.
        remediation_of: Resource type -> the remediation of that type, where it has another property.
        settings: The keys of the stack file that set the same property on what this library's components make.
        fsbp: Controls of AWS Foundational Security Best Practices that it decides (``RDS.3``).
        checkov: Checks of Checkov that it decides (``CKV_AWS_16``).
        cdk_nag: Rules of cdk-nag's AwsSolutions pack that it decides (``RDS3``).
        prowler: Checks of Prowler that it decides (``rds_instance_storage_encrypted``).
        trivy: Checks of Trivy that it decides (``AVD-AWS-0080``).
        config: The JSON schema of each configuration property; each schema has a default.
        asks_for: The configuration property that lists what the rule requires: with an empty list the rule requires
            nothing. Empty when the rule has no such property.
        types: The resource types that the rule is about.
        check: Checks one resource. A rule has either this or ``check_graph``.
        check_graph: Checks the whole stack.
        about_ports: Whether each violation states its ports, so that an exemption may be limited to some of them.
        note: Text for the generated documentation: the limits of the rule, and the reasons for them.
    """

    id: str
    title: str
    problem: str
    severity: Severity
    concern: Concern
    remediation: str
    remediation_of: Mapping[str, str] = field(default_factory=dict[str, str])
    settings: tuple[Setting, ...] = ()
    fsbp: tuple[str, ...] = ()
    checkov: tuple[str, ...] = ()
    cdk_nag: tuple[str, ...] = ()
    prowler: tuple[str, ...] = ()
    trivy: tuple[str, ...] = ()
    config: Mapping[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])
    asks_for: str = ""
    types: tuple[str, ...]
    check: ResourceCheck | None = None
    check_graph: GraphCheck | None = None
    about_ports: bool = False
    note: str = ""

    @property
    def defaults(self) -> dict[str, object]:
        """The default configuration."""
        return {name: schema["default"] for name, schema in self.config.items()}

    @property
    def controls(self) -> tuple[str, ...]:
        """The published controls and checks, of all tools, that the rule decides."""
        return (*self.fsbp, *self.checkov, *self.cdk_nag, *self.prowler, *self.trivy)


def evaluate(rule: Rule, resource: ResourceView, config: Config | None = None) -> list[Verdict]:
    """Apply a rule on single resources to one resource.

    Args:
        rule: A rule with ``check``.
        resource: Any resource. It gets no verdict if the rule is not about its type.
        config: Configuration that replaces the defaults, property by property.

    Returns:
        The verdicts, each with the resource's URN.
    """
    if rule.check is None or resource.type not in rule.types:
        return []
    found = guarded(_begun(rule.check, resource, {**rule.defaults, **(config or {})}))
    return [verdict if verdict.urn else replace(verdict, urn=resource.urn) for verdict in found]


def evaluate_graph(rule: Rule, graph: Graph, config: Config | None = None) -> list[Verdict]:
    """Apply a rule over the whole stack.

    Args:
        rule: A rule with ``check_graph``.
        graph: The stack.
        config: Configuration that replaces the defaults, property by property.

    Returns:
        The verdicts, each with the URN of the resource that it is about.
    """
    if rule.check_graph is None:
        return []
    return list(guarded(_begun(rule.check_graph, graph, {**rule.defaults, **(config or {})})))


def _begun(check: Callable[[_Judged, Config], Iterable[Verdict]], judged: _Judged, config: Config) -> Iterator[Verdict]:
    """Call a check lazily, so that `guarded` also catches an exception that the call itself raises."""
    yield from check(judged, config)


def guarded(verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    """Turn the exceptions of a check into verdicts.

    Args:
        verdicts: A check's generator.

    Yields:
        The check's verdicts. If it read a value that is unknown or of a wrong type, a last verdict reports that value
        and its resource. If it raised any other exception, a last verdict names the place of the bug. The exception's
        text is left out, since it may quote a secret.
    """
    try:
        yield from verdicts
    except UndecidableError as error:
        yield replace(undecided(error.path, error.reason), urn=error.urn)
    except WrongTypeError as error:
        outcome = Outcome.MALFORMED if error.malformed else Outcome.VIOLATION
        yield Verdict(outcome, error.path, str(error), error.urn)
    except Exception as error:  # noqa: BLE001 - the other findings must be reported, whatever it is
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        yield Verdict(Outcome.CRASHED, "", f"{type(error).__name__} in {place.name} at {where}")


@dataclass(frozen=True)
class PerResource:
    """A graph check that checks one resource after the other.

    If one resource cannot be decided, the others are decided all the same.

    Attributes:
        check: A function from the graph, one resource and the configuration to verdicts.
        types: The types of the resources to check; empty for all resources.
    """

    check: Callable[[Graph, ResourceView, Config], Iterable[Verdict]]
    types: tuple[str, ...]

    def __call__(self, graph: Graph, config: Config) -> Iterator[Verdict]:
        """Check all resources; see ``Rule.check_graph``."""
        for resource in graph.of_type(*self.types) if self.types else graph.resources:
            yield from self.judge(graph, resource, config)

    def judge(self, graph: Graph, resource: ResourceView, config: Config) -> Iterator[Verdict]:
        """Check one resource of the graph."""
        for verdict in guarded(self.check(graph, resource, config)):
            yield verdict if verdict.urn else replace(verdict, urn=resource.urn)


def per_resource(check: Callable[[Graph, ResourceView, Config], Iterable[Verdict]], *types: str) -> PerResource:
    """Make a graph check from a function that checks one resource.

    Args:
        check: A function from the graph, one resource and the configuration to verdicts.
        types: The types of the resources to check; all resources when none is given.
    """
    return PerResource(check, types)


SECURITY_HUB: Final = "https://docs.aws.amazon.com/securityhub/latest/userguide"


def documentation(rule: Rule) -> str | None:
    """Return the address of the page that explains a rule.

    Args:
        rule: Any rule.

    Returns:
        The Security Hub page of the rule's first control; None for a rule whose ``fsbp`` is empty.
    """
    if not rule.fsbp:
        return None
    service, number = rule.fsbp[0].split(".")
    return f"{SECURITY_HUB}/{service.lower()}-controls.html#{service.lower()}-{number}"
