"""Settings of the containers, the cluster and the image registry."""

from enum import StrEnum

from spot_planning.declarations import Allowed, arguments, between, integer_from, matching, one_of, setting
from spot_planning.monitoring.log_retention import LOG_RETENTION_DAYS
from spot_planning.network.load_balancer import ListenerSettings
from spot_planning.schedules import CRON, is_schedule
from spot_planning.service.capacity import (
    FARGATE_MEMORY_MIB,
    MAXIMUM_BASE,
    MAXIMUM_STOP_TIMEOUT_SECONDS,
    MAXIMUM_WEIGHT,
)
from spot_planning.service.collector import COLLECTOR_IMAGE
from spot_planning.service.image import IMAGE
from spot_planning.service.task import WRITABLE_PATH
from spot_planning.service.user import MAXIMUM_USER_ID, is_user_other_than_root

_WEIGHT = between(0, MAXIMUM_WEIGHT)
_BASE = between(0, MAXIMUM_BASE)
_PERCENT = between(10, 95)
"""Below 10 % a service never scales in; above 95 % it is saturated before it scales out."""
_URL_PATH = matching(r"/[\x21-\x7e]{0,1023}", "a path that begins with /")
_TASKS = integer_from(1)


MAXIMUM_RULES = 60
"""Outbound rules of a security group, for IPv4 and as many for IPv6 (Amazon VPC User Guide, "Amazon VPC quotas"). The
quota could be raised, but a service that needs more ports needs another design."""


class Architecture(StrEnum):
    """Processor architectures of Fargate for Linux; both run on Fargate Spot with platform version 1.4.0."""

    ARM64 = "ARM64"
    X86_64 = "X86_64"


class ContainerInsights(StrEnum):
    """What Container Insights measures: the cluster and its services, also each task, or nothing."""

    ENABLED = "enabled"
    ENHANCED = "enhanced"
    DISABLED = "disabled"


@arguments
class ClusterSettings:
    """The cluster of the containers."""

    container_insights: ContainerInsights = ContainerInsights.ENABLED
    """CloudWatch Container Insights: metrics per service (about 8 USD a month), also per task (28 USD), or none."""
    execute_command: bool = False
    """Whether `aws ecs execute-command` opens a shell in a task; the sessions are recorded."""
    log_retention_days: int = setting(default=30, allowed=LOG_RETENTION_DAYS)
    """Days that the containers' logs, the cluster's events and the sessions of ECS Exec are kept."""


@arguments
class ContainerRegistrySettings:
    """The image registry."""

    keep_images: int = setting(default=20, allowed=between(1, 1000))
    """Number of tagged images that are kept. A rollback needs the previous image, so keep more than are ever in use."""
    force_delete: bool = False
    """Whether destroying the stack deletes the images with their repository."""


@arguments
class ScheduledScaling:
    """A scheduled change of the task limits."""

    name: str = setting(allowed=matching("[a-z][a-z0-9-]{0,31}", "lower-case letters, digits and hyphens, at most 32"))
    """Name of the schedule, such as `office-hours`; unique."""
    schedule: str = setting(allowed=Allowed(f"at(yyyy-mm-ddThh:mm:ss), rate(value unit) or {CRON}", is_schedule))
    """When the limits change."""
    min_tasks: int = setting(allowed=integer_from(0))
    """Minimum number of tasks from then on. With 0 the service runs no task until another schedule raises the
    limits."""
    max_tasks: int = setting(allowed=integer_from(0))
    """Maximum number of tasks from then on."""
    timezone: str = "UTC"
    """Time zone of the schedule, such as `Europe/Lisbon`."""


