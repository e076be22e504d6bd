"""The resources that the whole program registers for each stack, recorded without an engine."""

import json
import re
from pathlib import Path

import pulumi
import pytest

from spot_planning.service.roles import MAXIMUM_GIVEN_CHARACTERS, MAXIMUM_ROLE_POLICY_CHARACTERS
from spot_planning.service.task import MAXIMUM_DEFINITION_BYTES, MAXIMUM_ENVIRONMENT_BYTES
from tests.program import (
    STACKS,
    image_of,
    record_changed,
    record_for_emulator,
    record_program,
    record_stack,
    record_with_image,
    record_with_options,
)
from tests.recording import Recording
from tests.stack_files import stack_configuration
from toolchain.offline.invokes import invoked

pytestmark = pytest.mark.xdist_group("whole program")

URNS = Path(__file__).parent / "urns"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:jobs"


@pytest.fixture(params=STACKS)
def stack(request) -> str:
    return request.param


def dev_that_keeps_the_cache() -> Recording:
    """Record `dev` with a final snapshot of its cache, and with permissions for its tasks."""
    permissions = [
        {"actions": ["sqs:SendMessage", "sqs:GetQueueUrl"], "resources": [QUEUE]},
        {"actions": ["ses:Send*"], "resources": ["arn:aws:ses:us-east-1:123456789012:identity/example.com"]},
    ]
    return record_changed("dev", service={"task_permissions": permissions}, cache={"final_snapshot": True})


def prod_with_more() -> Recording:
    """Record `prod` with everything that adds a statement to the task role, or a variable or container to the task.

    It also has more zones, a budget for its tag only, and a database that may be deleted.
    """
    return record_changed(
        "prod",
        vpc={"zones": 5},
        service={"tracing": True, "execute_command": True, "describe_tasks": True},
        database={
            "application_login": "iam",
            "replica": True,
            "stack_owned_password": True,
            "deletion_protection": False,
        },
        budget={"tag_filter": True},
    )


def test_nothing_is_left_unknown_by_accident(stack):
    recording = record_stack(stack)
    assert len(recording.resources) > 200
    assert recording.unknown_inputs() == []


def test_the_api_document_is_known_before_anything_exists(stack):
    body = json.loads(record_stack(stack, preview=True).one("RestApi").inputs["body"])
    methods = [
        (path, method)
        for path, item in body["paths"].items()
        for method in item
        if method in {"get", "put", "post", "delete", "patch", "head"}
    ]
    assert len(methods) == 111
    assert all("options" in item for item in body["paths"].values())


def test_every_resource_uses_a_provider_of_the_stack(stack):
    recording = record_stack(stack)
    aws_resources = [resource for resource in recording.resources if resource.type.startswith("aws:")]
    assert {
        resource.name for resource in aws_resources if "pulumi:providers:aws::aws-" not in resource.provider
    } == set()


def test_providers_refuse_every_other_account(stack):
    account = stack_configuration(stack)["spot-platform:aws"]["account_id"]
    for provider in record_stack(stack).all("pulumi:providers:aws"):
        assert json.loads(provider.inputs["allowedAccountIds"]) == [account]
        assert json.loads(provider.inputs["defaultTags"])["tags"] == {"project": "spot-platform", "stack": stack}


def service_task(recording):
    """Return the service's task definition, not the migration's."""
    service = recording.one("aws:ecs/service:Service")
    return recording.one("aws:ecs/taskDefinition:TaskDefinition", service.name.removesuffix("-awaiting-image"))


def test_urns_stay(stack):
    """A renamed resource is replaced: give it an alias, or accept the replacement here.

    `python -m tests.unit.test_program` rewrites the files.
    """
    assert (URNS / f"{stack}.txt").read_text() == urns(stack)


def test_the_task_may_do_what_the_stack_file_permits() -> None:
    recording = dev_that_keeps_the_cache()
    (policy,) = [made for made in recording.all("RolePolicy") if made.name.endswith("-task")]
    statements = {each["Sid"]: each for each in json.loads(policy.inputs["policy"])["Statement"]}
    assert statements["TaskPermission1"] == {
        "Sid": "TaskPermission1",
        "Effect": "Allow",
        "Action": ["sqs:GetQueueUrl", "sqs:SendMessage"],
        "Resource": [QUEUE],
    }
    assert statements["TaskPermission2"]["Action"] == ["ses:Send*"]


