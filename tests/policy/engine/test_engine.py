"""The pack in the real engine: a preview of prod that violates many rules, and an update that violates one rule."""

import re
import shutil
import subprocess
import sys

import pytest

from tests.engine.conftest import ROOT, Checkout
from tests.engine.conftest import checkout as make_checkout
from tests.engine.policy_report import reported

pytestmark = pytest.mark.engine

checkout = make_checkout

WRONG = '''
"""The program, with some arguments changed before they reach the engine, privileged containers and an open bucket."""

import runpy
from pathlib import Path

import pulumi

from spot_platform.service import task
from spot_platform.storage import private_bucket

WRONG = {
    ("aws:rds/instance:Instance", "*"): {"storage_encrypted": False, "publicly_accessible": True},
    ("aws:elasticache/replicationGroup:ReplicationGroup", "*"): {"transit_encryption_enabled": False},
    ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "*-uploads"): {"block_public_policy": False},
    ("aws:ecs/service:Service", "*"): {"capacity_provider_strategies": None, "launch_type": "FARGATE"},
    ("aws:lb/loadBalancer:LoadBalancer", "*"): {"internal": False},
    ("aws:kms/key:Key", "*"): {"enable_key_rotation": False},
    ("aws:ecr/repository:Repository", "*"): {"image_tag_mutability": "MUTABLE"},
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "*"): {"actions_enabled": False},
    ("aws:cloudwatch/logGroup:LogGroup", "*"): {"kms_key_id": None},
    ("aws:apigateway/restApi:RestApi", "*"): {"disable_execute_api_endpoint": False},
    ("aws:ec2/flowLog:FlowLog", "*"): {"traffic_type": "ACCEPT"},
}
tables = {}


def wrong(args):
    props = dict(args.props)
    for (resource_type, name), changes in WRONG.items():
        if args.type_ == resource_type and (name == "*" or args.name.endswith(name[1:])):
            props.update(changes)
    if args.type_ == "aws:ec2/routeTable:RouteTable" and args.name.endswith("-public"):
        tables["public"] = args.resource
    if args.type_ == "aws:ec2/routeTableAssociation:RouteTableAssociation" and "-private-" in args.name:
        props["route_table_id"] = tables["public"].id
    return pulumi.ResourceTransformationResult(props, args.opts)


definitions, bucket_policy = task.container_definitions, private_bucket.bucket_policy


def privileged(spec):
    return [{**container, "privileged": True} for container in definitions(spec)]


def opened(*args):
    document = bucket_policy(*args)
    everybody = {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    return {**document, "Statement": [*document["Statement"], everybody]}


task.container_definitions, private_bucket.bucket_policy = privileged, opened
pulumi.runtime.register_stack_transformation(wrong)
runpy.run_path(str(Path(__file__).parent / "program.py"), run_name="__main__")
'''

FAILED = 1
"""The engine's exit code when a policy has stopped a preview or an update."""

NAMED = {
    "rds-storage-encrypted": "aws:rds:Instance",
    "rds-not-public": "aws:rds:Instance",
    "elasticache-encrypted-in-transit": "aws:elasticache:ReplicationGroup",
    "s3-public-access-block": "aws:s3:BucketPublicAccessBlock",
    "ecs-no-launch-type": "aws:ecs:Service",
    "ecs-capacity-provider-strategy": "aws:ecs:Service",
    "load-balancer-internal": "aws:lb:LoadBalancer",
    "kms-rotation": "aws:kms:Key",
    "ecr-immutable-tags": "aws:ecr:Repository",
    "alarm-actions-enabled": "aws:cloudwatch:MetricAlarm",
    "log-group-encrypted": "aws:cloudwatch:LogGroup",
    "api-gateway-one-door": "aws:apigateway:RestApi",
    "vpc-flow-logs": "aws:ec2:FlowLog",
    # These rules use property dependencies, because no id is known in this preview.
    "ecs-private-subnets": "aws:ecs:Service",
    "load-balancer-private-subnets": "aws:lb:LoadBalancer",
}
"""Mandatory rule -> type of the resource that its finding must name."""


