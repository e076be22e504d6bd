"""The offline provider in the real engine, with an inline program."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import automation
from pulumi.automation import CommandError, OpType, PulumiCommand

from toolchain.offline.announcement import LINE

pytestmark = pytest.mark.engine

TOTAL = 19
"""Number of the program's resources, including its stack and its explicit provider."""


@dataclass
class Wanted:
    """Properties of the program's resources; tests change them between runs."""

    cidr_block: str = "10.0.0.0/16"
    tag: str = "first"
    bad_policy: bool = False


def program(wanted: Wanted) -> None:
    """Make a network, a service behind a load balancer, a database and a site: about twenty resources, two Regions."""
    zones = aws.get_availability_zones(state="available").names
    vpc = aws.ec2.Vpc("main", cidr_block=wanted.cidr_block, tags={"Name": wanted.tag})
    subnets = [
        aws.ec2.Subnet(f"private-{zone}", vpc_id=vpc.id, cidr_block=f"10.0.{index}.0/24", availability_zone=zone)
        for index, zone in enumerate(zones)
    ]
    group = aws.ec2.SecurityGroup("tasks", vpc_id=vpc.id)
    aws.vpc.SecurityGroupEgressRule("out", security_group_id=group.id, ip_protocol="-1", cidr_ipv4="0.0.0.0/0")
    balancer = aws.lb.LoadBalancer(
        "api", load_balancer_type="network", internal=True, subnets=[subnet.id for subnet in subnets]
    )
    target = aws.lb.TargetGroup("api", vpc_id=vpc.id, port=3333, protocol="TCP", target_type="ip")
    aws.lb.Listener(
        "api",
        load_balancer_arn=balancer.arn,
        port=80,
        protocol="TCP",
        default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=target.arn)],
    )
    cluster = aws.ecs.Cluster("main")
    task = aws.ecs.TaskDefinition(
        "api", family="api", container_definitions=target.arn.apply(lambda arn: f'[{{"name":"{arn}"}}]')
    )
    aws.ecs.Service(
        "api",
        cluster=cluster.arn,
        task_definition=task.arn,
        network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(subnets=[subnet.id for subnet in subnets]),
    )
    database = aws.rds.Instance(
        "main",
        instance_class="db.t4g.micro",
        engine="postgres",
        engine_version="16",
        username="app",
        password=pulumi.Output.secret("correct horse"),
    )
    bucket = aws.s3.Bucket("Files")
    aws.s3.BucketVersioning(
        "files",
        bucket=bucket.bucket,
        versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
    )
    virginia = aws.Provider(
        "virginia", region="us-east-1", default_tags=aws.ProviderDefaultTagsArgs(tags={"project": "x"})
    )
    certificate = aws.acm.Certificate(
        "site",
        domain_name="example.com",
        validation_method="DNS",
        opts=pulumi.ResourceOptions(provider=virginia),
    )
    aws.route53.Record(
        "validation",
        zone_id="Z1",
        name=certificate.domain_validation_options[0].resource_record_name,
        type=certificate.domain_validation_options[0].resource_record_type,
        records=[certificate.domain_validation_options[0].resource_record_value],
        ttl=300,
    )
    if wanted.bad_policy:
        aws.cloudwatch.LogGroup("bad", retention_in_days=31)
    pulumi.export("vpc", vpc.arn)
    pulumi.export("bucket", bucket.bucket)
    pulumi.export("endpoint", database.endpoint)
    pulumi.export("password", database.password)
    pulumi.export("certificate", certificate.arn)
    pulumi.export("certificate_tags", certificate.tags_all)


@dataclass
class Run:
    """One stack of the program."""

    stack: automation.Stack
    wanted: Wanted
    state: Path
    outputs: automation.OutputMap = field(default_factory=dict[str, automation.OutputValue])
    """The outputs after the last `up`."""

    def __call__(self, operation: Callable[..., Any]) -> tuple[dict[str, int], str]:
        """Run an operation, and return the number of changes by kind, and its output."""
        lines: list[str] = []
        result = operation(on_output=lines.append)
        self.outputs = getattr(result, "outputs", self.outputs)
        changes = getattr(result, "change_summary", None) or result.summary.resource_changes or {}
        return {str(getattr(kind, "value", kind)): count for kind, count in changes.items()}, "\n".join(lines)


