"""What others have put into a stack's hosted zone, cluster and network, which `destroy` asks before the first deletion."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests import emulated
from tests.toolchain.state.test_contents import run_of
from toolchain.emulator.process import Emulator
from toolchain.errors import ToolchainError
from toolchain.modes import Mode
from toolchain.state import contents, others

ZONE, RECORD = "aws:route53/zone:Zone", "aws:route53/record:Record"
CLUSTER, SERVICE = "aws:ecs/cluster:Cluster", "aws:ecs/service:Service"
VPC, SUBNET, GROUP = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/securityGroup:SecurityGroup"


def resource(kind: str, name: str, made_id: str, **more: Any) -> dict[str, Any]:
    """Return a resource in the state's format."""
    urn = f"urn:pulumi:prod::shop::spot-platform:index:Part${kind}::{name}"
    made = {"urn": urn, "type": kind, "custom": True, "id": made_id, "inputs": {}, "outputs": {"region": "us-east-1"}}
    return made | more


def record(fqdn: str, kind: str, set_identifier: str = "", **more: Any) -> dict[str, Any]:
    outputs = {"name": fqdn.partition(".")[0], "fqdn": fqdn, "type": kind, "setIdentifier": set_identifier}
    return resource(RECORD, f"{fqdn}-{kind}", f"Z1_{fqdn}_{kind}", outputs=outputs, **more)


def zone_with(*records: dict[str, Any]) -> contents.Client:
    """Return clients of a Route 53 with one hosted zone, example.com, that contains these and AWS's own records."""
    of_aws = [{"Name": "example.com.", "Type": "NS"}, {"Name": "example.com.", "Type": "SOA"}]
    pages = [{"ResourceRecordSets": of_aws}, {"ResourceRecordSets": list(records)}]
    route53 = SimpleNamespace(
        get_hosted_zone=lambda **_: {"HostedZone": {"Name": "example.com."}},
        get_paginator=lambda _operation: SimpleNamespace(paginate=lambda **_: pages),
    )
    return lambda _service, _region: route53


ZONE_OF_THE_STACK = resource(ZONE, "main", "Z1", outputs={"zoneId": "Z1"})


@pytest.mark.parametrize(
    ("of_the_stack", "in_the_zone", "found"),
    [
        ([], [], []),
        ([record("www.example.com", "A")], [{"Name": "www.example.com.", "Type": "A"}], []),
        ([record("*.example.com", "A")], [{"Name": "\\052.example.com.", "Type": "A"}], []),
        ([record("WWW.example.com", "A")], [{"Name": "www.example.com.", "Type": "A"}], []),
        ([record("www.example.com", "A")], [{"Name": "www.example.com.", "Type": "AAAA"}], ["AAAA www.example.com"]),
        (
            [record("a.example.com", "A", "one")],
            [{"Name": "a.example.com.", "Type": "A", "SetIdentifier": name} for name in ("one", "two")],
            ["A a.example.com"],
        ),
        # Another zone's delegation and the stack's retained record stay, and keep the zone.
        ([], [{"Name": "team.example.com.", "Type": "NS"}], ["NS team.example.com"]),
        (
            [record("www.example.com", "A", retainOnDelete=True)],
            [{"Name": "www.example.com.", "Type": "A"}],
            ["A www.example.com"],
        ),
        (
            [],
            [{"Name": f"{name}.example.com.", "Type": "TXT"} for name in "abcde"],
            ["TXT a.example.com, TXT b.example.com, TXT c.example.com and 2 more"],
        ),
    ],
)
def test_records_that_the_stack_did_not_make_keep_the_zone(
    of_the_stack: list[dict[str, Any]], in_the_zone: list[dict[str, Any]], found: list[str]
) -> None:
    said = contents.of_others([ZONE_OF_THE_STACK, *of_the_stack], zone_with(*in_the_zone))
    assert said == [f"Zone main (Z1; {text})" for text in found]


@pytest.mark.parametrize(
    "zone",
    [
        resource(ZONE, "main", "Z1", inputs={"forceDestroy": True}),
        resource(ZONE, "main", "Z1", retainOnDelete=True),
        resource(ZONE, "main", "Z1", external=True),
        resource(ZONE, "main", ""),
    ],
)
def test_a_zone_that_aws_deletes_or_nobody_deletes_is_not_asked_about(zone: dict[str, Any]) -> None:
    assert contents.of_others([zone], lambda _service, _region: pytest.fail("AWS was asked")) == []


def test_a_zone_is_in_no_region_but_its_question_needs_one() -> None:
    vpc = resource(VPC, "main", "vpc-1", outputs={"region": "eu-west-1"})
    (zone, _) = others.places([ZONE_OF_THE_STACK, vpc])
    assert zone.region == "eu-west-1"
    assert others.places([ZONE_OF_THE_STACK])[0].region is None


def refusing(code: str) -> contents.Client:
    def operation(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "because"}}, "GetHostedZone")

    return lambda _service, _region: SimpleNamespace(get_hosted_zone=operation)


def test_what_aws_does_not_say_is_no_leave_to_delete() -> None:
    line = r"^AWS does not say what Zone main \(Z1\) contains, so nothing is deleted: [^\n]+$"
    with pytest.raises(ToolchainError, match=line):
        contents.of_others([ZONE_OF_THE_STACK], refusing("AccessDenied"))


def test_a_zone_that_somebody_has_deleted_contains_nothing() -> None:
    assert contents.of_others([ZONE_OF_THE_STACK], refusing("NoSuchHostedZone")) == []


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    emulator = Emulator(tmp_path_factory.mktemp("emulator"))
    yield emulator.start()
    emulator.stop()


