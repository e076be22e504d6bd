"""What a rule is, and how one is evaluated: a declaration and a pure function from resources to verdicts."""

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
    """How bad a violation is, as Security Hub grades its controls."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Concern(Enum):
    """What a rule protects; a profile sets enforcement by it."""

    ENCRYPTION = "encryption"
    EXPOSURE = "exposure"
    PRIVILEGE = "privilege"
    SPOT = "spot"
    AVAILABILITY = "availability"
    AUDIT = "audit"
    HARDENING = "hardening"


class Outcome(Enum):
    """What a rule says; a rule that says nothing found nothing wrong."""

    VIOLATION = "violation"
    MALFORMED = "malformed"
    """A value has a form that AWS does not take, so that no rule can read it; a violation of each that reads it."""
    CRASHED = "crashed"
    """The rule has a bug; it counts as a violation, since nothing says that the resource keeps the rule."""
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Addition:
    """What a list of the stack file would have to hold, for a rule to accept what it refuses.

    Attributes:
        key: Without the project's name: ``policy.allowed_accounts``.
        entry: What to add, such as an account's id.
    """

    key: str
    entry: str


@dataclass(frozen=True)
class Verdict:
    """One finding about one resource.

    Attributes:
        outcome: What the rule says.
        path: The property that it is about.
        message: One sentence without a full stop; for a violation it says what is there and what is wanted.
        urn: The resource; set by ``evaluate`` for a rule on a single resource.
        ports: The ports that a violation is about, in a rule about open ports.
        additions: What the stack file could add to allow what violates the rule.
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
    """Say that a rule is violated.

    Args:
        path: The property.
        message: What is there and what is wanted.
        resource: Which resource, in a rule over the graph.
        ports: Which ports, in a rule about open ports: an exemption may be for some ports only.
        additions: What the stack file could add to allow it.
    """
    return Verdict(Outcome.VIOLATION, path, message, resource.urn if resource else "", ports, tuple(additions))


UNKNOWN_AT_PREVIEW: Final = "not known at preview"
"""Why a value is not known, unless the rule says another reason."""


def undecided(path: str, reason: str = "", resource: ResourceView | None = None) -> Verdict:
    """Say that a rule cannot be decided.

    Args:
        path: The property that is not known.
        reason: Why, when it is not that preview cannot know it.
        resource: Which resource, in a rule over the graph.
    """
    return Verdict(Outcome.UNDECIDED, path, reason or UNKNOWN_AT_PREVIEW, resource.urn if resource else "")


_Judged = TypeVar("_Judged")
Config = Mapping[str, object]
ResourceCheck = Callable[[ResourceView, Config], Iterable[Verdict]]
GraphCheck = Callable[[Graph, Config], Iterable[Verdict]]


@dataclass(frozen=True)
class Setting:
    """A key of the stack file that decides what a rule asks for.

    Attributes:
        key: Without the project's name: ``database.multi_az``.
        value: What to set it to, as YAML where one value is right: ``true``, ``14`` or ``at least 7``.
        component: The component that has to contain the resource, such as ``ManagedData``; any component of this
            library when empty. A message names the setting only for such a resource, since the stack file does
            nothing for one that a team adds beside the components.
        types: The types of the resource, where another key decides for what else the component makes; any when empty.
    """

    key: str
    value: str
    component: str = ""
    types: tuple[str, ...] = ()

    def decides(self, urn: str) -> bool:
        """Tell whether the stack file's key has an effect on a resource.

        Args:
            urn: The resource's URN, whose third part lists the types of its parents.
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
        id: Kebab case; the name of the policy, in configuration and exemptions too.
        title: One sentence without a full stop: what is so when the rule holds. The documentation shows it.
        problem: One sentence without a full stop: what is wrong when the rule is violated, such as "The database's
            storage is not encrypted". It is the first line of every violation.
        severity: As Security Hub grades the control, or an own grade where it has none.
        concern: What it protects; decides how each profile enforces it.
        remediation: One sentence with a full stop: what to set to what in the program.
        remediation_of: Type -> the same, for a type whose property is another one.
        settings: The keys of the stack file that do the same for what the components of this library make.
        fsbp: Controls of AWS Foundational Security Best Practices that it decides (``RDS.3``).
        checkov: Checks of Checkov that it decides (``CKV_AWS_16``).
        cdk_nag: Rules of cdk-nag's AwsSolutions pack that it decides (``RDS3``).
        prowler: Checks of Prowler that it decides (``rds_instance_storage_encrypted``).
        trivy: Checks of Trivy that it decides (``AVD-AWS-0080``).
        config: JSON schema of each configuration property, every one with a default.
        asks_for: The configuration property, if any, that lists what it asks for: with an empty list, nothing.
        types: The resource types that it is about.
        check: Decides one resource; exclusive with ``check_graph``.
        check_graph: Decides the whole stack.
        about_ports: Whether its violations say which ports they are about, so that an exemption may name some.
        note: What the generated documentation adds: how far it goes and why.
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
        """The configuration that applies when nobody gives any."""
        return {name: schema["default"] for name, schema in self.config.items()}

    @property
    def controls(self) -> tuple[str, ...]:
        """The published controls and checks that it decides, of every tool."""
        return (*self.fsbp, *self.checkov, *self.cdk_nag, *self.prowler, *self.trivy)


def evaluate(rule: Rule, resource: ResourceView, config: Config | None = None) -> list[Verdict]:
    """Apply a rule on single resources to one.

    Args:
        rule: A rule with ``check``.
        resource: Any resource; one of another type has no verdicts.
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
    """Call a check only when its first verdict is wanted, so that what it raises at once is met there too."""
    yield from check(judged, config)


def guarded(verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    """Turn what a check raises into verdicts.

    Args:
        verdicts: A check's generator.

    Yields:
        Its verdicts; then, if it met a value that is unknown or of a wrong type, a verdict saying so, about the
        resource that has it; or, if it raised anything else, a verdict that names the place of the bug. The text of
        that exception is left out, since it may quote a secret.
    """
    try:
        yield from verdicts
    except UndecidableError as error:
        yield replace(undecided(error.path, error.reason), urn=error.urn)
    except WrongTypeError as error:
        outcome = Outcome.MALFORMED if error.malformed else Outcome.VIOLATION
        yield Verdict(outcome, error.path, str(error), error.urn)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other findings are to be told
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        yield Verdict(Outcome.CRASHED, "", f"{type(error).__name__} in {place.name} at {where}")


def per_resource(check: Callable[[Graph, ResourceView, Config], Iterable[Verdict]], *types: str) -> GraphCheck:
    """Make a graph check that looks at each resource of some types, with the graph at hand.

    One undecidable resource does not keep the others from being decided.

    Args:
        check: From the graph, one resource and the configuration to verdicts.
        types: The types of those resources.
    """

    def check_all(graph: Graph, config: Config) -> Iterator[Verdict]:
        for resource in graph.of_type(*types):
            for verdict in guarded(check(graph, resource, config)):
                yield verdict if verdict.urn else replace(verdict, urn=resource.urn)

    return check_all


SECURITY_HUB: Final = "https://docs.aws.amazon.com/securityhub/latest/userguide"


def documentation(rule: Rule) -> str | None:
    """The page that says why.

    Args:
        rule: Any rule.

    Returns:
        The Security Hub page of its first control; None for a rule of this project.
    """
    if not rule.fsbp:
        return None
    service, number = rule.fsbp[0].split(".")
    return f"{SECURITY_HUB}/{service.lower()}-controls.html#{service.lower()}-{number}"