def test_the_platforms_own_part_leaves_room_for_the_stack_files() -> None:
    recording = prod_with_more()
    (policy,) = [made for made in recording.all("RolePolicy") if made.name.endswith("-task")]
    assert 1000 < len(policy.inputs["policy"]) <= MAXIMUM_ROLE_POLICY_CHARACTERS - MAXIMUM_GIVEN_CHARACTERS
    sizes = [len(made.inputs["containerDefinitions"].encode()) for made in recording.all("TaskDefinition")]
    assert len(sizes) == 2
    assert max(sizes) <= (MAXIMUM_DEFINITION_BYTES - MAXIMUM_ENVIRONMENT_BYTES) / 2


def test_passwords_and_tokens_are_secret(stack):
    recording = record_stack(stack)
    versions = recording.all("aws:secretsmanager/secretVersion:SecretVersion")
    assert len(versions) == 5
    assert all("secretString" in version.secret_inputs for version in versions)
    cache = recording.one("ReplicationGroup")
    assert "authToken" in cache.secret_inputs
    tokens = [version.inputs["secretString"] for version in versions]
    tokens += [json.loads(token)["password"] for token in tokens if token.startswith("{")]
    assert len(tokens) == 7
    plain = json.dumps([resource.inputs for resource in recording.resources if resource not in (*versions, cache)])
    for token in tokens:
        assert token not in plain


def test_the_database_password_is_never_ours(stack):
    database = record_stack(stack).one("aws:rds/instance:Instance")
    assert database.inputs["manageMasterUserPassword"] is True
    assert "password" not in database.inputs


def test_without_an_image_the_service_waits(stack):
    recording = record_stack(stack)
    service = recording.one("aws:ecs/service:Service")
    assert service.name.endswith("-awaiting-image")
    assert service.inputs["desiredCount"] == 0
    assert recording.all("aws:appautoscaling/target:Target") == []


def test_the_first_image_makes_the_service_with_its_tasks(stack):
    recording = record_with_image(stack)
    service = recording.one("aws:ecs/service:Service")
    expected = {"local": (1, 1, 2), "dev": (1, 1, 2), "staging": (1, 2, 4), "prod": (2, 2, 10)}[stack]
    target = recording.one("aws:appautoscaling/target:Target")
    assert (target.inputs["minCapacity"], service.inputs["desiredCount"], target.inputs["maxCapacity"]) == expected
    assert "desiredCount" in service.ignore_changes
    assert "launchType" not in service.inputs
    policies = {
        policy.inputs["targetTrackingScalingPolicyConfiguration"]["predefinedMetricSpecification"][
            "predefinedMetricType"
        ]: policy.inputs["targetTrackingScalingPolicyConfiguration"]
        for policy in recording.all("aws:appautoscaling/policy:Policy")
    }
    assert policies["ECSServiceAverageCPUUtilization"]["targetValue"] == 70
    assert "ECSServiceAverageMemoryUtilization" in policies
    assert {(p["scaleOutCooldown"], p["scaleInCooldown"]) for p in policies.values()} == {(60, 300)}


