"""Checks API keys, and applies usage plans, quotas and throttling.

Rules: "Usage plans and API keys for REST APIs in API Gateway" and "Throttle requests to your REST APIs for better
throughput in API Gateway" (Amazon API Gateway Developer Guide). Limits apply in this order: method of a usage plan,
usage plan, method of the stage, account.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from toolchain.datapath.edge.api_gateway.buckets import Buckets, Limit
from toolchain.datapath.edge.api_gateway.document import Method
from toolchain.datapath.edge.api_gateway.gateway_responses import GatewayError

ACCOUNT_LIMIT: Final = Limit(rate=10_000, burst=5_000)
"""Limit of all APIs of an account in a region together ("Account-level throttling per Region")."""
NO_LIMIT: Final = Limit(-1, -1)
ALL_METHODS: Final = "*/*"


@dataclass(frozen=True, slots=True)
class Quota:
    """The number of requests that a key may send in a period."""

    limit: int
    period: str
    """``DAY``, ``WEEK`` or ``MONTH``."""
    offset: int = 0
    """Number of requests by which the limit of the first period is smaller."""


@dataclass(frozen=True, slots=True)
class UsagePlan:
    """The part of a usage plan for one stage."""

    plan_id: str
    limit: Limit
    """Limit of each key."""
    method_limits: Mapping[str, Limit]
    """``/path/METHOD`` -> limit of each key for the method."""
    quota: Quota | None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key that a stage accepts."""

    key_id: str
    plan: UsagePlan


@dataclass(frozen=True, slots=True)
class StageLimits:
    """The API keys and throttling limits of a stage."""

    keys: Mapping[str, ApiKey] = field(default_factory=dict[str, ApiKey])
    """Value of a key -> key, for enabled keys in a usage plan with this stage."""
    methods: Mapping[str, Limit] = field(default_factory=dict[str, Limit])
    """``/path/METHOD`` -> limit of the method; ``*/*`` -> limit of each method without its own limit."""


class Meter:
    """Counts the requests of all stages."""

    def __init__(self) -> None:
        self._buckets = Buckets()
        self._used: dict[tuple[str, str], tuple[str, int]] = {}
        """Id of the usage plan and id of the key -> the current period, and the number of requests in it."""

    def admit(self, method: Method, value: str | None, stage: str, limits: StageLimits, now: float) -> ApiKey | None:
        """Check a request against the API key, quota and limits, and count it if it is allowed.

        Args:
            method: The requested method.
            value: Value of the header ``X-Api-Key``; None if it is missing.
            stage: Unique id of the stage.
            limits: The stage's API keys and limits.
            now: The time, in seconds since 1970.

        Returns:
            The request's API key; None if the method requires none.

        Raises:
            GatewayError: The key is missing or wrong, the quota is used up, or there are too many requests.
        """
        key = self._key(method, value, limits)
        name = f"{method.resource_path}/{method.http_method}"
        if key is not None:
            self._check_quota(key, now)
            plan = key.plan
            self._take((stage, plan.plan_id, key.key_id, name), plan.method_limits.get(name, NO_LIMIT), now)
            self._take((stage, plan.plan_id, key.key_id), plan.limit, now)
        self._take((stage, name), limits.methods.get(name, limits.methods.get(ALL_METHODS, NO_LIMIT)), now)
        self._take("account", ACCOUNT_LIMIT, now)
        if key is not None and key.plan.quota is not None:
            period, used = self._usage(key, key.plan.quota, now)
            self._used[key.plan.plan_id, key.key_id] = (period, used + 1)
        return key

    def _key(self, method: Method, value: str | None, limits: StageLimits) -> ApiKey | None:
        if not method.api_key_required:
            return None
        key = limits.keys.get(value or "")
        if key is None:
            raise GatewayError("INVALID_API_KEY")
        return key

    def _check_quota(self, key: ApiKey, now: float) -> None:
        quota = key.plan.quota
        if quota is not None and self._usage(key, quota, now)[1] >= quota.limit:
            raise GatewayError("QUOTA_EXCEEDED")

    def _usage(self, key: ApiKey, quota: Quota, now: float) -> tuple[str, int]:
        period = period_of(quota.period, now)
        # In its first period a key starts as if it had already sent as many requests as the offset.
        before, used = self._used.get((key.plan.plan_id, key.key_id), (period, quota.offset))
        return (period, used) if before == period else (period, 0)

    def _take(self, bucket: object, limit: Limit, now: float) -> None:
        if not self._buckets.take(bucket, limit, now):
            raise GatewayError("THROTTLED")


def period_of(period: str, now: float) -> str:
    """Return the first day, in UTC, of the period with the given time: the day, the week from Sunday, or the month.

    Args:
        period: ``DAY``, ``WEEK`` or ``MONTH``.
        now: The time, in seconds since 1970.
    """
    day = datetime.fromtimestamp(now, tz=UTC).date()
    if period == "WEEK":
        day -= timedelta(days=day.isoweekday() % 7)
    elif period == "MONTH":
        day = day.replace(day=1)
    return day.isoformat()


def method_setting_name(key: str) -> str:
    """Convert a key of a stage's method settings to ``/path/METHOD``. The key's slashes are escaped as in JSON Pointer.

    Args:
        key: Key such as ``~1companies~1{id}/GET`` or ``*/*``.
    """
    if key == ALL_METHODS:
        return key
    path, _, http_method = key.rpartition("/")
    path = path.replace("~1", "/").replace("~0", "~")
    return f"/{path.strip('/')}/{http_method}"
