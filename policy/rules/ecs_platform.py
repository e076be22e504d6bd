"""Amazon ECS: the cluster, the platform version, deployments, and sessions of ECS Exec."""

from collections.abc import Iterator
from dataclasses import replace

from policy.checks import every, is_one_of, is_true, own_key
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, per_resource, undecided, violation
from policy.rules.spot import CLUSTER, SERVICE, TASK_DEFINITION


def _insights(cluster: ResourceView, _config: Config) -> Iterator[Verdict]:
    settings = cluster.at("settings")
    for setting in settings.items():
        if setting.at("name").text() == "containerInsights":
            value = setting.at("value")
            if value.text() not in {"enabled", "enhanced"}:
                yield violation(value.path, f"{value}; it must be enabled or enhanced")
            return
    yield violation(settings.path, f"{settings}; it must have containerInsights")


def _efs_encrypted(task: ResourceView, _config: Config) -> Iterator[Verdict]:
    for volume in task.at("volumes").items():
        efs = volume.at("efsVolumeConfiguration")
        if efs.present:
            mode = efs.at("transitEncryption")
            if mode.text() != "ENABLED":
                yield violation(mode.path, f"{mode}; it must be ENABLED")


def _exec_logged(graph: Graph, service: ResourceView, _config: Config) -> Iterator[Verdict]:
    if not service.flag("enableExecuteCommand"):
        return
    clusters = graph.targets(service, "cluster", CLUSTER)
    if not clusters:
        yield undecided("cluster", "the cluster is not part of this stack")
    for cluster in clusters:
        logging = cluster.at("configuration.executeCommandConfiguration.logging")
        if logging.text() != "OVERRIDE":
            yield violation(logging.path, f"{logging}; it must be OVERRIDE with a log group or a bucket", cluster)


def _exec_encrypted(graph: Graph, service: ResourceView, _config: Config) -> Iterator[Verdict]:
    if not service.flag("enableExecuteCommand"):
        return
    for cluster in graph.targets(service, "cluster", CLUSTER):
        for verdict in own_key(cluster.at("configuration.executeCommandConfiguration.kmsKeyId")):
            yield replace(verdict, urn=cluster.urn)


RULES = (
    Rule(
        id="ecs-linux-runtime",
        title="The task definition names Linux as its operating system",
        problem="The task definition does not name Linux as its operating system",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("ECS.21",),
        types=(TASK_DEFINITION,),
        remediation="Set runtimePlatform.operatingSystemFamily to LINUX.",
        check=is_one_of("runtimePlatform.operatingSystemFamily", "LINUX"),
        note="The control is about Windows containers; with LINUX it does not apply.",
    ),
    Rule(
        id="ecs-latest-platform",
        title="The service runs on the latest Fargate platform version",
        problem="The service stays on an old Fargate platform version",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("ECS.10",),
        checkov=("CKV_AWS_332",),
        prowler=("ecs_service_fargate_latest_platform_version",),
        types=(SERVICE,),
        remediation="Leave platformVersion LATEST.",
        check=is_one_of("platformVersion", "LATEST"),
    ),
    Rule(
        id="ecs-container-insights",
        title="The cluster has Container Insights",
        problem="The cluster has no Container Insights",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=("ECS.12",),
        checkov=("CKV_AWS_65",),
        cdk_nag=("AwsSolutions-ECS4",),
        prowler=("ecs_cluster_container_insights_enabled",),
        trivy=("AWS-0034",),
        types=(CLUSTER,),
        remediation="Set containerInsights in the cluster's settings to enabled or enhanced.",
        settings=(Setting("service.container_insights", "enabled"),),
        check=_insights,
    ),
    Rule(
        id="ecs-network-mode",
        title="Tasks have a network of their own",
        problem="Tasks share the host's network",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        fsbp=(
            "ECS.1",
            "ECS.17",
        ),
        prowler=("ecs_task_definitions_host_networking_mode_users",),
        types=(TASK_DEFINITION,),
        remediation="Set networkMode to awsvpc.",
        check=is_one_of("networkMode", "awsvpc"),
    ),
    Rule(
        id="ecs-volumes-encrypted-in-transit",
        title="Shared volumes are mounted with TLS",
        problem="A shared volume is mounted without TLS",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("ECS.18",),
        checkov=("CKV_AWS_97",),
        trivy=("AWS-0035",),
        types=(TASK_DEFINITION,),
        remediation="Set efsVolumeConfiguration.transitEncryption to ENABLED.",
        check=_efs_encrypted,
    ),
    Rule(
        id="ecs-rollback",
        title="A deployment that fails is rolled back",
        problem="A deployment that fails is not rolled back",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=(SERVICE,),
        remediation="Set deploymentCircuitBreaker with enable and rollback true.",
        check=every(is_true("deploymentCircuitBreaker.enable"), is_true("deploymentCircuitBreaker.rollback")),
    ),
    Rule(
        id="ecs-exec-encrypted",
        title="Sessions of ECS Exec are encrypted with a customer-managed key",
        problem="Sessions of ECS Exec are not encrypted with a customer-managed key",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        checkov=("CKV_AWS_224",),
        types=(SERVICE, CLUSTER),
        remediation="Leave enableExecuteCommand false, or give executeCommandConfiguration.kmsKeyId of the cluster.",
        check_graph=per_resource(_exec_encrypted, SERVICE),
    ),
    Rule(
        id="ecs-exec-logged",
        title="Sessions of ECS Exec are logged",
        problem="Sessions of ECS Exec are not logged",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        checkov=("CKV_AWS_223",),
        types=(SERVICE, CLUSTER),
        remediation="Leave enableExecuteCommand false, or give the cluster's executeCommandConfiguration a log.",
        check_graph=per_resource(_exec_logged, SERVICE),
    ),
)