def test_the_seeds_values_in_prod():
    recording = record_with_image("prod")
    service = recording.one("aws:ecs/service:Service").inputs
    assert sorted(
        (s["capacityProvider"], s["weight"], s.get("base", 0)) for s in service["capacityProviderStrategies"]
    ) == [
        ("FARGATE", 1, 1),
        ("FARGATE_SPOT", 4, 0),
    ]
    task = service_task(recording).inputs
    assert (task["cpu"], task["memory"], task["networkMode"]) == ("512", "1024", "awsvpc")
    (container,) = json.loads(task["containerDefinitions"])
    assert [port["containerPort"] for port in container["portMappings"]] == [3333]
    names = {variable["name"] for variable in container["environment"]}
    assert {"NODE_ENV", "PORT", "AUTO_MIGRATE", "TRUST_PROXY", "AWS_REGION"} <= names
    assert {secret["name"] for secret in container["secrets"]} == {
        "DATABASE_USERNAME",
        "DATABASE_PASSWORD",
        "DATABASE_ALTERNATE_USERNAME",
        "DATABASE_ALTERNATE_PASSWORD",
        "REDIS_URL",
        "JWT_SECRET",
    }
    target_group = recording.one("aws:lb/targetGroup:TargetGroup").inputs
    assert target_group["healthCheck"]["path"] == "/health/ready"
    plan = recording.one("aws:apigateway/usagePlan:UsagePlan").inputs
    assert plan["quotaSettings"] == {"limit": 100_000, "period": "MONTH"}
    assert plan["throttleSettings"] == {"rateLimit": 100, "burstLimit": 200}
    database = recording.one("aws:rds/instance:Instance").inputs
    assert database["engineVersion"].split(".")[0] == "16"
    assert (database["instanceClass"], database["multiAz"]) == ("db.t4g.small", True)
    cache = recording.one("aws:elasticache/replicationGroup:ReplicationGroup").inputs
    assert "finalSnapshotIdentifier" in cache
    assert (cache["nodeType"], cache["numCacheClusters"], cache["multiAzEnabled"]) == ("cache.t4g.micro", 2, True)
    distribution = recording.one("aws:cloudfront/distribution:Distribution").inputs
    assert distribution["aliases"] == ["halalsphere.com"]
    assert {r.inputs["name"] for r in recording.all("aws:route53/record:Record") if "aliases" in r.inputs} == {
        "halalsphere.com",
        "api.halalsphere.com",
    }
    assert len(recording.all("aws:ec2/natGateway:NatGateway")) == 2
    assert recording.one("aws:lb/loadBalancer:LoadBalancer").inputs["internal"] is True


def test_the_application_learns_which_origins_the_api_answers(stack):
    """CORS of private integrations: API Gateway answers OPTIONS, the backend sends the headers of all other answers.

    Source: Amazon API Gateway Developer Guide, "Enabling CORS support for HTTP or AWS integrations", proxy integrations.
    """
    (container,) = json.loads(service_task(record_with_image(stack)).inputs["containerDefinitions"])
    environment = {variable["name"]: variable["value"] for variable in container["environment"]}
    expected = {
        "local": "https://halalsphere.test",
        "dev": "*",
        "staging": "https://staging.halalsphere.com",
        "prod": "https://halalsphere.com",
    }
    assert environment["CORS_ALLOWED_ORIGINS"] == expected[stack]


@pytest.mark.parametrize(
    ("recorded", "alarms"),
    [(lambda: record_with_image("prod"), 2), (lambda: record_with_options("prod", "application"), 3)],
    ids=["network", "application"],
)
def test_a_release_that_answers_errors_is_rolled_back(recorded, alarms):
    """A release that answers 500 but passes its readiness check has only healthy hosts.

    Source: Amazon API Gateway Developer Guide, "Amazon API Gateway dimensions and metrics": 5XXError, whose average is
    the rate of errors, with the dimensions ApiName and Stage.
    """
    recording = recorded()
    (alarm,) = (a for a in recording.all("MetricAlarm") if a.name.endswith("rollback-api-errors"))
    assert (alarm.inputs["namespace"], alarm.inputs["metricName"]) == ("AWS/ApiGateway", "5XXError")
    assert (alarm.inputs["statistic"], alarm.inputs["threshold"]) == ("Average", 0.1)
    assert alarm.inputs["dimensions"] == {
        "ApiName": recording.one("RestApi").inputs["name"],
        "Stage": recording.one("aws:apigateway/stage:Stage").inputs["stageName"],
    }
    names = recording.one("aws:ecs/service:Service").inputs["alarms"]["alarmNames"]
    assert len(names) == alarms
    assert any("rollback-api-errors" in name for name in names)


