import io
from collections import Counter

from pulumi.automation import OutputValue
from rich.console import Console

from toolchain.summary import made_by_component, plain_outputs, print_outputs

STACK = "urn:pulumi:local::shop::pulumi:pulumi:Stack::shop-local"
VPC = "urn:pulumi:local::shop::spot-platform:index:Vpc::main"


def resource(type_, name, parent, *, custom=True):
    return {
        "urn": f"urn:pulumi:local::shop::{type_}::{name}",
        "type": type_.split("$")[-1],
        "parent": parent,
        "custom": custom,
    }


def test_resources_are_counted_by_their_topmost_component():
    inner = f"{VPC.removesuffix('::main')}$spot-platform:index:Inner::x"
    made = made_by_component(
        [
            {"urn": STACK, "type": "pulumi:pulumi:Stack", "custom": False},
            {"urn": VPC, "type": "spot-platform:index:Vpc", "parent": STACK, "custom": False},
            {"urn": inner, "type": "spot-platform:index:Inner", "parent": VPC, "custom": False},
            resource("spot-platform:index:Vpc$aws:ec2/subnet:Subnet", "a", VPC),
            resource("spot-platform:index:Vpc$aws:ec2/subnet:Subnet", "b", VPC),
            resource("spot-platform:index:Vpc$spot-platform:index:Inner$aws:s3/bucket:Bucket", "c", inner),
            resource("aws:sns/topic:Topic", "t", STACK),
            resource("pulumi:providers:aws", "p", STACK),
        ]
    )
    assert made == {
        "Vpc main": Counter({"ec2.Subnet": 2, "s3.Bucket": 1}),
        "(no component)": Counter({"sns.Topic": 1}),
    }


def test_secret_outputs_stay_hidden():
    outputs = {"url": OutputValue("https://x", secret=False), "key": OutputValue("hunter2", secret=True)}
    assert plain_outputs(outputs) == {"key": "[secret]", "url": "https://x"}


def test_values_are_shown_whole_and_as_they_are():
    console = Console(record=True, width=60, emoji=False, markup=False, file=io.StringIO())
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-66bedaa1-761c-4c2f"
    print_outputs(console, {"secret": arn, "names": ["a", "b"], "buckets": {"y": "2", "x": "1"}, "none": None})
    shown = console.export_text()
    assert arn in "".join(line[9:].strip() for line in shown.splitlines())
    assert "a, b" in shown
    assert "x: 1, y: 2" in shown
