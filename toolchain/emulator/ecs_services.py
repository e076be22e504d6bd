"""Updates moto's ECS services and deployments from reports of the data path. moto's objects are untyped, hence Any."""

import copy
import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from toolchain.emulator.attachment import ATTACHMENT
from toolchain.emulator.ecs_tasks import backend_of

KEPT_EVENTS: Final = 100
"""Number of events that Amazon ECS keeps for a service (Amazon ECS API Reference, "Service")."""

_OF_A_DEPLOYMENT: Final = {
    "task_definition": "taskDefinition",
    "network_configuration": "networkConfiguration",
    "capacity_provider_strategy": "capacityProviderStrategy",
    "platform_version": "platformVersion",
    "load_balancers": None,
    "service_registries": None,
    "volume_configurations": None,
    "service_connect_configuration": None,
}
"""Attributes of a service whose change starts a new deployment -> their names in a deployment, or None (Amazon ECS API
Reference, "UpdateService")."""


def service_of(arn: str) -> Any:
    """Return a service by its ARN.

    Raises:
        KeyError: There is no such service.
    """
    for service in backend_of(arn).services.values():
        if service.arn == arn:
            return service
    raise KeyError(arn)


def snapshot(service: Any) -> dict[str, Any]:
    """Return a copy of the attributes that moto's update may overwrite: for `after_update`."""
    names = (*_OF_A_DEPLOYMENT, "deployments", "running_count", "pending_count")
    return {name: copy.deepcopy(service.__dict__.get(name)) for name in names}


def after_update(service: Any, before: Mapping[str, Any], *, forced: bool) -> None:
    """Create a deployment if the update needs one, and restore attributes that moto has overwritten.

    The counts of tasks are restored only if a data path reports them.

    Args:
        service: The service, after moto's update.
        before: The `snapshot` of the service before the update.
        forced: Whether the request asked for a new deployment.
    """
    service.deployments = before["deployments"]
    if ATTACHMENT.is_known:
        service.running_count, service.pending_count = before["running_count"], before["pending_count"]
    if not service.deployments:
        return  # the service has another deployment controller
    changed = any(service.__dict__.get(name) != before[name] for name in _OF_A_DEPLOYMENT)
    if forced or changed:
        _deploy(service)
    primary = service.deployments[0]
    primary["desiredCount"] = service.desired_count
    primary["updatedAt"] = datetime.now(UTC)


def describe_primary(service: Any) -> None:
    """Add attributes of the request to the first deployment of a new service."""
    for primary in service.deployments[:1]:
        primary.update(_described(service))


def _deploy(service: Any) -> None:
    now = datetime.now(UTC)
    identifier = f"ecs-svc/{secrets.randbelow(10**19):019d}"
    is_played = ATTACHMENT.is_known
    state, ending = ("IN_PROGRESS", "in progress") if is_played else ("COMPLETED", "completed")
    older = service.deployments
    for deployment in older:
        deployment["status"] = "ACTIVE"
    new = {
        **older[0],
        "id": identifier,
        "status": "PRIMARY",
        "createdAt": now,
        "updatedAt": now,
        "pendingCount": 0,
        "runningCount": 0 if is_played else service.running_count,
        "failedTasks": 0,
        "rolloutState": state,
        "rolloutStateReason": f"ECS deployment {identifier} {ending}.",
        **_described(service),
    }
    service.deployments = [new, *(older if is_played else ())]


def _described(service: Any) -> dict[str, Any]:
    return {
        name: copy.deepcopy(service.__dict__[attribute])
        for attribute, name in _OF_A_DEPLOYMENT.items()
        if name and service.__dict__.get(attribute) is not None
    }


def observe(service: Any, told: Mapping[str, Any]) -> None:
    """Update a service from a report of the data path.

    Args:
        service: The service.
        told: The report: ``runningCount`` and ``pendingCount``; ``deployments``, each with its ``id`` and its changed
            values; ``removed``, the ids of deployments that have ended; ``events``, messages from old to new;
            ``rollback``, the ids ``from`` and ``to`` of deployments; ``drained``, whether the last task of a deleted
            service has ended. All keys are optional.
    """
    service.running_count = told.get("runningCount", service.running_count)
    service.pending_count = told.get("pendingCount", service.pending_count)
    by_id = {deployment["id"]: deployment for deployment in service.deployments}
    if "rollback" in told:
        _roll_back(service, by_id, told["rollback"])
    for values in told.get("deployments", ()):
        if values["id"] in by_id:
            by_id[values["id"]].update({**values, "updatedAt": datetime.now(UTC)})
    over = {
        identifier for identifier in told.get("removed", ()) if by_id.get(identifier, {}).get("status") != "PRIMARY"
    }
    service.deployments = [deployment for deployment in service.deployments if deployment["id"] not in over]
    for message in told.get("events", ()):
        event = {"id": str(uuid.uuid4()), "createdAt": datetime.now(UTC), "message": message}
        service.events = [event, *service.events][:KEPT_EVENTS]
    if told.get("drained") and service.status == "DRAINING":
        service.status = "INACTIVE"


def _roll_back(service: Any, by_id: Mapping[str, dict[str, Any]], rollback: Mapping[str, str]) -> None:
    """Make an older deployment the primary one again, unless another update has replaced the failed deployment."""
    to = by_id.get(rollback["to"])
    if to is None or service.deployments[0]["id"] != rollback["from"]:
        return
    service.deployments[0].update({"status": "ACTIVE", "desiredCount": 0})
    to.update({"status": "PRIMARY", "desiredCount": service.desired_count})
    service.deployments = [to, *(item for item in service.deployments if item is not to)]
    for attribute, name in _OF_A_DEPLOYMENT.items():
        if name and to.get(name) is not None:
            setattr(service, attribute, copy.deepcopy(to[name]))
