"""Makes the local stack with the real AWS provider plugin and the emulator, and reads the results by boto3."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from spot_planning.api.openapi_import import build_import_document, read_document
from tests import emulated
from tests.aws_requests.check import assert_every_request_is_right
from tests.engine.conftest import Checkout, recorded
from tests.engine.life_cycle import WITH_THE_PLUGIN
from tests.openapi_options import open_options
from tests.openapi_readback import assert_equals_plan
from toolchain.emulator.process import Emulator

pytestmark = [*WITH_THE_PLUGIN, pytest.mark.timeout(2400)]

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api@sha256:" + "a" * 64


SERVICES = {
    *("acm", "apigateway", "application-autoscaling", "cloudfront", "ec2", "ecr", "ecs", "elasticache"),
    *("elasticloadbalancing", "events", "iam", "kms", "logs", "monitoring", "rds", "route53", "s3", "secretsmanager"),
    *("sns", "states", "xray"),
}
"""All services that the local stack uses, by their names in signatures."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, recording: Path) -> Checkout:
    return recorded(tmp_path_factory.mktemp("emulator") / "checkout", recording)


@pytest.fixture(scope="module")
def deployed(checkout: Checkout, recording: Path) -> Iterator[dict[str, Any]]:
    """The stack's outputs, after an `up` without an image and an `up` with the first image."""
    try:
        yield _deploy(checkout)
    finally:
        destroyed = checkout.run("destroy", "local")
        Emulator(checkout.root / ".platform" / "local").stop()
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
    assert "The emulator is stopped" in destroyed.stderr
    assert not (checkout.root / ".platform" / "local").exists()
    # once more, because the recording now has the requests of destroy too
    assert_every_request_is_right(recording, SERVICES)


def _deploy(checkout: Checkout) -> dict[str, Any]:
    first = checkout.run("up", "local", "--emulator")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "the service waits with zero tasks until 'make up' has released the reference service" in first.stdout
    checkout.configure("local", lambda config: config.update({"spot-platform:service": {"image": IMAGE}}))
    second = checkout.run("up", "local")
    assert second.returncode == 0, second.stdout + second.stderr
    return json.loads(checkout.run("outputs", "local", "--json").stdout)


@pytest.fixture(scope="module")
def client(checkout: Checkout, deployed) -> Any:
    return partial(emulated.client, checkout.emulator)


def test_every_request_is_what_aws_takes(recording: Path, deployed):
    """This excludes the requests of `destroy`, which the fixture checks at its end."""
    assert_every_request_is_right(recording, SERVICES)


def test_nothing_is_left_to_change(checkout: Checkout, deployed):
    preview = checkout.run("preview", "local", "--expect-no-changes", "--diff")
    assert preview.returncode == 0, preview.stdout


def test_only_the_load_balancer_reaches_the_tasks(client, deployed):
    groups = {
        group["GroupId"]: group["GroupName"] for group in client("ec2").describe_security_groups()["SecurityGroups"]
    }
    task_group = deployed["task_security_group_ids"][0]
    rules = client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [task_group]}])
    inbound = [rule for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]]
    (balancer,) = client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert {(r["FromPort"], r["ToPort"], r["ReferencedGroupInfo"]["GroupId"]) for r in inbound} == {
        (3333, 3333, balancer["SecurityGroups"][0])
    }
    assert task_group in groups
    assert balancer["Scheme"] == "internal"


def test_no_subnet_gives_public_addresses(client, deployed):
    subnets = client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [deployed["vpc_id"]]}])["Subnets"]
    assert len(subnets) == 6
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in subnets)


def test_the_service_runs_on_spot_and_on_demand(client, deployed):
    ecs = client("ecs")
    (service,) = ecs.describe_services(cluster=deployed["cluster_name"], services=[deployed["service_name"]])[
        "services"
    ]
    assert service["desiredCount"] == 1
    assert service["status"] == "ACTIVE"
    strategy = {s["capacityProvider"]: (s["weight"], s.get("base", 0)) for s in service["capacityProviderStrategy"]}
    assert strategy == {"FARGATE_SPOT": (4, 0), "FARGATE": (1, 1)}
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    (container,) = task["containerDefinitions"]
    assert container["image"] == IMAGE
    assert container["readonlyRootFilesystem"] is True
    assert container["user"] == "1001:1001"
    assert container["stopTimeout"] <= 120
    assert task["taskRoleArn"] != task["executionRoleArn"]
    waiting = [arn for arn in ecs.list_services(cluster=deployed["cluster_name"])["serviceArns"] if "awaiting" in arn]
    active = ecs.describe_services(cluster=deployed["cluster_name"], services=waiting)["services"] if waiting else []
    assert all(each["status"] == "INACTIVE" for each in active)


