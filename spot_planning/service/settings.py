"""What a stack decides: service."""

from enum import StrEnum

from spot_planning.declarations import Allowed, arguments, at_least, between, matching, one_of, setting
from spot_planning.monitoring.log_retention import LOG_RETENTION_DAYS
from spot_planning.schedules import is_schedule
from spot_planning.service.capacity import (
    FARGATE_MEMORY_MIB,
    MAXIMUM_BASE,
    MAXIMUM_STOP_TIMEOUT_SECONDS,
    MAXIMUM_WEIGHT,
)
from spot_planning.service.collector import COLLECTOR_IMAGE
from spot_planning.service.image import IMAGE

_WEIGHT = between(0, MAXIMUM_WEIGHT)
_BASE = between(0, MAXIMUM_BASE)
_PERCENT = between(10, 95)
"""Below 10 % a service never scales in, above 95 % it is saturated before it scales out."""
_URL_PATH = matching(r"/[\x21-\x7e]{0,1023}", "a path that begins with /")
_TASKS = at_least(1)


class Architecture(StrEnum):
    """Processor architectures of Fargate for Linux; both run on Fargate Spot with platform version 1.4.0."""

    ARM64 = "ARM64"
    X86_64 = "X86_64"


class ContainerInsights(StrEnum):
    """What Container Insights measures: a cluster and its services, each task too, or nothing."""

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
    """Tagged images that are kept. A rollback needs the image before, so keep more than are ever in use."""
    force_delete: bool = False
    """Whether destroying the stack deletes the images with their repository."""


@arguments
class ScheduledScaling:
    """A change of the task limits at set times."""

    name: str = setting(allowed=matching("[a-z][a-z0-9-]{0,31}", "lower-case letters, digits and hyphens, at most 32"))
    """What it is for, such as `office-hours`; unique."""
    schedule: str = setting(
        allowed=Allowed(
            "at(yyyy-mm-ddThh:mm:ss), rate(value unit) or cron(minutes hours day month weekday year)", is_schedule
        )
    )
    """When the limits change."""
    min_tasks: int = setting(allowed=at_least(0))
    """Fewest tasks from then on; 0 lets the service sleep until another schedule wakes it."""
    max_tasks: int = setting(allowed=at_least(0))
    """Most tasks from then on."""
    timezone: str = "UTC"
    """Time zone of the schedule, such as `Europe/Lisbon`."""