def test_an_image_of_a_repository_that_the_stack_had_before_is_refused():
    """The tasks' execution role may pull from the stack's repository only; with another private image, one task after
    the other stops with CannotPullContainerError ("Amazon ECS task execution IAM role", Amazon ECS Developer Guide)."""
    own = image_of("prod")
    former = re.sub(r"-[0-9a-f]{7}@", "-0000000@", own)
    line = (
        f"spot-platform:service.image: {former} is not allowed, because halalsphere-prod-0000000 is another repository "
        f"than the stack's own; allowed: a public image, or one of {own.partition('/')[2].partition('@')[0]}"
    )
    with pytest.raises(pulumi.RunError, match=f"^{re.escape(line)}$"):
        record_changed("prod", service={"image": former})
    # At the first preview of a new stack, the name of its repository is not known.
    assert record_changed("prod", preview=True, service={"image": former}).all("aws:ecs/taskDefinition:TaskDefinition")


def test_the_emulator_pulls_from_wherever():
    tasks = record_for_emulator().all("aws:ecs/taskDefinition:TaskDefinition")
    assert "123456789012.dkr.ecr.us-east-1.amazonaws.com/api:1" in {
        container["image"] for task in tasks for container in json.loads(task.inputs["containerDefinitions"])
    }


@pytest.mark.parametrize(
    ("recorded", "retained"),
    [
        (lambda: record_stack("prod"), {"halalsphere-prod", "halalsphere-prod-us-west-2"}),
        # This is the first step of a destroy of prod; its vault and the final snapshots stay.
        (prod_with_more, {"halalsphere-prod", "halalsphere-prod-us-west-2"}),
        (lambda: record_stack("dev"), set()),
        (dev_that_keeps_the_cache, {"halalsphere-dev"}),
        # The copies go with their vault; the snapshot is in the stack's own Region.
        (
            lambda: record_changed(
                "dev", database={"final_snapshot": True}, backups={"enabled": True, "copy_region": "us-west-2"}
            ),
            {"halalsphere-dev"},
        ),
        (lambda: record_stack("local"), set()),
    ],
    ids=["prod", "prod to be destroyed", "dev", "dev's cache", "dev's database", "local"],
)
def test_keys_stay_where_something_encrypted_does(recorded, retained):
    """Without its key, encrypted data is lost (ScheduleKeyDeletion, AWS KMS API Reference)."""
    keys = recorded().all("aws:kms/key:Key")
    assert {key.name for key in keys if key.request.retainOnDelete} == retained


@pytest.mark.parametrize(
    ("recorded", "filters"),
    [
        (lambda: record_stack("prod"), None),
        (prod_with_more, [{"name": "TagKeyValue", "values": ["user:stack$prod"]}]),
    ],
    ids=["own", "shared"],
)
def test_the_budget_counts_the_account_unless_it_is_shared(recorded, filters):
    """A budget that filters by a tag counts nothing until the tag is activated as a cost allocation tag ("Activating
    user-defined cost allocation tags", AWS Billing User Guide)."""
    assert recorded().one("aws:budgets/budget:Budget").inputs.get("costFilters") == filters


def test_the_site_does_not_wait_for_the_apis_certificate():
    """CloudFront takes minutes, and the API's address is known in advance if it has a domain."""
    recording = record_stack("prod")
    (policy,) = recording.all("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy")
    security = policy.inputs["securityHeadersConfig"]["contentSecurityPolicy"]
    assert not [urn for urn in policy.property_dependencies["securityHeadersConfig"] if "apigateway" in urn]
    assert "https://api.halalsphere.com" in str(security)


@pytest.mark.parametrize(
    ("stack", "local"), [("dev", ["http://localhost:3000", "http://localhost:5173"]), ("local", [])]
)
def test_the_site_uploads_by_whatever_name_it_has(stack, local):
    """A browser sends a preflight request, and without a CORS rule Amazon S3 refuses every upload ("Using cross-origin
    resource sharing", Amazon S3 User Guide)."""
    configuration = stack_configuration(stack)
    configuration = {key: value for key, value in configuration.items() if key != "spot-platform:dns"}
    recording = record_program(stack, configuration)
    rules = [cors.inputs["corsRules"][0] for cors in recording.all("BucketCorsConfiguration")]
    assert len(rules) == 2
    for rule in rules:
        *named, made_up = rule["allowedOrigins"]
        assert named == local
        assert made_up.startswith("https://")
        assert made_up.endswith(".cloudfront.net")


