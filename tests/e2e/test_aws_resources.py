"""The local stack's resources, as boto3 reads them from the emulator. They run first: they only read."""

from typing import Any

import pytest

from spot_planning.api.openapi_import import build_import_document, read_document
from tests.aws_requests.check import assert_every_request_is_right
from tests.e2e.stack import SERVICES, LocalStack
from tests.openapi_options import open_options
from tests.openapi_readback import assert_equals_plan

pytestmark = [pytest.mark.engine, pytest.mark.emulator, pytest.mark.timeout(3600)]


@pytest.fixture
def deployed(local_stack: LocalStack) -> dict[str, Any]:
    return local_stack.outputs


@pytest.fixture
def client(local_stack: LocalStack) -> Any:
    return local_stack.client


def test_every_request_is_what_aws_takes(local_stack: LocalStack):
    """At its end, the fixture `local_stack` also checks the requests of the other tests and of `destroy`."""
    if local_stack.recording is None:
        pytest.skip("the stack ran before the tests, so its requests are not recorded")
    assert_every_request_is_right(local_stack.recording, SERVICES)


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
    repository, _, digest = container["image"].partition("@")
    assert repository == deployed["repository_url"]
    assert digest in digests(client("ecr"), repository)
    assert container["readonlyRootFilesystem"] is True
    assert container["user"] == "1001:1001"
    assert container["stopTimeout"] <= 120
    assert task["taskRoleArn"] != task["executionRoleArn"]
    waiting = [arn for arn in ecs.list_services(cluster=deployed["cluster_name"])["serviceArns"] if "awaiting" in arn]
    active = ecs.describe_services(cluster=deployed["cluster_name"], services=waiting)["services"] if waiting else []
    assert all(each["status"] == "INACTIVE" for each in active)


def digests(ecr: Any, repository: str) -> set[str]:
    """Return the digests of the images in a repository, which is given by its URL."""
    images = ecr.describe_images(repositoryName=repository.partition("/")[2])["imageDetails"]
    return {each["imageDigest"] for each in images}


def test_the_service_scales(client, deployed):
    scaling = client("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert target["ResourceId"] == f"service/{deployed['cluster_name']}/{deployed['service_name']}"
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 2)
    assert len(scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]) == 2


def test_the_api_is_what_was_planned(local_stack: LocalStack, client, deployed):
    document = read_document((local_stack.root / "examples" / "halalsphere-openapi.yaml").read_bytes())
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