def refusal(endpoint: str, of_the_stack: list[dict[str, Any]]) -> list[str]:
    """Return the lines of the refusal that name resources; an empty list if nothing is refused."""
    try:
        contents.refuse_if_not_empty(run_of(Mode.EMULATOR, endpoint), of_the_stack)
    except ToolchainError as error:
        return [line.strip() for line in str(error).splitlines() if line.startswith("  ")]
    return []


@pytest.mark.emulator
def test_route_53_is_asked(endpoint: str) -> None:
    route53 = emulated.client(endpoint, "route53")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"].rpartition("/")[2]

    def add(name: str) -> None:
        content = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
        changes = [{"Action": "CREATE", "ResourceRecordSet": content}]
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    add("*.example.com")
    of_the_stack = [resource(ZONE, "main", zone), record("*.example.com", "A")]
    assert refusal(endpoint, of_the_stack) == []
    add("mail.example.com")
    assert refusal(endpoint, of_the_stack) == [f"Zone main ({zone}; A mail.example.com)"]


@pytest.mark.emulator
def test_ecs_is_asked(endpoint: str) -> None:
    ecs = emulated.client(endpoint, "ecs")
    cluster = ecs.create_cluster(clusterName="shop")["cluster"]["clusterArn"]
    container = {"name": "app", "image": "app:1", "memory": 128}
    ecs.register_task_definition(family="app", containerDefinitions=[container])

    def add(name: str) -> str:
        asked = {"cluster": cluster, "serviceName": name, "taskDefinition": "app", "desiredCount": 0}
        return ecs.create_service(**asked)["service"]["serviceArn"]

    of_the_stack = [resource(CLUSTER, "main", cluster), resource(SERVICE, "api", add("api"))]
    # More services than one answer of AWS has.
    of_the_stack += [resource(SERVICE, f"other-{number}", add(f"other-{number}")) for number in range(11)]
    add("replaced-by-the-stack")
    ecs.delete_service(cluster=cluster, service="replaced-by-the-stack")
    assert refusal(endpoint, of_the_stack) == []
    add("of-another-team")
    assert refusal(endpoint, of_the_stack) == [f"Cluster main ({cluster}; service of-another-team)"]


def test_a_task_that_somebody_runs_by_hand_keeps_the_cluster_and_those_of_services_do_not() -> None:
    tasks = [
        {"taskArn": "arn:aws:ecs:us-east-1:1:task/shop/a", "group": "service:api", "lastStatus": "RUNNING"},
        {"taskArn": "arn:aws:ecs:us-east-1:1:task/shop/b", "group": "family:migrate", "lastStatus": "STOPPED"},
        {"taskArn": "arn:aws:ecs:us-east-1:1:task/shop/c", "group": "family:debug", "lastStatus": "RUNNING"},
    ]
    pages = {"list_services": [{"serviceArns": []}], "list_tasks": [{"taskArns": [each["taskArn"] for each in tasks]}]}
    ecs = SimpleNamespace(
        get_paginator=lambda operation: SimpleNamespace(paginate=lambda **_: pages[operation]),
        describe_tasks=lambda **_: {"tasks": tasks},
    )
    said = contents.of_others([resource(CLUSTER, "main", "shop")], lambda _service, _region: ecs)
    assert said == ["Cluster main (shop; task c)"]


@pytest.mark.emulator
def test_ec2_is_asked(endpoint: str) -> None:
    ec2 = emulated.client(endpoint, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    def group(name: str) -> str:
        return ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]

    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    of_the_stack = [resource(VPC, "main", vpc), resource(SUBNET, "a", subnet), resource(GROUP, "tasks", group("tasks"))]
    assert refusal(endpoint, of_the_stack) == []
    foreign = group("of-another-team")
    service = "com.amazonaws.us-east-1.guardduty-data"
    asked = {"VpcId": vpc, "VpcEndpointType": "Interface", "ServiceName": service, "SubnetIds": [subnet]}
    made = ec2.create_vpc_endpoint(**asked)["VpcEndpoint"]["VpcEndpointId"]
    image = ec2.describe_images()["Images"][0]["ImageId"]
    run = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]["InstanceId"]
    assert refusal(endpoint, of_the_stack) == [
        f"Vpc main ({vpc}; instance {run}, endpoint {made}, security group {foreign})"
    ]
    ec2.terminate_instances(InstanceIds=[run])
    assert refusal(endpoint, of_the_stack) == [f"Vpc main ({vpc}; endpoint {made}, security group {foreign})"]


def test_a_refusal_says_both_what_is_full_and_what_is_of_others(monkeypatch) -> None:
    monkeypatch.setattr(contents, "client_of", lambda _run: lambda _service, _region: None)
    monkeypatch.setattr(contents, "not_empty", lambda of_the_stack, _client: of_the_stack)
    monkeypatch.setattr(contents, "of_others", lambda _resources, _client: ["Zone main (Z1; A mail.example.com)"])
    bucket = resource("aws:s3/bucket:Bucket", "files", "files-1a2b")
    with pytest.raises(ToolchainError) as refused:
        contents.refuse_if_not_empty(run_of(Mode.AWS), [ZONE_OF_THE_STACK, bucket])
    for line in ("  Bucket files (files-1a2b; forceDestroy is false)", "  Zone main (Z1; A mail.example.com)"):
        assert line in str(refused.value).splitlines()
    assert "nothing has changed; delete or move these things, and destroy again" in str(refused.value)


def test_every_place_has_its_question() -> None:
    for kind in others.QUESTIONS:
        with pytest.raises(ZeroDivisionError):
            contents.of_others([resource(kind, "x", "x-1")], lambda _service, _region: 1 / 0)
