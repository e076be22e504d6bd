"""The plugin as the engine uses it: a process with the protocol over gRPC."""

import signal
import subprocess
import sys
from collections.abc import Generator
from concurrent import futures
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.output import UNKNOWN
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from tests.waiting import wait_until
from toolchain.offline import announcement, structs
from toolchain.offline import configuration as offline_configuration
from toolchain.offline.awsx import image_failures, image_uri
from toolchain.system.processes import is_running

URN = "urn:pulumi:dev::project::spot-platform:index:Vpc$aws:ec2/vpc:Vpc::main"
BUCKET_URN = "urn:pulumi:dev::project::aws:s3/bucket:Bucket::files"


class Engine(engine_pb2_grpc.EngineServicer):
    """An engine that records the log lines of plugins."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def Log(self, request: Any, context: Any) -> Any:
        self.lines.append((request.urn, request.message))
        return empty_pb2.Empty()


@dataclass
class Plugins:
    """Starts the plugin processes of one run, as the engine does."""

    launchers: Path
    engine: Engine
    address: str
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, name: str = "pulumi-resource-aws") -> tuple[subprocess.Popen[str], Any]:
        process = subprocess.Popen(
            [self.launchers / name, "--logtostderr", self.address],
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            start_new_session=True,
        )
        self.processes.append(process)
        assert process.stdout is not None
        port = int(process.stdout.readline())
        return process, provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{port}"))


@pytest.fixture
def plugins(launchers: Path) -> Generator[Plugins]:
    engine = Engine()
    server = grpc.server(futures.ThreadPoolExecutor(4))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    running = Plugins(launchers, engine, f"127.0.0.1:{port}")
    yield running
    for process in running.processes:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    server.stop(None)


def configured(provider: Any, **configuration: Any) -> Any:
    args = structs.to_struct({"region": "eu-west-1", **configuration})
    return provider.Configure(provider_pb2.ConfigureRequest(args=args, acceptSecrets=True, sends_old_inputs=True))


def check(provider: Any, urn: str, news: dict[str, Any], olds: dict[str, Any] | None = None) -> tuple[Any, list[str]]:
    request = provider_pb2.CheckRequest(
        urn=urn, news=structs.to_struct(news), olds=structs.to_struct(olds or {}), randomSeed=b"seed"
    )
    answer = provider.Check(request)
    return structs.from_struct(answer.inputs), [failure.reason for failure in answer.failures]


def test_a_resource_lives_its_life(plugins: Plugins) -> None:
    _, provider = plugins.start()
    assert provider.Handshake(provider_pb2.ProviderHandshakeRequest()).accept_secrets
    assert provider.GetPluginInfo(empty_pb2.Empty()).version == "7.51.1"
    assert configured(provider).supportsPreview

    inputs, failures = check(provider, URN, {"cidrBlock": structs.Secret("10.0.0.0/16"), "tags": {"Name": "main"}})
    assert failures == []
    assert inputs["cidrBlock"] == structs.Secret("10.0.0.0/16")
    assert inputs["region"] == "eu-west-1"

    properties = structs.to_struct(inputs)
    preview = provider.Create(provider_pb2.CreateRequest(urn=URN, properties=properties, preview=True))
    assert preview.id == ""
    assert structs.from_struct(preview.properties)["arn"] is UNKNOWN

    created = provider.Create(provider_pb2.CreateRequest(urn=URN, properties=properties))
    state = structs.from_struct(created.properties)
    assert state["arn"] == f"arn:aws:ec2:eu-west-1:123456789012:vpc/{created.id}"
    assert state["cidrBlock"] == structs.Secret("10.0.0.0/16")
    assert not any(key.startswith("__") for key in state)

    again, _ = check(provider, URN, {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "other"}}, inputs)
    difference = provider.Diff(
        provider_pb2.DiffRequest(
            id=created.id, urn=URN, olds=created.properties, old_inputs=properties, news=structs.to_struct(again)
        )
    )
    assert difference.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(difference.replaces) == []
    assert dict(difference.detailedDiff)["tags.Name"].kind == provider_pb2.PropertyDiff.UPDATE

    updated = provider.Update(
        provider_pb2.UpdateRequest(
            id=created.id, urn=URN, olds=created.properties, old_inputs=properties, news=structs.to_struct(again)
        )
    )
    assert structs.from_struct(updated.properties)["tagsAll"] == {"Name": "other"}
    assert structs.from_struct(updated.properties)["arn"] == state["arn"]

    read = provider.Read(
        provider_pb2.ReadRequest(id=created.id, urn=URN, properties=updated.properties, inputs=properties)
    )
    assert (read.id, read.properties, read.inputs) == (created.id, updated.properties, properties)
    provider.Delete(provider_pb2.DeleteRequest(id=created.id, urn=URN, properties=updated.properties))
    provider.Cancel(empty_pb2.Empty())


def test_a_state_without_old_inputs_is_compared_by_its_outputs(plugins: Plugins) -> None:
    _, provider = plugins.start()
    configured(provider)
    inputs, _ = check(provider, URN, {"cidrBlock": "10.0.0.0/16"})
    created = provider.Create(provider_pb2.CreateRequest(urn=URN, properties=structs.to_struct(inputs)))
    news = structs.to_struct({"cidrBlock": "10.1.0.0/16", "region": "eu-west-1"})
    difference = provider.Diff(provider_pb2.DiffRequest(id=created.id, urn=URN, olds=created.properties, news=news))
    assert "cidrBlock" in difference.replaces


def test_what_exists_already_is_read_by_its_id(plugins: Plugins) -> None:
    _, provider = plugins.start()
    configured(provider)
    read = provider.Read(provider_pb2.ReadRequest(id="vpc-123", urn=URN))
    assert structs.from_struct(read.properties)["arn"] == "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-123"


def test_the_stacks_naming_comes_over_the_wire(plugins: Plugins) -> None:
    _, provider = plugins.start()
    configured(provider)
    options = provider_pb2.CheckRequest.AutonamingOptions
    for mode, name in ((options.PROPOSE, "dev-files"), (options.ENFORCE, "dev-files"), (options.DISABLE, None)):
        request = provider_pb2.CheckRequest(
            urn=BUCKET_URN, autonaming=options(proposed_name="dev-files", mode=mode), randomSeed=b"seed"
        )
        assert structs.from_struct(provider.Check(request).inputs).get("bucket") == name


def test_invokes_are_checked_and_answered(plugins: Plugins) -> None:
    _, provider = plugins.start()
    configured(provider, defaultTags='{"tags":{"a":"b"}}')

    def invoke(token: str, **arguments: Any) -> Any:
        return provider.Invoke(provider_pb2.InvokeRequest(tok=token, args=structs.to_struct(arguments)))

    zones = invoke("aws:index/getAvailabilityZones:getAvailabilityZones", state="available")
    assert structs.from_struct(getattr(zones, "return"))["names"][0] == "eu-west-1a"
    tags = invoke("aws:index/getDefaultTags:getDefaultTags")
    assert structs.from_struct(getattr(tags, "return"))["tags"] == {"a": "b"}
    wrong = invoke("aws:ssm/getParameter:getParameter", nam="x")
    assert [failure.reason for failure in wrong.failures] == [
        "nam: no such property; did you mean name?",
        "name: required, but missing",
    ]
    with pytest.raises(grpc.RpcError, match="does not answer aws:athena/getNamedQuery:getNamedQuery"):
        invoke("aws:athena/getNamedQuery:getNamedQuery", name="x")


def test_configuration_is_checked_and_a_new_region_replaces_no_provider(plugins: Plugins) -> None:
    _, provider = plugins.start()
    urn = "urn:pulumi:dev::project::pulumi:providers:aws::us"
    checked = provider.CheckConfig(
        provider_pb2.CheckRequest(urn=urn, news=structs.to_struct({"regoin": "x", "version": "7.51.1"}))
    )
    assert [failure.reason for failure in checked.failures] == ["regoin: no such property; did you mean region?"]
    difference = provider.DiffConfig(
        provider_pb2.DiffRequest(
            urn=urn, olds=structs.to_struct({"region": "a"}), news=structs.to_struct({"region": "b"})
        )
    )
    assert list(difference.replaces) == []


def test_a_defect_is_an_error_of_one_line_and_the_plugin_lives_on(plugins: Plugins) -> None:
    _, provider = plugins.start()
    with pytest.raises(grpc.RpcError) as failure:
        provider.Check(provider_pb2.CheckRequest(urn="not a urn"))
    assert failure.value.code() == grpc.StatusCode.INTERNAL
    assert failure.value.details().startswith("offline AWS provider: Check of not a urn: IndexError")
    assert "\n" not in failure.value.details()
    assert check(provider, URN, {"cidrBlock": "10.0.0.0/16"})[1] == []


def test_one_line_a_run_says_what_it_is_however_many_providers_there_are(plugins: Plugins) -> None:
    for region in ("eu-west-1", "us-east-1"):
        _, provider = plugins.start()
        configured(provider, region=region)
        configured(provider, region=region)
    assert plugins.engine.lines == [("", announcement.LINE)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_plugin_ends_when_the_engine_tells_it(plugins: Plugins, number: int) -> None:
    process, provider = plugins.start()
    provider.Cancel(empty_pb2.Empty())
    process.send_signal(number)
    assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(("stdout", "wait"), [("PIPE", "plugin.stdout.readline()"), ("DEVNULL", "''")])
def test_the_plugin_ends_when_the_engine_is_gone(launchers: Path, stdout: str, wait: str) -> None:
    # A parent process that starts the plugin and is then killed.
    parent = (
        "import os, subprocess, sys\n"
        f"plugin = subprocess.Popen([sys.argv[1], '127.0.0.1:1'], stdout=subprocess.{stdout})\n"
        "while b'python' not in open(f'/proc/{plugin.pid}/cmdline', 'rb').read():\n"
        "    pass\n"
        f"print(plugin.pid, {wait}, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    command = [sys.executable, "-c", parent, launchers / "pulumi-resource-aws"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    plugin = int(done.stdout.split()[0])
    wait_until(lambda: not is_running(plugin), "the plugin ends", 15)


def test_launchers_survive_a_folder_with_spaces_and_quotes(tmp_path: Path) -> None:
    from toolchain.offline.launcher import write_launchers  # noqa: PLC0415

    directory = tmp_path / "it's a folder"
    write_launchers(directory)
    process = subprocess.Popen([directory / "pulumi-resource-aws", "127.0.0.1:1"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline().strip().isdigit()
        process.terminate()
        process.wait(timeout=10)


def test_an_images_uri_is_unknown_before_its_repository_is_there_and_another_one_with_every_tag() -> None:
    inputs = {"repositoryUrl": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/api", "context": "backend"}
    assert image_failures(inputs) == []
    assert image_uri("api", {**inputs, "repositoryUrl": UNKNOWN}) is UNKNOWN
    repository, _, digest = image_uri("api", inputs).partition("@sha256:")
    assert repository == inputs["repositoryUrl"]
    assert len(digest) == 64
    assert image_uri("api", {**inputs, "imageTag": "build-2"}) != image_uri("api", inputs)


def test_an_images_arguments_are_checked() -> None:
    assert [str(failure) for failure in image_failures({"contxt": "backend"})] == [
        "contxt: no such property; did you mean context?",
        "repositoryUrl: required, but missing",
    ]


@pytest.mark.parametrize(
    ("configuration", "environment", "place"),
    [
        ({}, {}, ("us-east-1", "123456789012")),
        (
            {},
            {"PULUMI_AWS_OFFLINE_ACCOUNT": "1" * 12, "PULUMI_AWS_OFFLINE_REGION": "eu-west-1"},
            ("eu-west-1", "1" * 12),
        ),
        ({}, {"PULUMI_AWS_OFFLINE_REGION": "eu-west-1", "AWS_REGION": "eu-west-2"}, ("eu-west-2", "123456789012")),
        ({"region": "eu-west-3", "allowedAccountIds": '["222233334444"]'}, {}, ("eu-west-3", "222233334444")),
        ({"allowedAccountIds": '["222233334444", "333344445555"]'}, {}, ("us-east-1", "123456789012")),
    ],
)
def test_account_and_region_come_from_the_provider_or_else_from_the_launcher(
    monkeypatch: pytest.MonkeyPatch,
    configuration: dict[str, Any],
    environment: dict[str, str],
    place: tuple[str, str],
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "PULUMI_AWS_OFFLINE_ACCOUNT", "PULUMI_AWS_OFFLINE_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = offline_configuration.provider(configuration).place
    assert (found.region, found.account) == place
