"""What a run of the engine has done so far, folded from its events; plain data without a terminal."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from pulumi.automation.events import EngineEvent, StepEventMetadata

from toolchain.view import urns

SAME = "same"
REPLACE = "replace"
_CHANGES = {
    "create": "create",
    "import": "create",
    "update": "update",
    "delete": "delete",
    "discard": "delete",
    "replace": REPLACE,
    "create-replacement": REPLACE,
    "delete-replaced": REPLACE,
    "discard-replaced": REPLACE,
    "import-replacement": REPLACE,
    "read": SAME,
    "same": SAME,
    "refresh": SAME,
}
"""What a step means for the resource: a replacement takes several steps."""


class Status(StrEnum):
    """How far a step is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass
class Step:
    """One operation on one resource.

    Attributes:
        urn: The resource.
        operation: The engine's word, such as ``create-replacement``.
        component: The top-level component that it is part of.
        started: When it began, in seconds of the caller's clock.
        status: How far it is.
        ended: When it ended.
        causes: The properties that make a replacement necessary.
    """

    urn: str
    operation: str
    component: str
    started: float
    status: Status = Status.RUNNING
    ended: float | None = None
    causes: tuple[str, ...] = ()

    @property
    def change(self) -> str:
        """What it means for the resource: ``create``, ``update``, ``replace``, ``delete`` or ``same``."""
        return _CHANGES.get(self.operation, SAME)


@dataclass(frozen=True)
class Violation:
    """What a policy says of a resource.

    Attributes:
        policy: The policy's name.
        urn: The resource; empty for one over the whole stack.
        message: Its words.
        is_mandatory: Whether it makes the run fail.
    """

    policy: str
    urn: str
    message: str
    is_mandatory: bool


@dataclass(frozen=True)
class Diagnostic:
    """A message of the program, a provider or the engine.

    Attributes:
        severity: ``error``, ``warning`` or ``info``.
        urn: The resource that it is about; may be empty.
        message: Its text.
    """

    severity: str
    urn: str
    message: str


@dataclass
class Progress:
    """A run of the engine.

    Attributes:
        steps: By URN and operation, in the order in which they began.
        violations: What the policies say, in order.
        diagnostics: Errors, warnings and notes, in order.
        has_begun: Whether the program has begun to register resources.
        is_finished: Whether the engine has said how it ended.
    """

    steps: dict[tuple[str, str], Step] = field(default_factory=dict[tuple[str, str], Step])
    violations: list[Violation] = field(default_factory=list[Violation])
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    has_begun: bool = False
    is_finished: bool = False
    _parents: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, event: EngineEvent, now: float) -> None:
        """Take in an event of the engine.

        Args:
            event: The event.
            now: The time, in seconds of any clock that does not jump.
        """
        if event.resource_pre_event is not None:
            self._begin(event.resource_pre_event.metadata, now)
        elif event.res_outputs_event is not None:
            self._end(event.res_outputs_event.metadata, Status.DONE, now)
        elif event.res_op_failed_event is not None:
            self._end(event.res_op_failed_event.metadata, Status.FAILED, now)
        elif event.policy_event is not None:
            found = event.policy_event
            is_mandatory = found.enforcement_level == "mandatory"
            message = found.message.strip()
            self.violations.append(Violation(found.policy_name, found.resource_urn or "", message, is_mandatory))
        elif event.diagnostic_event is not None:
            said = event.diagnostic_event
            message = said.message.strip()
            severity = said.severity.removesuffix("#err")
            if message and severity in {"error", "warning", "info"} and not said.ephemeral:
                self.diagnostics.append(Diagnostic(severity, said.urn or "", message))
        elif event.summary_event is not None:
            self.is_finished = True

    def _begin(self, about: StepEventMetadata, now: float) -> None:
        self.has_begun = True
        state = about.new or about.old
        if state is not None and state.parent:
            self._parents[about.urn] = state.parent
        if not _is_shown(about.urn):
            return
        component = urns.component_of(about.urn, self._parents)
        operation = about.op.value
        step = Step(about.urn, operation, component, started=now, causes=tuple(about.keys or ()))
        self.steps[about.urn, operation] = step

    def _end(self, about: StepEventMetadata, status: Status, now: float) -> None:
        # a component's outputs come a second time, when it registers them
        step = self.steps.get((about.urn, about.op.value))
        if step is not None and step.ended is None:
            step.status, step.ended = status, now

    def running(self) -> list[Step]:
        """The steps that have begun and not ended, the longest first; components last as long as their parts."""
        return [step for step in self.steps.values() if step.ended is None and is_resource(step.urn)]

    def changes(self) -> dict[str, str]:
        """What happens to each resource, by URN; the gravest change where a replacement takes several steps."""
        found: dict[str, str] = {}
        for step in self.steps.values():
            if is_resource(step.urn) and (step.urn not in found or step.change == REPLACE):
                found[step.urn] = step.change
        return found

    def components(self) -> dict[str, str]:
        """The top-level component of each resource, by URN."""
        return {step.urn: step.component for step in self.steps.values() if is_resource(step.urn)}

    def changes_by_component(self) -> dict[str, Counter[str]]:
        """How many resources of each component are created, updated, replaced, deleted, or stay the same."""
        components = self.components()
        counted: dict[str, Counter[str]] = {}
        for urn, change in self.changes().items():
            counted.setdefault(components[urn], Counter())[change] += 1
        return counted

    def done_by_component(self) -> dict[str, Counter[Status]]:
        """How many resources of each component are being changed, done, and failed."""
        components = self.components()
        counted: dict[str, Counter[Status]] = {}
        for urn, status in self._status_of_resources():
            counted.setdefault(components[urn], Counter())[status] += 1
        return counted

    def _status_of_resources(self) -> Iterator[tuple[str, Status]]:
        statuses: dict[str, Status] = {}
        for step in self.steps.values():
            if is_resource(step.urn):
                statuses[step.urn] = max(statuses.get(step.urn, step.status), step.status, key=_GRAVITY.index)
        yield from statuses.items()

    def named(self, change: str) -> list[Step]:
        """The steps of one change, one for each resource, with what causes a replacement where that is known."""
        found: dict[str, Step] = {}
        for step in self.steps.values():
            if step.change == change and is_resource(step.urn) and (step.urn not in found or step.causes):
                found[step.urn] = step
        return list(found.values())


_GRAVITY = [Status.DONE, Status.RUNNING, Status.FAILED]


def is_resource(urn: str) -> bool:
    """Whether the engine asks a provider for it: components and providers are no resources of AWS."""
    return urns.type_of(urn).startswith(("aws:", "awsx:"))


def _is_shown(urn: str) -> bool:
    return not urns.type_of(urn).startswith("pulumi:")