@arguments
class FargateSpotServiceSettings(ClusterSettings):
    """The containers: image, size, Spot and on-demand, scaling, and what they are told."""

    container_port: int = setting(default=3333, allowed=between(1024, 65535))
    """Port the container listens on, told to it as PORT; 1024 or more, since it does not run as root."""
    listener_port: int = setting(default=80, allowed=between(1, 65535))
    """Port of the load balancer's listener, which only API Gateway reaches."""
    cpu: int = setting(default=512, allowed=one_of(tuple(FARGATE_MEMORY_MIB)))
    """CPU units of a task; 1024 are one vCPU."""
    memory: int = setting(default=1024, allowed=Allowed("a size that Fargate has for the CPU units"))
    """Memory of a task, MiB."""
    ephemeral_storage_gib: int | None = setting(default=None, allowed=between(21, 200))
    """Disk of a task, GiB, for what it writes below its writable paths; without a choice Fargate's own 20, for free
    (Amazon ECS Developer Guide, "Fargate task ephemeral storage for Amazon ECS")."""
    architecture: Architecture = Architecture.ARM64
    """Processor; ARM64 costs a fifth less. The image must be built for it."""
    min_tasks: int = setting(default=1, allowed=_TASKS)
    """Fewest tasks that autoscaling keeps."""
    desired_tasks: int = setting(default=2, allowed=_TASKS)
    """Tasks the service starts with; from then on autoscaling decides."""
    max_tasks: int = setting(default=10, allowed=_TASKS)
    """Most tasks that autoscaling starts."""
    spot_weight: int = setting(default=4, allowed=_WEIGHT)
    """Share of the tasks above the bases that runs on Spot, against `on_demand_weight`."""
    spot_base: int = setting(default=0, allowed=_BASE)
    """Tasks placed on Spot before any weight counts."""
    on_demand_weight: int = setting(default=1, allowed=_WEIGHT)
    """Share of the tasks above the bases that runs on demand, against `spot_weight`."""
    on_demand_base: int = setting(default=1, allowed=_BASE)
    """Tasks placed on demand before any weight counts: what survives when Spot has no capacity."""
    cpu_target_percent: int = setting(default=70, allowed=_PERCENT)
    """Average CPU utilisation that autoscaling aims at."""
    memory_target_percent: int = setting(default=80, allowed=_PERCENT)
    """Average memory utilisation that autoscaling aims at; more than CPU's: runtimes keep what they had."""
    requests_per_task_target: int | None = setting(default=None, allowed=between(1, 10000000))
    """Requests per minute and task that autoscaling aims at; needs `api.load_balancer_kind: application`."""
    scale_out_cooldown_seconds: int = setting(default=60, allowed=between(0, 3600))
    """Seconds between two scale-outs."""
    scale_in_cooldown_seconds: int = setting(default=300, allowed=between(0, 3600))
    """Seconds between two scale-ins."""
    scheduled_scaling: list[ScheduledScaling] = setting(default_factory=list[ScheduledScaling])
    """Changes of the task limits at set times."""
    health_check_path: str = setting(default="/health/ready", allowed=_URL_PATH)
    """What the load balancer asks; 200 means that the task may have requests."""
    health_check_interval_seconds: int = setting(default=10, allowed=between(5, 300))
    """Seconds between two checks by the load balancer."""
    health_check_grace_period_seconds: int = setting(default=60, allowed=between(0, 2147483647))
    """Seconds after its start in which a task may fail its checks."""
    liveness_path: str = setting(default="/health/live", allowed=_URL_PATH)
    """What the container's own check asks; 200 means that the process is alive."""
    liveness_interval_seconds: int = setting(default=30, allowed=between(5, 300))
    """Seconds between two of the container's own checks. A new task counts once the first has passed, so a deployment
    waits for it (Amazon ECS API Reference, "HealthCheck")."""
    health_check_command: list[str] | None = setting(
        default=None,
        allowed=Allowed(
            "CMD or CMD-SHELL and what to run, or nothing", lambda words: words[:1] in ([], ["CMD"], ["CMD-SHELL"])
        ),
    )
    """The container's own check, `[CMD, ...]`, instead of one that needs Node.js; an empty list for none."""
    migration_command: list[str] = setting(
        default_factory=lambda: ["migrate"],
        allowed=Allowed("a command and its arguments, one word each", lambda words: bool(words) and all(words)),
    )
    """What the migration task gives the image's entrypoint to run, before a release; it also makes the database's users
    (docs/container-contract.md)."""
    stop_timeout_seconds: int = setting(default=115, allowed=between(2, MAXIMUM_STOP_TIMEOUT_SECONDS))
    """Seconds from SIGTERM to SIGKILL."""
    drain_seconds: int = setting(default=80, allowed=between(0, MAXIMUM_STOP_TIMEOUT_SECONDS))
    """Seconds the container goes on answering after SIGTERM, told to it as DRAIN_SECONDS. A reclaimed Spot task needs
    them; on a normal deployment they come after `deregistration_delay_seconds`."""
    deregistration_delay_seconds: int = setting(default=115, allowed=between(0, 3600))
    """Seconds that the load balancer lets open connections of a leaving task live."""
    user: str = setting(
        default="1001:1001",
        allowed=matching("[1-9][0-9]*(?::[1-9][0-9]*)?", "a numeric user, or user:group, other than root"),
    )
    """Who the process runs as."""
    writable_paths: list[str] = setting(
        default_factory=lambda: ["/tmp"],  # noqa: S108 (a path in the container)
        each=matching(r"/[^:\s]*[^/:\s]", "an absolute path below /"),
    )
    """Paths with an empty volume; everything else is read-only."""
    egress_ports: list[int] = setting(default_factory=lambda: [443], each=between(1, 65535))
    """TCP ports that the containers may reach anywhere, beside the database and the cache."""
    node_env: str = setting(default="production", allowed=matching("[a-z][a-z0-9_-]*", "a word in lower case"))
    """NODE_ENV of the container."""
    tracing: bool = False
    """Whether a collector (AWS Distro for OpenTelemetry) beside each container takes its traces by OTLP over HTTP, at
    OTEL_EXPORTER_OTLP_ENDPOINT, and sends them to X-Ray. It takes 32 CPU units and 128 MiB of the task."""
    tracing_sample_ratio: float = setting(default=0.05, allowed=between(0, 1))
    """Share of the requests that are traced, 0 to 1, told as OTEL_TRACES_SAMPLER_ARG; 5.00 USD per million traces."""
    collector_image: str = setting(default=COLLECTOR_IMAGE, allowed=IMAGE)
    """Image of the collector, from Amazon's public registry or another that the network reaches."""
    describe_tasks: bool = False
    """Whether the containers may ask Amazon ECS which capacity provider runs them, told to them as DESCRIBE_TASKS; the
    task metadata endpoint does not say whether it is Spot."""
    wait_for_steady_state: bool = True
    """Whether `up` waits for a deployment, and fails when it was rolled back."""
    rollback_alarms: bool = True
    """Whether alarms on errors roll a deployment back, beside the circuit breaker."""