def test_the_service_scales(client, deployed):
    scaling = client("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert target["ResourceId"] == f"service/{deployed['cluster_name']}/{deployed['service_name']}"
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 2)
    assert len(scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]) == 2


def test_the_api_is_what_was_planned(checkout: Checkout, client, deployed):
    document = read_document((checkout.root / "examples" / "halalsphere-openapi.yaml").read_bytes())
    plan = build_import_document(
        document,
        open_options(
            api_key_required=True,
            cors_allowed_origins=["https://halalsphere.test"],
            integration_timeout_milliseconds=15_000,  # from the profile `local`
        ),
    )
    gateway = client("apigateway")
    assert_equals_plan(gateway, deployed["api_id"], plan, everything=True)
    stage = gateway.get_stage(restApiId=deployed["api_id"], stageName=deployed["api_stage_name"])
    (balancer,) = client("elbv2").describe_load_balancers()["LoadBalancers"]
    (link,) = gateway.get_vpc_links()["items"]
    assert stage["variables"] == {"backendHost": balancer["DNSName"], "vpcLinkId": link["id"]}
    assert link["targetArns"] == [balancer["LoadBalancerArn"]]
    assert stage["tracingEnabled"] is True


def test_the_database_is_private_and_encrypted(client, deployed):
    (database,) = client("rds").describe_db_instances()["DBInstances"]
    assert database["DBInstanceIdentifier"] == deployed["database_identifier"]
    assert database["StorageEncrypted"] is True
    assert database["PubliclyAccessible"] is False
    assert database["EngineVersion"].startswith("16")
    assert database["MasterUserSecret"]["SecretArn"] == deployed["database_secret_arn"]


def test_the_cache_speaks_tls_with_a_token_that_the_service_gets(client, deployed):
    (group,) = client("elasticache").describe_replication_groups()["ReplicationGroups"]
    assert group["TransitEncryptionEnabled"] is True
    assert group["AtRestEncryptionEnabled"] is True
    assert group["AuthTokenEnabled"] is True
    secrets = client("secretsmanager")
    url = next(s["ARN"] for s in secrets.list_secrets()["SecretList"] if "cache-url" in s["Name"])
    value = secrets.get_secret_value(SecretId=url)["SecretString"]
    assert "rediss://" in value
    assert group["NodeGroups"][0]["PrimaryEndpoint"]["Address"] in value


def test_buckets_are_private_versioned_and_encrypted(client, deployed):
    s3 = client("s3")
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert set(deployed["bucket_names"].values()) | {deployed["site_bucket_name"]} <= set(names)
    for name in names:
        block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
        assert set(block.values()) == {True}, name
        assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled", name
        assert s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"], name
        assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=name)["Policy"], name


def test_the_site_is_served_through_an_origin_access_control(client, deployed):
    config = client("cloudfront").get_distribution(Id=deployed["site_distribution_id"])["Distribution"][
        "DistributionConfig"
    ]
    (origin,) = config["Origins"]["Items"]
    assert origin["OriginAccessControlId"]
    assert config["Aliases"]["Items"] == ["halalsphere.test"]
    assert config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"


def test_names_lead_to_site_and_api(client, deployed):
    dns = client("route53")
    zone = next(z for z in dns.list_hosted_zones()["HostedZones"] if z["Name"] == "halalsphere.test.")
    records = dns.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    aliases = {(record["Name"], record["Type"]) for record in records if "AliasTarget" in record}
    assert aliases == {
        (name, kind) for name in ("halalsphere.test.", "api.halalsphere.test.") for kind in ("A", "AAAA")
    }


def test_logs_are_kept_for_a_while_and_encrypted(client, deployed):
    groups = client("logs").describe_log_groups()["logGroups"]
    assert len(groups) >= 8
    for group in groups:
        assert group.get("retentionInDays"), group["logGroupName"]
        assert group.get("kmsKeyId"), group["logGroupName"]


def test_everything_is_tagged(client, deployed):
    (vpc,) = client("ec2").describe_vpcs(VpcIds=[deployed["vpc_id"]])["Vpcs"]
    tags = {tag["Key"]: tag["Value"] for tag in vpc["Tags"]}
    assert tags["project"] == "spot-platform"
    assert tags["stack"] == "local"