@pytest.fixture
def run(tmp_path: Path, launchers: Path, pulumi_command: PulumiCommand) -> Run:
    wanted = Wanted()
    for folder in ("home", "state", "work"):
        (tmp_path / folder).mkdir()
    stack = automation.create_stack(
        "dev",
        "offline",
        lambda: program(wanted),
        opts=automation.LocalWorkspaceOptions(
            work_dir=str(tmp_path / "work"),
            pulumi_home=str(tmp_path / "home"),
            pulumi_command=pulumi_command,
            project_settings=automation.ProjectSettings(name="offline", runtime="python"),
            env_vars={
                "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
                "PULUMI_CONFIG_PASSPHRASE": "passphrase",
                "PULUMI_SKIP_UPDATE_CHECK": "1",
                "PATH": f"{launchers}{os.pathsep}{os.environ['PATH']}",
                # Credentials of nobody: a request to AWS with them would fail.
                "AWS_ACCESS_KEY_ID": "none",
                "AWS_SECRET_ACCESS_KEY": "none",
            },
        ),
    )
    stack.set_config("aws:region", automation.ConfigValue("eu-west-1"))
    return Run(stack, wanted, tmp_path / "state")


def test_a_stack_lives_its_life(run: Run) -> None:
    stack = run.stack

    changes, printed = run(stack.preview)
    assert changes == {OpType.CREATE.value: TOTAL}
    assert "vpc             : [unknown]" in printed
    assert printed.count(LINE) >= 1
    assert "correct horse" not in printed

    changes, _ = run(stack.up)
    assert changes == {OpType.CREATE.value: TOTAL}
    outputs = run.outputs
    first_vpc = outputs["vpc"].value
    assert first_vpc.startswith("arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-")
    assert outputs["certificate"].value.startswith("arn:aws:acm:us-east-1:123456789012:certificate/")
    assert outputs["certificate_tags"].value == {"project": "x"}
    assert outputs["password"].secret
    assert outputs["endpoint"].value.endswith(".eu-west-1.rds.amazonaws.com:5432")
    assert not any("correct horse" in file.read_text(encoding="utf-8") for file in run.state.rglob("*.json"))

    assert run(stack.refresh)[0] == {OpType.SAME.value: TOTAL}
    assert run(stack.preview)[0] == {OpType.SAME.value: TOTAL}

    run.wanted.tag = "second"
    changes, printed = run(stack.preview)
    assert changes == {OpType.SAME.value: TOTAL - 1, OpType.UPDATE.value: 1}
    assert "[diff: ~tags,tagsAll]" in printed
    assert run(stack.up)[0] == {OpType.SAME.value: TOTAL - 1, OpType.UPDATE.value: 1}
    assert run.outputs["vpc"].value == first_vpc
    assert run.outputs["bucket"].value == outputs["bucket"].value

    run.wanted.cidr_block = "10.9.0.0/16"
    changes, _ = run(stack.up)
    assert changes["replace"] >= 6  # the VPC, its subnets, security group, target group, ...
    assert run.outputs["vpc"].value != first_vpc
    assert run(stack.preview)[0].get(OpType.SAME.value) == TOTAL

    assert run(stack.destroy)[0] == {OpType.DELETE.value: TOTAL}


def test_a_wrong_input_is_refused_before_anything_is_made(run: Run) -> None:
    run.wanted.bad_policy = True
    with pytest.raises(CommandError) as refusal:
        run.stack.preview()
    assert (
        "aws:cloudwatch/logGroup:LogGroup resource 'bad' has a problem: retentionInDays: must be one of 0, 1, 3, 5, 7,"
        in str(refusal.value)
    )
    assert "3653, not 31" in str(refusal.value)


def test_an_image_is_stood_in_for(run: Run) -> None:
    import pulumi_awsx as awsx  # noqa: PLC0415 - slow to import, and only needed here

    def image() -> None:
        repository = aws.ecr.Repository("api")
        built = awsx.ecr.Image("api", repository_url=repository.repository_url, context=".", platform="linux/arm64")
        aws.ssm.Parameter("runs", type="String", value=built.image_uri)
        pulumi.export("image", built.image_uri)

    run.stack.workspace.program = image
    _, printed = run(run.stack.preview)
    assert "image: [unknown]" in printed
    run(run.stack.up)
    image_uri = run.outputs["image"].value
    assert image_uri.startswith("123456789012.dkr.ecr.eu-west-1.amazonaws.com/api-")
    assert len(image_uri.partition("@sha256:")[2]) == 64
    assert set(run(run.stack.preview)[0]) == {OpType.SAME.value}