def test_the_lag_of_a_replica_is_watched():
    recording = prod_with_more()
    (replica,) = [r for r in recording.all("aws:rds/instance:Instance") if "replicateSourceDb" in r.inputs]
    (alarm,) = [a for a in recording.all("MetricAlarm") if a.inputs.get("metricName") == "ReplicaLag"]
    assert alarm.inputs["dimensions"] == {"DBInstanceIdentifier": replica.inputs["identifier"]}


@pytest.mark.parametrize(
    ("token", "stacks"),
    [
        ("aws:wafv2/webAcl:WebAcl", {"staging": 2, "prod": 2}),
        ("aws:backup/plan:Plan", {"staging": 1, "prod": 1}),
        ("aws:budgets/budget:Budget", {"dev": 1, "staging": 1, "prod": 1}),
        ("aws:ec2/natGateway:NatGateway", {"local": 2, "staging": 1, "prod": 2}),
        ("aws:ec2/instance:Instance", {"dev": 1}),
        ("aws:route53/zone:Zone", {"local": 1}),
    ],
)
def test_what_the_profiles_differ_in(token, stacks):
    assert {s: len(record_stack(s).all(token)) for s in STACKS if record_stack(s).all(token)} == stacks


@pytest.mark.parametrize("stack", STACKS)
def test_an_application_load_balancer_will_do(stack):
    recording = record_with_options(stack, "application")
    assert recording.one("aws:apigatewayv2/vpcLink:VpcLink")
    balancer = recording.one("aws:lb/loadBalancer:LoadBalancer")
    assert balancer.inputs["loadBalancerType"] == "application"
    (policy,) = [one for one in recording.all("BucketPolicy") if one.name.endswith("-access-logs")]
    logs = balancer.inputs["accessLogs"]
    assert (logs["enabled"], logs["prefix"]) == (True, "load-balancer")
    # AWS tries to write to the bucket when logs are switched on.
    assert policy.urn in balancer.property_dependencies["accessLogs"]
    assert "AWSLogs" in policy.inputs["policy"]
    assert recording.unknown_inputs() == []


def test_another_region_gets_a_key_for_what_must_be_in_us_east_1():
    recording = record_changed("prod", aws={"region": "sa-east-1"})
    for type_ in ("aws:kms/key:Key", "aws:kms/alias:Alias"):
        assert {key.name: key.inputs["region"] for key in recording.all(type_)} == {
            "halalsphere-prod": "sa-east-1",
            "halalsphere-prod-us-east-1": "us-east-1",
            "halalsphere-prod-us-west-2": "us-west-2",
        }
    certificates = {
        c.inputs["domainName"]: c.inputs.get("region") for c in recording.all("aws:acm/certificate:Certificate")
    }
    assert certificates == {"halalsphere.com": "us-east-1", "api.halalsphere.com": None}
    web_acls = {acl.inputs["scope"]: acl.inputs.get("region") for acl in recording.all("aws:wafv2/webAcl:WebAcl")}
    assert web_acls == {"CLOUDFRONT": "us-east-1", "REGIONAL": None}
    assert [each.name for each in recording.all("pulumi:providers:aws")] == ["aws-sa-east-1"]


def test_a_zone_that_fails_stays_a_zone_of_the_stack(stack):
    (look_up,) = (c for c in record_stack(stack).calls if c.token.endswith("getAvailabilityZones"))
    assert "state" not in look_up.args


def test_a_stack_can_name_its_zones():
    key = "spot-platform:vpc"
    configuration = {**stack_configuration("prod"), key: {"availability_zones": ["us-east-1c", "us-east-1f"]}}
    subnets = record_program("prod", configuration).all("aws:ec2/subnet:Subnet")
    assert {subnet.inputs["availabilityZone"] for subnet in subnets} == {"us-east-1c", "us-east-1f"}


