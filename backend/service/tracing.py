"""Sends traces to the collector beside the container. Only imported if tracing is on."""

from collections.abc import Callable

from fastapi import FastAPI
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.propagate import set_global_textmap
from opentelemetry.propagators.aws import AwsXRayPropagator
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from service.middleware import HEALTH_PATHS
from service.settings import Settings


def trace_requests(app: FastAPI, settings: Settings, endpoint: str) -> Callable[[], None]:
    """Make a span for each request, except for health checks.

    A request continues the trace of API Gateway (``X-Amzn-Trace-Id``) or of a W3C ``traceparent``. The SDK reads
    OTEL_TRACES_SAMPLER, which sets how many requests are sampled.

    Args:
        app: The application; this function adds its outermost middleware.
        settings: Settings with the service's name and release for the traces.
        endpoint: Address of the collector, such as ``http://localhost:4318``.

    Returns:
        A function that sends the last spans and stops the exporter. It blocks, for some seconds if the collector does
        not answer.
    """
    provider = TracerProvider(
        resource=Resource.create({SERVICE_NAME: settings.otel_service_name, SERVICE_VERSION: settings.app_release}),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=2)
    provider.add_span_processor(BatchSpanProcessor(exporter, export_timeout_millis=2000))
    set_global_textmap(CompositePropagator([TraceContextTextMapPropagator(), AwsXRayPropagator()]))
    app.add_middleware(
        OpenTelemetryMiddleware,
        tracer_provider=provider,
        excluded_urls=",".join(f"{path}$" for path in sorted(HEALTH_PATHS)),
        exclude_spans=["receive", "send"],
    )
    return provider.shutdown