@arguments
class FargateSpotServiceSettings(ListenerSettings, ClusterSettings):
    """The containers: image, size, Spot and on-demand capacity, scaling and environment."""

    container_port: int = setting(default=3333, allowed=between(1024, 65535))
    """Port that the container listens on; it gets the number as PORT. 1024 or more, since it does not run as root."""
    cpu: int = setting(default=512, allowed=one_of(tuple(FARGATE_MEMORY_MIB)))
    """CPU units of a task; 1024 are one vCPU."""
    memory: int = setting(default=1024, allowed=Allowed("a size that Fargate has for the CPU units"))
    """Memory of a task, MiB."""
    ephemeral_storage_gib: int | None = setting(default=None, allowed=between(21, 200))
    """Disk of a task, GiB, for what it writes below its writable paths; without a choice Fargate's own 20, for free
    (Amazon ECS Developer Guide, "Fargate task ephemeral storage for Amazon ECS")."""
    architecture: Architecture = Architecture.ARM64
    """Processor architecture; ARM64 costs a fifth less. The image must be built for it."""
    min_tasks: int = setting(default=1, allowed=_TASKS)
    """Minimum number of tasks for autoscaling."""
    desired_tasks: int = setting(default=2, allowed=_TASKS)
    """Number of tasks when the service is created; from then on autoscaling decides."""
    max_tasks: int = setting(default=10, allowed=_TASKS)
    """Maximum number of tasks for autoscaling."""
    spot_weight: int = setting(default=4, allowed=_WEIGHT)
    """Weight of Spot relative to `on_demand_weight`, for the tasks above the bases."""
    spot_base: int = setting(default=0, allowed=_BASE)
    """Tasks that are placed on Spot before the weights apply."""
    on_demand_weight: int = setting(default=1, allowed=_WEIGHT)
    """Weight of on-demand capacity relative to `spot_weight`, for the tasks above the bases."""
    on_demand_base: int = setting(default=1, allowed=_BASE)
    """Tasks that are placed on demand before the weights apply. They keep running when Spot has no capacity."""
    cpu_target_percent: int = setting(default=70, allowed=_PERCENT)
    """Autoscaling's target for the average CPU utilisation."""
    memory_target_percent: int = setting(default=80, allowed=_PERCENT)
    """Autoscaling's target for the average memory utilisation. It is higher than for CPU, because runtimes do not give
    memory back."""
    requests_per_task_target: int | None = setting(default=None, allowed=between(1, 10000000))
    """Autoscaling's target for requests per minute and task; needs `api.load_balancer_kind: application`."""
    scale_out_cooldown_seconds: int = setting(default=60, allowed=between(0, 3600))
    """Seconds between two scale-outs."""
    scale_in_cooldown_seconds: int = setting(default=300, allowed=between(0, 3600))
    """Seconds between two scale-ins."""
    scheduled_scaling: list[ScheduledScaling] = setting(default_factory=list[ScheduledScaling])
    """Scheduled changes of the task limits."""
    health_check_path: str = setting(default="/health/ready", allowed=_URL_PATH)
    """Path of the load balancer's health check. Status 200 means that the task may get requests."""
    health_check_interval_seconds: int = setting(default=10, allowed=between(5, 300))
    """Seconds between two health checks of the load balancer."""
    health_check_grace_period_seconds: int = setting(default=60, allowed=integer_from(0))
    """Seconds after a task's start in which failed health checks do not count."""
    liveness_path: str = setting(default="/health/live", allowed=_URL_PATH)
    """Path of the container's own health check. Status 200 means that the process is alive."""
    liveness_interval_seconds: int = setting(default=30, allowed=between(5, 300))
    """Seconds between two of the container's own health checks. A new task counts as healthy after the first check has
    passed, so a deployment waits for that check (Amazon ECS API Reference, "HealthCheck")."""
    health_check_command: list[str] | None = setting(
        default=None,
        allowed=Allowed(
            "CMD or CMD-SHELL and what to run, or nothing",
            lambda words: words == [] or (words[0] in ("CMD", "CMD-SHELL") and any(map(str.strip, words[1:2]))),
        ),
    )
    """Command of the container's own health check, `[CMD, ...]`. When empty (null), a command that needs Node.js; an
    empty list turns the check off."""
    migration_command: list[str] = setting(
        default_factory=lambda: ["migrate"],
        allowed=Allowed("a command and its arguments, one word each", lambda words: bool(words) and all(words)),
    )
    """Arguments that the migration task passes to the image's entrypoint. It runs before a release, and also creates
    the database's users (docs/container-contract.md)."""
    stop_timeout_seconds: int = setting(default=115, allowed=between(2, MAXIMUM_STOP_TIMEOUT_SECONDS))
    """Seconds from SIGTERM to SIGKILL."""
    drain_seconds: int = setting(default=80, allowed=between(0, MAXIMUM_STOP_TIMEOUT_SECONDS))
    """Seconds that the container goes on answering requests after SIGTERM; it gets the number as DRAIN_SECONDS. A
    reclaimed Spot task needs this time. In a normal deployment it comes after `deregistration_delay_seconds`."""
    deregistration_delay_seconds: int = setting(default=115, allowed=between(0, 3600))
    """Seconds that the load balancer keeps open connections to a task that is being deregistered."""
    user: str = setting(
        default="1001:1001",
        allowed=Allowed(
            f"a numeric user, or user:group, other than root, each {MAXIMUM_USER_ID} at most", is_user_other_than_root
        ),
    )
    """User, and optionally group, that the process runs as."""
    writable_paths: list[str] = setting(
        default_factory=lambda: ["/tmp"],  # noqa: S108 (a path in the container)
        each=WRITABLE_PATH,
    )
    """Paths on which an empty volume is mounted. The rest of the file system is read-only."""
    egress_ports: list[int] = setting(
        default_factory=lambda: [443],
        allowed=Allowed(f"at most {MAXIMUM_RULES} ports", lambda ports: len(ports) <= MAXIMUM_RULES),
        each=between(1, 65535),
    )
    """TCP ports that the containers may connect to at any address, in addition to the database and the cache."""
    node_env: str = setting(default="production", allowed=matching("[a-z][a-z0-9_-]*", "a word in lower case"))
    """NODE_ENV of the container."""
    tracing: bool = False
    """Whether each task also has a collector container (AWS Distro for OpenTelemetry). It receives the application's
    traces by OTLP over HTTP, at OTEL_EXPORTER_OTLP_ENDPOINT, and sends them to X-Ray. It takes 32 CPU units and 128 MiB
    of the task."""
    tracing_sample_ratio: float = setting(default=0.05, allowed=between(0, 1))
    """Share of the requests that are traced, 0 to 1; the container gets it as OTEL_TRACES_SAMPLER_ARG. 5.00 USD per
    million traces."""
    collector_image: str = setting(default=COLLECTOR_IMAGE, allowed=IMAGE)
    """Image of the collector, from Amazon's public registry or another registry that the network reaches."""
    describe_tasks: bool = False
    """Whether the containers may ask Amazon ECS which capacity provider runs them; they get this setting as
    DESCRIBE_TASKS. The task metadata endpoint does not say whether a task runs on Spot."""
    wait_for_steady_state: bool = True
    """Whether `up` waits for the end of a deployment, and fails if it was rolled back."""
    rollback_alarms: bool = True
    """Whether alarms on errors roll a deployment back, in addition to the circuit breaker; if not, they only tell."""
