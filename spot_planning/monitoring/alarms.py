"""The alarms of the API, the site, NAT gateways and certificates, as data without resources.

A dimension's value is a template with names that the caller fills in later (``{cluster_name}``), so the whole plan is
known, and can be tested, before any resource exists.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

MINUTE = 60

GREATER = "GreaterThanThreshold"
GREATER_OR_EQUAL = "GreaterThanOrEqualToThreshold"
LESS = "LessThanThreshold"

NOT_BREACHING = "notBreaching"
"""For metrics that exist only when something happens, such as errors: missing data is good."""
BREACHING = "breaching"
"""For metrics that a working resource always has, such as healthy hosts: missing data is bad."""
MISSING = "missing"
"""For utilisation: missing data says nothing about the load, and another alarm watches whether the resource works."""


REFUSALS = "Refusals"
"""Metric: requests that API Gateway answered with status 429, Too Many Requests."""
REFUSALS_PATTERN = '{ $.status = "429" }'
"""Filter pattern for refused requests in the API's access log, in which every value is a string."""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One CloudWatch alarm on one metric."""

    key: str
    """Name of the alarm, unique in the platform."""
    description: str
    """Meaning of the alarm and the first thing to do, for the reader of the e-mail."""
    namespace: str
    """Namespace of the metric; a template like the dimensions."""
    metric_name: str
    statistic: str
    """``Average``, ``Maximum``, ``Minimum``, ``Sum`` or a percentile such as ``p95``."""
    comparison: str
    threshold: float
    dimensions: Mapping[str, str] = field(default_factory=dict[str, str])
    period_seconds: int = MINUTE
    evaluation_periods: int = 5
    datapoints_to_alarm: int | None = None
    """How many of the evaluated periods must breach the threshold; None for all of them."""
    treat_missing_data: str = NOT_BREACHING

    @property
    def is_percentile(self) -> bool:
        """Whether the statistic is a percentile, which CloudWatch calls an extended statistic."""
        return self.statistic.startswith("p")


def api_alarms(*, latency_milliseconds: int, refusals: bool = False) -> tuple[Alarm, ...]:
    """Return the alarms of a REST API stage. Client errors raise no alarm, except status 429; the dashboard shows them.

    API Gateway counts status 429 only as part of 4XXError ("Amazon API Gateway dimensions and metrics"), so it is
    counted from the access log.

    Args:
        latency_milliseconds: Limit for the latency of 95 % of the requests.
        refusals: Whether requests that are refused with status 429 are counted.
    """
    stage = {"ApiName": "{api_name}", "Stage": "{api_stage}"}
    alarms = (
        Alarm(
            key="api-errors",
            description="More than 5 % of the requests end in a server error: compare with the tasks' health and log.",
            namespace="AWS/ApiGateway",
            metric_name="5XXError",
            statistic="Average",  # the average of this metric is the rate: every request counts 0 or 1
            comparison=GREATER,
            threshold=0.05,
            dimensions=stage,
            datapoints_to_alarm=3,
        ),
        Alarm(
            key="api-latency",
            description=f"One request in twenty takes longer than {latency_milliseconds} ms: look at the database.",
            namespace="AWS/ApiGateway",
            metric_name="Latency",
            statistic="p95",
            comparison=GREATER,
            threshold=latency_milliseconds,
            dimensions=stage,
            evaluation_periods=10,
            datapoints_to_alarm=8,
        ),
    )
    too_many = Alarm(
        key="api-refusals",
        description="For half an hour the API has refused requests with status 429: the quota of the API key is spent "
        "(quota_limit), which for a site with one key means everybody, or throttle_rate_limit is too low.",
        namespace="{refusal_namespace}",
        metric_name=REFUSALS,
        statistic="Sum",
        comparison=GREATER,
        # A quota of 100 000 a month is 11 requests in five minutes. A single client that sends too fast is refused too,
        # but for minutes and not for half an hour.
        threshold=5,
        period_seconds=5 * MINUTE,
        evaluation_periods=6,
    )
    return (*alarms, too_many) if refusals else alarms


def site_alarms() -> tuple[Alarm, ...]:
    """Return the alarms of a CloudFront distribution. Its metrics, and so the alarms, are in us-east-1 only."""
    return (
        Alarm(
            key="site-errors",
            description="More than 5 % of the site's requests end in a server error: see the bucket's policy, and the "
            "API's alarms if the API is below a path of the site.",
            namespace="AWS/CloudFront",
            metric_name="5xxErrorRate",
            statistic="Average",
            comparison=GREATER,
            threshold=5,
            dimensions={"DistributionId": "{distribution_id}", "Region": "Global"},
            datapoints_to_alarm=3,
        ),
    )


def nat_alarms(zones: Iterable[str]) -> tuple[Alarm, ...]:
    """Return the alarms of NAT gateways.

    Args:
        zones: Names of the gateways' zones in the alarms' names and templates, such as ``a``.
    """
    return tuple(
        Alarm(
            key=f"nat-{zone}-ports",
            description="A NAT gateway has no port left for new connections to one destination (55 000 at a time): "
            "connections that are not closed or shared, or a destination that needs a VPC endpoint.",
            namespace="AWS/NATGateway",
            metric_name="ErrorPortAllocation",  # "should be zero": Amazon VPC User Guide, "NAT gateway metrics"
            statistic="Sum",
            comparison=GREATER,
            threshold=0,
            dimensions={"NatGatewayId": f"{{nat_{zone}}}"},
            evaluation_periods=5,
            datapoints_to_alarm=2,
        )
        for zone in zones
    )


DAYS_OF_WARNING = 30
"""Days before a certificate's end at which the alarm is raised. ACM renews 60 days before the end and retries ("Managed
certificate renewal in AWS Certificate Manager", AWS Certificate Manager User Guide): with 30 days left, renewal has
failed for a month, and there is a month left to repair it."""


def certificate_alarms(certificates: Iterable[str]) -> tuple[Alarm, ...]:
    """Return the alarms of certificates that ACM has failed to renew.

    Args:
        certificates: Purposes of the certificates: ``site``, ``api``.
    """
    return tuple(
        Alarm(
            key=f"{certificate}-certificate",
            description="The certificate was not renewed: see that its validation record is still in the zone, and "
            "that a CAA record admits amazon.com.",
            namespace="AWS/CertificateManager",
            metric_name="DaysToExpiry",  # twice a day ("Supported CloudWatch metrics", the same guide)
            statistic="Minimum",
            comparison=LESS,
            threshold=DAYS_OF_WARNING,
            dimensions={"CertificateArn": f"{{{certificate}_certificate}}"},
            period_seconds=24 * 60 * MINUTE,
            evaluation_periods=1,
            treat_missing_data=MISSING,
        )
        for certificate in certificates
    )


def check_alarms(alarms: Sequence[Alarm]) -> None:
    """Refuse alarms that CloudWatch would refuse, and two alarms with the same key.

    Raises:
        ValueError: A key is repeated, or an alarm evaluates more than a day.
    """
    keys = [alarm.key for alarm in alarms]
    for alarm in alarms:
        if keys.count(alarm.key) > 1:
            raise ValueError(f"two alarms are called {alarm.key}")
        if alarm.period_seconds * alarm.evaluation_periods > 24 * 60 * MINUTE:
            raise ValueError(f"alarm {alarm.key} looks back longer than a day")