def python(checkout: Checkout, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=checkout.root,
        env=checkout.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def with_program(checkout: Checkout, text: str) -> None:
    program = checkout.root / "program.py"
    if not program.exists():
        shutil.move(checkout.root / "__main__.py", program)
    (checkout.root / "__main__.py").write_text(text)


@pytest.fixture(scope="module")
def refused(checkout: Checkout) -> "subprocess.CompletedProcess[str]":
    """One preview of a program with all violations: a preview takes five seconds of processor time."""
    with_program(checkout, WRONG)
    return checkout.run("preview", "prod", "--offline")


def mandatory(output: str) -> set[tuple[str, str]]:
    return {(policy, resource) for level, policy, resource in reported(output) if level == "mandatory"}


def test_preview_names_each_wrong_property_and_fails(refused: "subprocess.CompletedProcess[str]") -> None:
    assert refused.returncode == FAILED, refused.stdout + refused.stderr
    missing = sorted(set(NAMED.items()) - mandatory(refused.stdout))
    assert missing == []
    assert "storageEncrypted is false; it must be true" in refused.stdout
    assert "which halalsphere-prod-public-ipv4 opens to an internet gateway" in refused.stdout
    assert "Traceback" not in refused.stdout + refused.stderr
    summary = refused.stdout.split("[advisory]  summary")[1]
    assert re.search(r"[1-9]\d+ mandatory violations, ", summary)
    assert "Mandatory: " in summary


def test_preview_reads_documents_that_are_only_partly_known(refused: "subprocess.CompletedProcess[str]") -> None:
    found = mandatory(refused.stdout)
    assert ("ecs-not-privileged", "aws:ecs:TaskDefinition") in found
    assert ("s3-no-public-read", "aws:s3:BucketPolicy") in found
    assert "containerDefinitions[0].privileged is true; it must be false" in refused.stdout


UNENCRYPTED = '''
"""One database without encryption, and nothing else."""

import pulumi_aws as aws

aws.rds.Instance(
    "database", engine="postgres", instance_class="db.t4g.micro", allocated_storage=20, storage_encrypted=False
)
'''


def test_update_makes_nothing_of_what_a_mandatory_rule_refuses(checkout: Checkout) -> None:
    with_program(checkout, UNENCRYPTED)
    result = checkout.run("up", "local", "--no-emulator")
    assert result.returncode == FAILED, result.stdout + result.stderr
    assert ("mandatory", "rds-storage-encrypted", "aws:rds:Instance") in reported(result.stdout)
    assert "storageEncrypted is false; it must be true" in result.stdout
    kept = (checkout.root / ".platform").rglob("*.json")
    assert not any("aws:rds/instance:Instance" in path.read_text() for path in kept)


STRAIGHT_UP = """
from pathlib import Path

from pulumi.automation import CommandError

from toolchain.driver import Driver, ensure_importable
from toolchain.modes import Operation
from toolchain.project import Project

project = Project.find(Path.cwd())
ensure_importable(project)
with Driver(project, print).run(Operation.UP, "local", emulator=False) as run:
    try:
        # The Automation API skips the preview.
        run.stack.up(on_output=print, policy_packs=run.policy_packs)
    except CommandError:
        print("REFUSED")
    for resource in run.stack.export_stack().deployment.get("resources", []):
        print("KEPT", resource["type"])
"""


def test_update_without_a_preview_is_refused_before_the_resource_is_made(checkout: Checkout) -> None:
    with_program(checkout, UNENCRYPTED)
    result = python(checkout, "-c", STRAIGHT_UP)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "REFUSED" in result.stdout
    assert ("mandatory", "rds-storage-encrypted", "aws:rds:Instance") in reported(result.stdout)
    assert "KEPT pulumi:pulumi:Stack" in result.stdout
    assert "KEPT aws:rds/instance:Instance" not in result.stdout


MADE_WITHOUT_THE_PACK = """
from pathlib import Path

from toolchain.driver import Driver, ensure_importable
from toolchain.modes import Operation
from toolchain.project import Project

project = Project.find(Path.cwd())
ensure_importable(project)
with Driver(project, print).run(Operation.UP, "local", emulator=False) as run:
    run.stack.up(on_output=print)
"""

PASSWORD = "a-secret-password-of-this-test"

DRIFTED = f'''
"""A database without encryption, and a key as it should be."""

import pulumi
import pulumi_aws as aws

aws.kms.Key("key", enable_key_rotation=True, deletion_window_in_days=30)
aws.rds.Instance(
    "database",
    engine="postgres",
    instance_class="db.t4g.micro",
    allocated_storage=20,
    storage_encrypted=False,
    password=pulumi.Output.secret("{PASSWORD}"),
)
'''


def test_state_is_checked_without_the_program(checkout: Checkout) -> None:
    with_program(checkout, DRIFTED)
    shutil.copytree(ROOT / "ops", checkout.root / "ops", ignore=shutil.ignore_patterns("__pycache__"))
    made = python(checkout, "-c", MADE_WITHOUT_THE_PACK)
    assert made.returncode == 0, made.stdout + made.stderr
    (checkout.root / "__main__.py").write_text("raise SystemExit('the program must not run')")
    checked = python(checkout, "-m", "ops", "policies", "check-state", "local")
    assert checked.returncode == FAILED, checked.stdout + checked.stderr
    assert "rds-storage-encrypted  (aws:rds/instance:Instance: database)" in checked.stdout
    assert "[mandatory] [severity: medium]  kms-rotation" not in checked.stdout
    assert "profile local" in checked.stdout
    assert PASSWORD not in checked.stdout + checked.stderr


PREVIEW = """
import sys
from pathlib import Path

from pulumi.automation import CommandError

from toolchain.driver import Driver, ensure_importable
from toolchain.modes import Operation
from toolchain.project import Project

project = Project.find(Path.cwd())
ensure_importable(project)
with Driver(project, print).run(Operation.PREVIEW, sys.argv[1], offline=True) as run:
    try:
        run.stack.preview(on_output=print, policy_packs=run.policy_packs)
    except CommandError:
        print("REFUSED")
"""

ONE_ZONE = '''
"""One database in one zone, and nothing else."""

import pulumi_aws as aws

aws.rds.Instance("database", engine="postgres", instance_class="db.t4g.micro", allocated_storage=20, multi_az=False)
'''


@pytest.mark.parametrize(
    ("stack", "given", "level"),
    [
        ("dev", {}, "advisory"),
        ("staging", {"spot-platform:profile": "dev"}, "advisory"),
        # a key without a namespace is the project's
        ("staging", {"profile": "dev"}, "advisory"),
        ("prod", {}, "mandatory"),
        ("prod", {"spot-platform:profile": "dev"}, "mandatory"),
    ],
)
def test_pack_alone_knows_the_profile_and_prod_cannot_choose_a_weaker_one(
    checkout: Checkout, stack: str, given: dict[str, str], level: str
) -> None:
    with_program(checkout, ONE_ZONE)
    before = (checkout.root / f"Pulumi.{stack}.yaml").read_text()
    if given:
        checkout.configure(stack, lambda config: config.update(given))
    result = python(checkout, "-c", PREVIEW, stack)
    (checkout.root / f"Pulumi.{stack}.yaml").write_text(before)
    assert (level, "rds-multi-az", "aws:rds:Instance") in reported(result.stdout), result.stdout + result.stderr
    held = "profile prod, to which policy/pins.yaml holds this stack; it asks for dev."
    assert (held in result.stdout) is (stack == "prod" and bool(given))
