"""The collector's container: what it receives, what it sends, and that the task has enough memory for it."""

import json
from dataclasses import replace

import pytest

from spot_planning.service.collector import collector_configuration, collector_environment
from spot_planning.service.task import ContainerSpec, container_definitions

SPEC = ContainerSpec(
    name="api",
    image="shop/api:1",
    port=3333,
    cpu=256,
    memory=512,
    environment={},
    secrets={},
    log_group="/aws/ecs/api",
    region="eu-west-1",
    health_check_command=["CMD", "true"],
    start_period_seconds=30,
    stop_timeout_seconds=115,
    user="1001:1001",
    writable_paths=["/tmp"],
    execute_command=False,
    collector_image="public.ecr.aws/aws-observability/aws-otel-collector:v0.48.0",
)


def test_both_containers_fit_into_the_smallest_task() -> None:
    application, collector = container_definitions(SPEC)
    assert application["cpu"] + collector["cpu"] == SPEC.cpu
    assert application["memory"] + collector["memory"] == SPEC.memory
    assert application["memory"] >= 384


def test_the_collector_stops_after_the_application_and_within_what_spot_gives() -> None:
    application, collector = container_definitions(SPEC)
    assert application["dependsOn"] == [{"containerName": collector["name"], "condition": "START"}]
    assert application["stopTimeout"] + collector["stopTimeout"] <= 120


def test_the_application_does_not_stop_with_the_collector() -> None:
    application, collector = container_definitions(SPEC)
    assert (application["essential"], collector["essential"]) == (True, False)


def test_the_collector_is_as_confined_as_the_application() -> None:
    application, collector = container_definitions(SPEC)
    for key in ("readonlyRootFilesystem", "privileged", "user", "linuxParameters"):
        assert collector[key] == application[key], key
    assert collector["logConfiguration"]["options"]["awslogs-group"] == SPEC.log_group


def test_its_configuration_takes_what_the_application_sends_and_from_nobody_else() -> None:
    configuration = json.loads(collector_configuration("eu-west-1"))
    (pipeline,) = configuration["service"]["pipelines"].values()
    for kind in ("receivers", "processors", "exporters"):
        assert set(pipeline[kind]) == set(configuration[kind])
    endpoint = configuration["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
    told = collector_environment(service_name="api", sample_ratio=1)
    assert told["OTEL_EXPORTER_OTLP_ENDPOINT"] == f"http://{endpoint}"
    assert endpoint.startswith("127.0.0.1:")
    assert configuration["exporters"]["awsxray"] == {"region": "eu-west-1"}
    assert configuration["processors"]["memory_limiter"]["limit_mib"] < container_definitions(SPEC)[1]["memory"]


@pytest.mark.parametrize(("ratio", "told"), [(0, "0"), (0.05, "0.05"), (1, "1")])
def test_the_ratio_is_written_as_a_number(ratio: float, told: str) -> None:
    assert collector_environment(service_name="api", sample_ratio=ratio)["OTEL_TRACES_SAMPLER_ARG"] == told


def test_without_an_image_there_is_no_collector() -> None:
    (application,) = container_definitions(replace(SPEC, collector_image=None))
    assert (application["cpu"], application["memory"]) == (256, 512)
    assert "dependsOn" not in application
