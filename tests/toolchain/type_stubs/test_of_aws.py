"""With stubs of what it names from the AWS package, the type checker finds the same as with the package itself."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from toolchain.type_stubs.__main__ import configuration

ROOT = Path(__file__).parents[3]

# Each line marked with # wrong has an error of another kind.
PROGRAM = '''
"""Has errors of every kind that a stub could hide."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws
from pulumi_aws.acm.outputs import CertificateDomainValidationOption

vpc = aws.ec2.Vpc("a", cidr_block="10.0.0.0/16")
aws.ec2.Vpc("b", cidr_blok="10.0.0.0/16")  # wrong
aws.ec2.Vpc("c", cidr_block=5)  # wrong
aws.ec2.Subnet()  # wrong
aws.ec2.Vpcc("e")  # wrong
aws.ec3.Vpc("f")  # wrong
number: pulumi.Output[int] = vpc.arn  # wrong
vpc.arm  # wrong
group = aws.ec2.SecurityGroup("g", ingress=[aws.ec2.SecurityGroupIngressArgs(protocol="tcp", from_port=1)])  # wrong
aws.ec2.SecurityGroup("h", ingress=[{"protocol": "tcp", "from_port": 1, "to_port": 2, "portt": 3}])  # wrong
aws.ecs.Service("i", load_balancers=[aws.ecs.ServiceLoadBalancerArgs(container_name=1, container_port=1)])  # wrong
aws.s3.BucketPolicy("j", bucket="b", policy=aws.iam.get_policy_document(statments=[]).json)  # wrong
zones: list[int] = aws.get_availability_zones().names  # wrong
found: pulumi.Output[str] = aws.ec2.get_vpc_output(id=1)  # wrong
aws.Provider("l", regin="us-east-1")  # wrong
aws.lb.Listener("m", default_actions=[aws.lb.ListenerDefaultActionArgs(type=aws.lb.Nothing.FORWARD)])  # wrong
aws.iam.Role.get("n", "id", assume_role_polic="")  # wrong
aws.ec2.Vpc("o", aws.ec2.VpcArgs(cidr_block=True))  # wrong
aws.ec2.Vpc("p", opts=aws.ec2.VpcArgs())  # wrong


def names(options: Sequence[CertificateDomainValidationOption]) -> list[int]:
    """Return the records' names."""
    return [option.resource_record_name for option in options]  # wrong
'''


def checked(project: Path, *configured: str) -> list[dict[str, Any]]:
    """Run the type checker in a project, and return what it finds."""
    command = [sys.executable, "-m", "basedpyright", "--outputjson", *configured]
    report = json.loads(subprocess.run(command, cwd=project, capture_output=True, text=True, check=False).stdout)
    assert report["summary"]["filesAnalyzed"] > 0
    return report["generalDiagnostics"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project whose program has errors, and that has this project's settings of the type checker."""
    settings = "\n".join(
        [
            "[tool.basedpyright]",
            'typeCheckingMode = "strict"',
            'pythonVersion = "3.11"',
            f"venvPath = {json.dumps(str(Path(sys.prefix).parent))}",
            f"venv = {json.dumps(Path(sys.prefix).name)}",
            'include = ["program.py"]',
        ]
    )
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    return tmp_path


def test_errors_are_the_same_with_stubs_and_with_the_package(project: Path) -> None:
    with_the_package = checked(project)

    wrong = {line for line, text in enumerate(PROGRAM.splitlines()) if text.endswith("# wrong")}
    assert len(wrong) > 15
    assert {each["range"]["start"]["line"] for each in with_the_package} == wrong

    assert checked(project, "--project", str(configuration(project))) == with_the_package


# Imports stubs as modules, and evaluates every annotation. It writes how many it has looked at, and what they lack.
EVALUATE = """
import importlib, inspect, json, sys, types, typing
from pathlib import Path
import pulumi

def annotated(value):
    if inspect.isclass(value):
        yield value
        for member in vars(value).values():
            if not inspect.isclass(member):
                yield from annotated(member)
    elif inspect.isfunction(value):
        yield from {value, *typing.get_overloads(value)}
    elif isinstance(value, property):
        yield from filter(None, (value.fget, value.fset))
    elif isinstance(value, (staticmethod, classmethod)):
        yield from annotated(value.__func__)

of_input = {"Output": pulumi.Output, "T": typing.TypeVar("T")}  # pulumi.Input has them as text
folder, looked, lacking = Path(sys.argv[1]), 0, []
sys.path.insert(0, str(folder))
for path in sorted(folder.rglob("*.py")):
    name = ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
    module = importlib.import_module(name)
    assert module.__file__ == str(path)
    for key, value in list(vars(module).items()):
        if getattr(value, "__module__", None) == name:
            for each in annotated(value):
                looked += 1
                try:
                    own = types.SimpleNamespace(__annotations__=inspect.get_annotations(each))
                    typing.get_type_hints(own, vars(module), of_input)
                except (NameError, AttributeError) as error:
                    lacking.append(f"{name}.{key}: {error}")
json.dump([looked, lacking], sys.stdout)
"""
LACKING = """
from . import outputs

def first(one: "outputs.Nothing") -> None: ...
def second() -> "Nothing": ...
class Third:
    def method(self, one: "list[Nothing]") -> None: ...
"""


def test_stubs_of_this_project_name_nothing_that_they_do_not_have(tmp_path: Path) -> None:
    """A name without a definition would have an unknown type, and the checker would accept every argument for it."""
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    for name in ("__main__.py", "spot_platform", "composition"):
        (tmp_path / name).symlink_to(ROOT / name)
    stubs = configuration(tmp_path).parent
    found = list(stubs.rglob("*.pyi"))
    assert len(found) > 100
    # Stubs are Python. To import them as modules takes an eighth of what the type checker takes to say the same.
    for stub in found:
        stub.rename(stub.with_suffix(".py"))
    (stubs / "pulumi_aws" / "ec2" / "lacking.py").write_text(LACKING, encoding="utf-8")
    command = [sys.executable, "-c", EVALUATE, str(stubs)]
    looked, lacking = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert lacking == [
        "pulumi_aws.ec2.lacking.first: module 'pulumi_aws.ec2.outputs' has no attribute 'Nothing'",
        "pulumi_aws.ec2.lacking.second: name 'Nothing' is not defined",
        "pulumi_aws.ec2.lacking.Third: name 'Nothing' is not defined",
    ]
    assert looked > 10_000
