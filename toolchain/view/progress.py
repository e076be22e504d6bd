"""Collects the progress of a run from the engine's events, as plain data."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pulumi.automation.events import EngineEvent, StepEventMetadata

from toolchain.view import urns

SAME = "same"
DELETE = "delete"
REPLACE = "replace"
_CHANGES = {
    "create": "create",
    "import": "create",
    "update": "update",
    "delete": DELETE,
    "discard": DELETE,
    "replace": REPLACE,
    "create-replacement": REPLACE,
    "delete-replaced": REPLACE,
    "discard-replaced": REPLACE,
    "import-replacement": REPLACE,
    "read": SAME,
    "same": SAME,
    "refresh": SAME,
}
"""Operation of a step -> change of the resource. A replacement takes several steps."""


class Status(StrEnum):
    """The status of a step."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass
class Step:
    """One operation on one resource.

    Attributes:
        urn: The resource.
        operation: The engine's name of the operation, such as ``create-replacement``.
        component: The top-level component that contains the resource.
        started: The start, in seconds of the caller's clock.
        status: The status.
        ended: The end, in seconds of the same clock; None while the step runs.
        causes: The properties that make a replacement necessary.
        id: The provider's name of the resource before the step, such as ``subnet-0a1b``; empty if it is created.
        before: The resource's inputs before the step.
        after: The resource's inputs after the step; what the engine does not know yet is its sign for unknown values.
    """

    urn: str
    operation: str
    component: str
    started: float
    status: Status = Status.RUNNING
    ended: float | None = None
    causes: tuple[str, ...] = ()
    id: str = ""
    before: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    after: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)

    @property
    def change(self) -> str:
        """The change of the resource: ``create``, ``update``, ``replace``, ``delete`` or ``same``."""
        return _CHANGES.get(self.operation, SAME)


@dataclass(frozen=True)
class Violation:
    """A violation that a policy reported for a resource.

    Attributes:
        policy: The policy's name.
        urn: The resource; empty for the whole stack.
        message: The policy's message.
        is_mandatory: Whether the violation makes the run fail.
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
        urn: The resource that the message is about; empty if none.
        message: The text.
    """

    severity: str
    urn: str
    message: str


@dataclass
class Progress:
    """The progress of a run of the engine.

    Attributes:
        steps: The steps by URN and operation, in the order in which they began.
        violations: The violations that the policies reported, in order.
        diagnostics: Errors, warnings and infos, in order.
        has_begun: Whether a step has begun.
        is_finished: Whether the engine has sent its summary at the end.
    """

    steps: dict[tuple[str, str], Step] = field(default_factory=dict[tuple[str, str], Step])
    violations: list[Violation] = field(default_factory=list[Violation])
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    has_begun: bool = False
    is_finished: bool = False
    _parents: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of_deletion(cls, resources: Iterable[Mapping[str, Any]]) -> "Progress":
        """Return the steps of a destroy before it begins. The engine only says what has begun, children first.

        Args:
            resources: The resources of the stack's state.
        """
        made = cls()
        made._parents = {str(each["urn"]): str(each["parent"]) for each in resources if each.get("parent")}
        for each in resources:
            urn = str(each["urn"])
            if _is_shown(urn):
                component = urns.component_of(urn, made._parents)
                made.steps[urn, DELETE] = Step(urn, DELETE, component, started=0.0)
        return made

    def following(self) -> "Progress":
        """Return an empty progress for the run after this preview. It knows what the preview knew of the components."""
        return Progress(_parents=dict(self._parents))

    def add(self, event: EngineEvent, now: float) -> None:
        """Add an event of the engine.

        Args:
            event: The event.
            now: The current time, in seconds of a monotonic clock.
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
        step = Step(
            about.urn,
            operation,
            component,
            started=now,
            causes=tuple(about.keys or ()),
            id=about.old.id if about.old else "",
            before=(about.old.inputs or {}) if about.old else {},
            after=(about.new.inputs or {}) if about.new else {},
        )
        self.steps[about.urn, operation] = step

    def _end(self, about: StepEventMetadata, status: Status, now: float) -> None:
        # a component has a second event of this kind, when it registers its outputs
        step = self.steps.get((about.urn, about.op.value))
        if step is not None and step.ended is None:
            step.status, step.ended = status, now

    def running(self) -> list[Step]:
        """Return the steps that have not ended, the longest first; without components, which last until the end."""
        return [step for step in self.steps.values() if step.ended is None and is_resource(step.urn)]

    def changes(self) -> dict[str, str]:
        """Return the change of each resource, by URN; ``replace`` if one of its steps is part of a replacement."""
        found: dict[str, str] = {}
        for step in self.steps.values():
            if is_resource(step.urn) and (step.urn not in found or step.change == REPLACE):
                found[step.urn] = step.change
        return found

    def components(self) -> dict[str, str]:
        """Return the top-level component of each resource, by URN."""
        return {step.urn: step.component for step in self.steps.values() if is_resource(step.urn)}

    def changes_by_component(self) -> dict[str, Counter[str]]:
        """Return for each component the number of resources that are created, updated, replaced, deleted or same."""
        components = self.components()
        counted: dict[str, Counter[str]] = {}
        for urn, change in self.changes().items():
            counted.setdefault(components[urn], Counter())[change] += 1
        return counted

    def done_by_component(self) -> dict[str, Counter[Status]]:
        """Return for each component the number of resources that are running, done and failed."""
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
        """Return the steps with one change, one for each resource; preferably a step with the causes of the change."""
        found: dict[str, Step] = {}
        for step in self.steps.values():
            if step.change == change and is_resource(step.urn) and (step.urn not in found or step.causes):
                found[step.urn] = step
        return list(found.values())


_GRAVITY = [Status.DONE, Status.RUNNING, Status.FAILED]


def is_resource(urn: str) -> bool:
    """Check whether a URN is that of a resource of AWS, and not of a component, a provider or the stack."""
    return urns.type_of(urn).startswith(("aws:", "awsx:"))


def _is_shown(urn: str) -> bool:
    return not urns.type_of(urn).startswith("pulumi:")
