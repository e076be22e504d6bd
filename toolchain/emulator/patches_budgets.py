"""Patches of moto's Budgets. moto's objects are practically untyped, hence Any."""

import json
from typing import Any

from moto.budgets.exceptions import NotFoundException
from moto.budgets.responses import BudgetsResponse
from moto.core.utils import unix_time

from toolchain.emulator.patching import add, wrap

_NOTIFICATION_DEFAULTS = {"ThresholdType": "PERCENTAGE"}
"""Default values of a notification (AWS Billing and Cost Management API Reference, "Notification")."""


def keep_budget_subscribers() -> None:
    """Budgets UpdateBudget and the actions for subscribers and tags. Reason: missing.

    After the provider has created a budget, it reads its tags and the subscribers of each notification, so without
    these actions no budget can be created. Not offered upstream: no internet here.
    """
    for name, implementation in vars(_Actions).items():
        if not name.startswith("_"):
            add(BudgetsResponse, name, implementation)

    def creating(create: Any) -> Any:
        def created(self: Any) -> str:
            answer = create(self)
            _tags(self)[_arn(self)] = list(self._get_param("ResourceTags") or [])
            return answer

        return created

    wrap(BudgetsResponse, "create_budget", creating)


class _Actions:
    """The actions, as methods of moto's response class."""

    def update_budget(self: Any) -> str:
        wanted = self._get_param("NewBudget")
        budget = _budget(self, wanted["BudgetName"])
        budget.budget = {**wanted, "LastUpdatedTime": unix_time()}
        return "{}"

    def describe_subscribers_for_notification(self: Any) -> str:
        return json.dumps({"Subscribers": _notification(self).subscribers})

    def create_subscriber(self: Any) -> str:
        _notification(self).subscribers.append(self._get_param("Subscriber"))
        return "{}"

    def delete_subscriber(self: Any) -> str:
        _notification(self).subscribers.remove(self._get_param("Subscriber"))
        return "{}"

    def list_tags_for_resource(self: Any) -> str:
        return json.dumps({"ResourceTags": _tags(self).get(self._get_param("ResourceARN"), [])})

    def tag_resource(self: Any) -> str:
        kept = {tag["Key"]: tag["Value"] for tag in _tags(self).get(self._get_param("ResourceARN"), [])}
        kept |= {tag["Key"]: tag["Value"] for tag in self._get_param("ResourceTags")}
        _tags(self)[self._get_param("ResourceARN")] = [{"Key": key, "Value": value} for key, value in kept.items()]
        return "{}"

    def untag_resource(self: Any) -> str:
        removed = set(self._get_param("ResourceTagKeys"))
        arn = self._get_param("ResourceARN")
        _tags(self)[arn] = [tag for tag in _tags(self).get(arn, []) if tag["Key"] not in removed]
        return "{}"


def _budget(response: Any, name: str) -> Any:
    budgets = response.backend.budgets[response._get_param("AccountId")]  # noqa: SLF001 (moto's own way to read one)
    if name not in budgets:
        raise NotFoundException(f"Unable to get budget: {name} - the budget doesn't exist.")
    return budgets[name]


def _notification(response: Any) -> Any:
    asked = _NOTIFICATION_DEFAULTS | response._get_param("Notification")  # noqa: SLF001
    for kept in _budget(response, response._get_param("BudgetName")).notifications:  # noqa: SLF001
        # NotificationState is a result of the budget, and does not identify a notification
        if all(
            (_NOTIFICATION_DEFAULTS | kept.details).get(key) == asked[key]
            for key in asked.keys() - {"NotificationState"}
        ):
            return kept
    raise NotFoundException("Unable to find notification")


def _tags(response: Any) -> dict[str, list[dict[str, str]]]:
    return response.backend.__dict__.setdefault("tags_by_arn", {})


def _arn(response: Any) -> str:
    name = response._get_param("Budget")["BudgetName"]  # noqa: SLF001
    return f"arn:{response.partition}:budgets::{response.current_account}:budget/{name}"
