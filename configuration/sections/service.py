"""Section: the containerised service."""

import re
from typing import Annotated, ClassVar

from configuration.schedules import is_schedule
from configuration.values import (
    Allowed,
    LogRetentionDays,
    Section,
    VariableName,
    at_least,
    between,
    matching,
    one_of,
)
from spot_planning.service.capacity import (
    FARGATE_MEMORY_MIB,
    MAXIMUM_BASE,
    MAXIMUM_STOP_TIMEOUT_SECONDS,
    MAXIMUM_WEIGHT,
)
from spot_planning.service.fargate_spot_service import CONTAINER_INSIGHTS
from spot_planning.service.task import ARCHITECTURES

_IMAGE = re.compile(
    r"(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*"
    r"(?=[:@])(?::(?!latest(?:@|$))[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)

Image = Annotated[
    str,
    Allowed(
        "an image with a digest or a tag other than latest, such as repository@sha256:<64 hexadecimal digits>",
        lambda value: _IMAGE.fullmatch(value) is not None,
    ),
]

Secret = Annotated[
    str,
    matching(
        r"arn:aws:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+(?::[^:\s]*:[^:\s]*:[^:\s]*)?"
        # Secrets Manager takes the end of such a name for the end of an ARN, and finds nothing.
        r"|(?!arn:)(?!.*-[A-Za-z0-9]{6}$)[A-Za-z0-9/_+=.@-]{1,512}",
        "the name or ARN of a secret in Secrets Manager, the ARN also with :<JSON key>:<stage>:<version>, and a name "
        "that ends in a hyphen and six letters or digits only by ARN",
    ),
]

Weight = Annotated[int, between(0, MAXIMUM_WEIGHT)]
Base = Annotated[int, between(0, MAXIMUM_BASE)]
Percent = Annotated[int, between(10, 95)]
"""Below 10 % a service never scales in, above 95 % it is saturated before it scales out."""
UrlPath = Annotated[str, matching(r"/[\x21-\x7e]{0,1023}", "a path that begins with /")]
Tasks = Annotated[int, at_least(1)]


class ScheduledScaling(Section):
    """A change of the task limits at set times."""

    name: Annotated[str, matching(r"[a-z][a-z0-9-]{0,31}", "lower-case letters, digits and hyphens, at most 32")]
    """What it is for, such as `office-hours`; unique."""
    schedule: Annotated[
        str,
        Allowed("at(yyyy-mm-ddThh:mm:ss), rate(value unit) or cron(minutes hours day month weekday year)", is_schedule),
    ]
    """When the limits change."""
    min_tasks: Annotated[int, at_least(0)]
    """Fewest tasks from then on; 0 lets the service sleep until another schedule wakes it."""
    max_tasks: Annotated[int, at_least(0)]
    """Most tasks from then on."""
    timezone: str = "UTC"
    """Time zone of the schedule, such as `Europe/Lisbon`."""


class Service(Section):
    """The containers: image, size, Spot and on-demand, scaling, and what they are told."""

    root_only: ClassVar[frozenset[str]] = frozenset({"image", "build", "environment", "secrets", "scheduled_scaling"})

    image: Image | None = None
    """What runs. Without it the service waits with zero tasks; `ops release` and CI set it."""
    build: (
        Annotated[
            str, matching(r"(?!/)(?!.*\.\.(?:/|$))[^\\:\x00-\x1f\x7f]+", "a folder of the project, relative to it")
        ]
        | None
    ) = None
    """Folder with a Dockerfile: `up` builds the image anew when a file in it changes, and pushes it (needs Docker). Not
    together with `image`, which goes back to an image that was built before."""
    container_port: Annotated[int, between(1024, 65535)] = 3333
    """Port the container listens on, told to it as PORT; 1024 or more, since it does not run as root."""
    listener_port: Annotated[int, between(1, 65535)] = 80
    """Port of the load balancer's listener, which only API Gateway reaches."""
    cpu: Annotated[int, one_of(tuple(FARGATE_MEMORY_MIB))] = 512
    """CPU units of a task; 1024 are one vCPU."""
    memory: Annotated[int, Allowed("a size that Fargate has for the CPU units")] = 1024
    """Memory of a task, MiB."""
    architecture: Annotated[str, one_of(ARCHITECTURES)] = "ARM64"
    """Processor; ARM64 costs a fifth less. The image must be built for it."""
    min_tasks: Tasks = 1
    """Fewest tasks that autoscaling keeps."""
    desired_tasks: Tasks = 2
    """Tasks the service starts with; from then on autoscaling decides."""
    max_tasks: Tasks = 10
    """Most tasks that autoscaling starts."""
    spot_weight: Weight = 4
    """Share of the tasks above the bases that runs on Spot, against `on_demand_weight`."""
    spot_base: Base = 0
    """Tasks placed on Spot before any weight counts."""
    on_demand_weight: Weight = 1
    """Share of the tasks above the bases that runs on demand, against `spot_weight`."""
    on_demand_base: Base = 1
    """Tasks placed on demand before any weight counts: what survives when Spot has no capacity."""
    cpu_target_percent: Percent = 70
    """Average CPU utilisation that autoscaling aims at."""
    memory_target_percent: Percent = 80
    """Average memory utilisation that autoscaling aims at; more than CPU's: runtimes keep what they had."""
    requests_per_task_target: Annotated[int, between(1, 10_000_000)] | None = None
    """Requests per minute and task that autoscaling aims at; needs `api.load_balancer: application`."""
    scale_out_cooldown_seconds: Annotated[int, between(0, 3600)] = 60
    """Seconds between two scale-outs."""
    scale_in_cooldown_seconds: Annotated[int, between(0, 3600)] = 300
    """Seconds between two scale-ins."""
    scheduled_scaling: list[ScheduledScaling] = []
    """Changes of the task limits at set times."""
    health_check_path: UrlPath = "/health/ready"
    """What the load balancer asks; 200 means that the task may have requests."""
    health_check_interval_seconds: Annotated[int, between(5, 300)] = 10
    """Seconds between two checks by the load balancer."""
    health_check_grace_period_seconds: Annotated[int, between(0, 2_147_483_647)] = 60
    """Seconds after its start in which a task may fail its checks."""
    liveness_path: UrlPath = "/health/live"
    """What the container's own check asks; 200 means that the process is alive."""
    health_check_command: (
        Annotated[
            list[str],
            Allowed(
                "CMD or CMD-SHELL and what to run, or nothing", lambda words: words[:1] in ([], ["CMD"], ["CMD-SHELL"])
            ),
        ]
        | None
    ) = None
    """The container's own check, `[CMD, ...]`, instead of one that needs Node.js; an empty list for none."""
    stop_timeout_seconds: Annotated[int, between(2, MAXIMUM_STOP_TIMEOUT_SECONDS)] = 115
    """Seconds from SIGTERM to SIGKILL."""
    drain_seconds: Annotated[int, between(0, MAXIMUM_STOP_TIMEOUT_SECONDS)] = 80
    """Seconds the container goes on answering after SIGTERM, told to it as DRAIN_SECONDS."""
    deregistration_delay_seconds: Annotated[int, between(0, 3600)] = 115
    """Seconds that the load balancer lets open connections of a leaving task live."""
    user: Annotated[
        str, matching(r"[1-9][0-9]*(?::[1-9][0-9]*)?", "a numeric user, or user:group, other than root")
    ] = "1001:1001"
    """Who the process runs as."""
    writable_paths: list[Annotated[str, matching(r"/[^:\s]*[^/:\s]", "an absolute path below /")]] = ["/tmp"]  # noqa: S108 (a path in the container)
    """Paths with an empty volume; everything else is read-only."""
    egress_ports: list[Annotated[int, between(1, 65535)]] = [443]
    """TCP ports that the containers may reach anywhere, beside the database and the cache."""
    node_env: Annotated[str, matching(r"[a-z][a-z0-9_-]*", "a word in lower case")] = "production"
    """NODE_ENV of the container."""
    environment: dict[VariableName, Annotated[str, matching(r"(?s)[^\x00]*", "text without NUL")]] = {}
    """Further environment variables, in plain text: no secrets."""
    secrets: dict[VariableName, Secret] = {}
    """Environment variables whose values ECS reads from Secrets Manager when a task starts. The secrets are encrypted
    with the stack's key or with Secrets Manager's own."""
    tracing: bool = False
    """Whether the containers may send traces to X-Ray."""
    execute_command: bool = False
    """Whether `aws ecs execute-command` opens a shell in a task."""
    container_insights: Annotated[str, one_of(CONTAINER_INSIGHTS)] = "enabled"
    """CloudWatch Container Insights: metrics per service, also per task, or none."""
    log_retention_days: LogRetentionDays = 30
    """Days that the containers' logs are kept."""
    wait_for_steady_state: bool = True
    """Whether `up` waits for a deployment, and fails when it was rolled back."""
    rollback_alarms: bool = True
    """Whether alarms on errors roll a deployment back, beside the circuit breaker."""