def test_a_zone_that_the_account_has_not_is_refused():
    aws = {"region": "eu-central-1", "account_id": "123456789012"}
    vpc = {"availability_zones": ["eu-central-1a", "eu-central-1d"]}
    configuration = {**stack_configuration("dev"), "spot-platform:aws": aws, "spot-platform:vpc": vpc}
    with pytest.raises(pulumi.RunError, match=r"vpc\.availability_zones: eu-central-1d is not allowed in this account"):
        record_program("dev", configuration)


def test_a_named_zone_without_vpc_links_is_refused_where_one_is_needed():
    """The zone is use1-az3, offline us-east-1c (Amazon API Gateway Developer Guide, "Set up VPC links V2")."""
    configuration = stack_configuration("prod")
    configuration["spot-platform:vpc"] = {"availability_zones": ["us-east-1c", "us-east-1f"]}
    configuration["spot-platform:api"] = {**configuration["spot-platform:api"], "load_balancer_kind": "application"}
    line = (
        r"^spot-platform:vpc\.availability_zones: us-east-1c \(use1-az3\) is not allowed: AWS has no Fargate or no VPC"
    )
    with pytest.raises(pulumi.RunError, match=line):
        record_program("prod", configuration)


def test_the_zone_without_vpc_links_and_fargate_on_arm_is_left_out():
    """The zone is use1-az3 (Amazon API Gateway Developer Guide, "Set up VPC links V2")."""
    recording = prod_with_more()
    (look_up,) = (call for call in recording.calls if call.token.endswith("getAvailabilityZones"))
    answer = invoked(look_up.token, look_up.args, "us-east-1")
    zone_ids = dict(zip(answer["names"], answer["zoneIds"], strict=True))
    used = {zone_ids[s.inputs["availabilityZone"]] for s in recording.all("aws:ec2/subnet:Subnet")}
    assert used == {"use1-az1", "use1-az2", "use1-az4", "use1-az5", "use1-az6"}


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (
            "invoke of getAvailabilityZones failed: returned an error:\n\nAWS account ID not allowed: 999988887777",
            "spot-platform:aws.account_id: the credentials are of account 999988887777; this stack is for 444455556666",
        ),
        (
            "No valid credential sources found.\n\nPlease see the documentation",
            "spot-platform:aws: AWS did not answer: No valid credential sources found. Please see the documentation",
        ),
    ],
)
def test_credentials_that_will_not_do_are_said_in_one_line(monkeypatch, said, line):
    def refuse(**_: object) -> None:
        raise Exception(said)  # noqa: TRY002 (as Pulumi does)

    monkeypatch.setattr("composition.foundation.aws.get_availability_zones", refuse)
    with pytest.raises(pulumi.RunError) as caught:
        record_program("prod", stack_configuration("prod"))
    assert str(caught.value) == line


def test_a_region_without_so_many_zones_is_refused():
    configuration = {
        **stack_configuration("dev"),
        "spot-platform:aws": {"region": "eu-central-1", "account_id": "123456789012"},
        "spot-platform:vpc": {"zones": 5},
    }
    message = r"spot-platform:vpc\.zones: 5 is not allowed in eu-central-1, which has 3 zones for this account$"
    with pytest.raises(pulumi.RunError, match=message):
        record_program("dev", configuration)


def test_a_wrong_configuration_registers_nothing():
    configuration = {**stack_configuration("prod"), "spot-platform:service": {"cpu": 512, "memory": 8192}}
    with pytest.raises(pulumi.RunError, match=r"spot-platform:service\.memory"):
        record_program("prod", configuration)


def urns(stack: str) -> str:
    """Return the URNs of a stack's resources, one a line."""
    found = sorted(r.urn.split("::", 2)[2] for r in record_stack(stack).resources if r.custom)
    return "".join(f"{urn}\n" for urn in found)


if __name__ == "__main__":
    URNS.mkdir(exist_ok=True)
    for each in STACKS:
        (URNS / f"{each}.txt").write_text(urns(each))
