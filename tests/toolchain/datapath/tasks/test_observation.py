"""A task's status from its health checks, and whether its end counts as a failure."""

from types import SimpleNamespace
from typing import Any

import pytest

from toolchain.datapath.tasks.observation import Finding, find, has_failed
from toolchain.datapath.tasks.targets import Health, Target
from toolchain.datapath.tasks.task import Ending

TARGET = Target("tg", "api", 3333)


def task(**more: Any) -> Any:
    values = {
        "status": "RUNNING",
        "running_since": 100.0,
        "container_health": "UNKNOWN",
        "is_checked": False,
        "targets": (),
        "address": "10.0.0.4",
    }
    return SimpleNamespace(**{**values, **more})


def found(task: Any, state: str | None = None, *, grace: float = 0, now: float = 110.0) -> Finding:
    healths = {"tg": {("10.0.0.4", 3333): Health(state, "Target.FailedHealthChecks")}} if state else {}
    return find(task, healths, grace, now)


def test_a_task_that_nothing_checks_is_healthy_after_a_moment() -> None:
    assert not found(task(), now=100.5).is_healthy
    assert found(task()).is_healthy
    assert not found(task(status="PENDING", running_since=None)).is_healthy


@pytest.mark.parametrize(
    ("state", "healthy"), [("healthy", True), ("initial", False), ("draining", False), (None, False)]
)
def test_the_balancer_decides(state: str | None, healthy: bool) -> None:
    assert found(task(targets=(TARGET,)), state).is_healthy is healthy


def test_both_checks_must_agree() -> None:
    checked = {"is_checked": True, "targets": (TARGET,)}
    assert not found(task(**checked), "healthy").is_healthy
    assert found(task(**checked, container_health="HEALTHY"), "healthy").is_healthy
    assert not found(task(**checked, container_health="HEALTHY"), "initial").is_healthy


def test_failed_checks_do_not_count_in_the_grace_period() -> None:
    waiting = found(task(targets=(TARGET,)), "unhealthy", grace=60)
    assert (waiting.is_healthy, waiting.unhealthy) == (False, "")
    late = found(task(targets=(TARGET,)), "unhealthy", grace=5)
    assert late.unhealthy == "Task failed ELB health checks in (target-group tg)"
    assert late.target == (3333, "tg", "Target.FailedHealthChecks")
    assert found(task(is_checked=True, container_health="UNHEALTHY"), grace=60).unhealthy == ""
    assert found(task(is_checked=True, container_health="UNHEALTHY")).unhealthy == "Task failed container health checks"


@pytest.mark.parametrize(
    ("code", "reason", "was_healthy", "failed"),
    [
        ("EssentialContainerExited", "Essential container in task exited", False, True),
        ("EssentialContainerExited", "Essential container in task exited", True, False),
        ("TaskFailedToStart", "CannotPullContainerError", False, True),
        ("ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group tg)", False, True),
        ("ServiceSchedulerInitiated", "Scaling activity initiated by (deployment d)", False, False),
        ("SpotInterruption", "Your Spot Task was interrupted.", False, False),
        ("UserInitiated", "enough", False, False),
    ],
)
def test_only_ends_that_the_deployment_is_to_blame_for_count(
    code: str, reason: str, was_healthy: bool, failed: bool
) -> None:
    ended: Any = SimpleNamespace(ending=Ending(code, reason), was_healthy=was_healthy)
    assert has_failed(ended) is failed
