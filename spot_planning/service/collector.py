"""The collector container, which receives the application's traces and sends them to AWS X-Ray."""

from typing import Any, Final

from spot_planning.documents import canonical_json

COLLECTOR_IMAGE: Final = "public.ecr.aws/aws-observability/aws-otel-collector:v0.48.0"
"""AWS Distro for OpenTelemetry. The X-Ray daemon and its SDKs are in maintenance since February 2026 ("AWS X-Ray SDK
and Daemon support timeline", AWS X-Ray Developer Guide)."""

COLLECTOR_NAME: Final = "collector"
COLLECTOR_CPU: Final = 32
"""CPU units of the task that are reserved for the collector."""
COLLECTOR_MEMORY: Final = 128
"""MiB of the task's memory for the collector. If it needs more, it is killed and not restarted; the application goes
on."""
COLLECTOR_STOP_SECONDS: Final = 5
"""Seconds that the collector has to send the last traces after the application has stopped."""

OTLP_PORT: Final = 4318
"""OTLP over HTTP ("OpenTelemetry Protocol Specification", OTLP/HTTP default port)."""

METRICS_PORT: Final = 8888
"""The collector's own metrics, which it offers on this port by default (OpenTelemetry Collector, "Internal
telemetry")."""
COLLECTOR_PORTS: Final = (OTLP_PORT, METRICS_PORT)
"""Ports that the collector listens on. Its configuration has neither OTLP over gRPC nor the health check extension."""


def collector_environment(*, service_name: str, sample_ratio: float) -> dict[str, str]:
    """Return the application's environment variables for tracing: the collector's URL, service name and sampling.

    Args:
        service_name: Name of the service in X-Ray.
        sample_ratio: Share of the requests that begin a trace, 0 to 1. If the caller of a request has already decided,
            that decision is kept.

    Source: OpenTelemetry Specification, "Environment Variable Specification".
    """
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{OTLP_PORT}",
        "OTEL_SERVICE_NAME": service_name,
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": f"{sample_ratio:g}",
    }


def collector_configuration(region: str) -> str:
    """Return the collector's configuration: it receives traces from this task only and sends them to X-Ray.

    Source: AWS Distro for OpenTelemetry, "Getting Started with X-Ray Receiver and Exporter"; OpenTelemetry Collector,
        "Configuration" (YAML, of which JSON is a part).
    """
    return canonical_json(
        {
            "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{OTLP_PORT}"}}}},
            "processors": {
                # Drops traces before the memory limit, at which the collector would be killed, is reached.
                "memory_limiter": {"check_interval": "1s", "limit_mib": 90, "spike_limit_mib": 20},
                "batch": {"timeout": "1s", "send_batch_size": 50},
            },
            "exporters": {"awsxray": {"region": region}},
            "service": {
                "pipelines": {
                    "traces": {
                        "receivers": ["otlp"],
                        "processors": ["memory_limiter", "batch"],
                        "exporters": ["awsxray"],
                    }
                },
            },
        }
    )


def collector_container(*, image: str, region: str, log_group: str, log_options: dict[str, str]) -> dict[str, Any]:
    """Return the container definition of the collector.

    The container is not essential: without it, requests are still answered, but not traced.

    Args:
        image: The collector's image.
        region: The Region to whose X-Ray the traces are sent.
        log_group: The service's log group. The names of the collector's log streams begin with ``collector``.
        log_options: Further options of the log driver.
    """
    return {
        "name": COLLECTOR_NAME,
        "image": image,
        "essential": False,
        "cpu": COLLECTOR_CPU,
        "memory": COLLECTOR_MEMORY,
        "user": "1001:1001",
        "readonlyRootFilesystem": True,
        "privileged": False,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"add": [], "drop": ["ALL"]}},
        "portMappings": [],
        # The image reads its configuration from here ("ECS Setup", AWS Distro for OpenTelemetry).
        "environment": [{"name": "AOT_CONFIG_CONTENT", "value": collector_configuration(region)}],
        "secrets": [],
        "mountPoints": [],
        "volumesFrom": [],
        "systemControls": [],
        "stopTimeout": COLLECTOR_STOP_SECONDS,
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group,
                "awslogs-region": region,
                "awslogs-stream-prefix": COLLECTOR_NAME,
                **log_options,
            },
        },
    }
