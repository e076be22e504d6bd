"""How many requests an API takes: per second, at once, and per day, week or month."""

from dataclasses import dataclass

QUOTA_PERIOD_SECONDS = {"DAY": 86_400, "WEEK": 604_800, "MONTH": 2_592_000}
"""Period of a quota -> its length, a month being 30 days (QuotaSettings, Amazon API Gateway API Reference)."""


@dataclass(frozen=True, kw_only=True)
class ThrottlingPlan:
    """Limits of an API, checked."""

    rate_limit: float
    """Requests per second, in the long run: what the token bucket is filled with."""
    burst_limit: int
    """Requests at once: the size of the token bucket."""
    quota_limit: int | None
    """Requests of one API key in a period; None without a quota."""
    quota_period: str
    seconds_to_quota: float | None
    """How long one key can go at the full rate before its quota is used up: with 100 requests per second and 100 000
    a month not quite 17 minutes. The two limit different things: the rate protects the service from a peak, the quota
    limits what one customer uses."""


def plan_throttling(
    *, rate_limit: float, burst_limit: int, quota_limit: int | None, quota_period: str
) -> ThrottlingPlan:
    """Check the limits of an API against each other.

    Rates are per **second** (ThrottleSettings, Amazon API Gateway API Reference): a limit of 100 requests per minute is
    a rate of 1.67.

    Args:
        rate_limit: Requests per second.
        burst_limit: Requests at once.
        quota_limit: Requests of one API key per period, or None.
        quota_period: ``DAY``, ``WEEK`` or ``MONTH``.

    Raises:
        ValueError: For a limit that admits nothing, or limits that contradict each other.
    """
    if rate_limit <= 0:
        raise ValueError(f"throttle_rate_limit={rate_limit} is not more than 0 requests per second")
    if burst_limit < max(rate_limit, 1):
        raise ValueError(
            f"throttle_burst_limit={burst_limit} is less than throttle_rate_limit={rate_limit}, which it would undercut"
        )
    if quota_period not in QUOTA_PERIOD_SECONDS:
        raise ValueError(f"quota_period={quota_period!r} is not one of {', '.join(QUOTA_PERIOD_SECONDS)}")
    if quota_limit is not None and quota_limit < burst_limit:
        raise ValueError(
            f"quota_limit={quota_limit} a {quota_period.lower()} is less than throttle_burst_limit={burst_limit}:"
            " one burst would use it up"
        )
    return ThrottlingPlan(
        rate_limit=rate_limit,
        burst_limit=burst_limit,
        quota_limit=quota_limit,
        quota_period=quota_period,
        seconds_to_quota=None if quota_limit is None else quota_limit / rate_limit,
    )
