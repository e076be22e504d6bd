"""The question whether buckets, repositories and vaults are empty, which `destroy` asks before the first deletion."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests import emulated
from toolchain.driver import Run
from toolchain.emulator.process import Emulator
from toolchain.errors import ToolchainError
from toolchain.modes import Mode
from toolchain.state import contents
from toolchain.state.protection import table

BUCKET, REPOSITORY, VAULT = "aws:s3/bucket:Bucket", "aws:ecr/repository:Repository", "aws:backup/vault:Vault"

MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:" + "a" * 64, "size": 2},
    "layers": [],
}


def resource(kind: str, name: str, region: str = "us-east-1", **more: Any) -> dict[str, Any]:
    """Return a resource in the state's format."""
    urn = f"urn:pulumi:prod::shop::spot-platform:index:ObjectStorage${kind}::{name}"
    made = {"urn": urn, "type": kind, "custom": True, "id": f"{name}-1a2b", "inputs": {}, "outputs": {"region": region}}
    return made | more


@pytest.mark.parametrize(
    ("of_the_stack", "asked"),
    [
        (resource(BUCKET, "files"), [("Bucket files", "files-1a2b", "us-east-1", "forceDestroy")]),
        (resource(REPOSITORY, "api"), [("Repository api", "api-1a2b", "us-east-1", "forceDelete")]),
        (resource(VAULT, "copy", "us-west-2"), [("Vault copy", "copy-1a2b", "us-west-2", "forceDestroy")]),
        (resource(BUCKET, "files", outputs=None), [("Bucket files", "files-1a2b", None, "forceDestroy")]),
        (resource(BUCKET, "files", inputs={"forceDestroy": True}), []),
        (resource(REPOSITORY, "api", inputs={"forceDelete": True}), []),
        (resource(VAULT, "daily", retainOnDelete=True), []),
        (resource(BUCKET, "of-another-team", external=True), []),
        (resource(BUCKET, "files", id=""), []),
        (resource("aws:ec2/vpc:Vpc", "main"), []),
    ],
)
def test_asked_about_is_what_the_engine_deletes_and_aws_only_deletes_empty(
    of_the_stack: dict[str, Any], asked: list[tuple[Any, ...]]
) -> None:
    found = contents.holders([of_the_stack])
    assert [(each.label, each.name, each.region, each.force) for each in found] == asked


def test_every_type_of_the_table_has_its_question() -> None:
    for kind in table()["only-empty"]:
        (holder,) = contents.holders([resource(kind, "x")])
        with pytest.raises(ZeroDivisionError):
            contents.not_empty([holder], lambda _service, _region: 1 / 0)


def refusing(error: Exception) -> contents.Client:
    def operation(**_: Any) -> None:
        raise error

    return lambda _service, _region: SimpleNamespace(list_object_versions=operation)


def answer(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "because"}}, "ListObjectVersions")


@pytest.mark.parametrize(
    "error", [answer("AccessDenied"), EndpointConnectionError(endpoint_url="https://s3.us-east-1.amazonaws.com")]
)
def test_what_aws_does_not_say_is_no_leave_to_delete(error: Exception) -> None:
    line = r"^AWS does not say whether Bucket files \(files-1a2b\) is empty, so nothing is deleted: [^\n]+$"
    with pytest.raises(ToolchainError, match=line):
        contents.not_empty(contents.holders([resource(BUCKET, "files")]), refusing(error))


def test_what_somebody_has_deleted_is_empty() -> None:
    gone = contents.holders([resource(BUCKET, "files")])
    assert contents.not_empty(gone, refusing(answer("NoSuchBucket"))) == []


def run_of(mode: Mode, endpoint: str | None = None) -> Run:
    stack, local = SimpleNamespace(name="prod"), SimpleNamespace(endpoint=lambda: endpoint)
    return Run(stack=stack, mode=mode, policy_packs=[], local=local)  # pyright: ignore[reportArgumentType]


def test_the_offline_provider_holds_nothing() -> None:
    contents.refuse_if_not_empty(run_of(Mode.OFFLINE), [resource(BUCKET, "files")])


def test_without_its_emulator_nobody_knows() -> None:
    with pytest.raises(ToolchainError, match="the emulator is not running"):
        contents.refuse_if_not_empty(run_of(Mode.EMULATOR), [resource(BUCKET, "files")])


@pytest.mark.emulator
def test_the_emulator_is_asked(tmp_path, monkeypatch) -> None:
    emulator = Emulator(tmp_path)
    endpoint = emulator.start()
    try:
        s3, ecr = emulated.client(endpoint, "s3"), emulated.client(endpoint, "ecr")
        emulated.client(endpoint, "backup", "us-west-2").create_backup_vault(BackupVaultName="copy-1a2b")
        for name in ("empty", "plain", "marked"):
            s3.create_bucket(Bucket=f"{name}-1a2b")
        s3.put_object(Bucket="plain-1a2b", Key="a")
        s3.put_bucket_versioning(Bucket="marked-1a2b", VersioningConfiguration={"Status": "Enabled"})
        version = s3.put_object(Bucket="marked-1a2b", Key="a")["VersionId"]
        s3.delete_object(Bucket="marked-1a2b", Key="a")
        s3.delete_object(Bucket="marked-1a2b", Key="a", VersionId=version)
        assert not s3.list_objects_v2(Bucket="marked-1a2b").get("Contents")
        for name in ("none", "some"):
            ecr.create_repository(repositoryName=f"{name}-1a2b")
        ecr.put_image(repositoryName="some-1a2b", imageManifest=json.dumps(MANIFEST), imageTag="v1")
        of_the_stack = [
            *(resource(BUCKET, name) for name in ("empty", "plain", "marked", "deleted-by-hand")),
            *(resource(REPOSITORY, name) for name in ("none", "some")),
            resource(VAULT, "copy", "us-west-2"),
        ]
        monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        with pytest.raises(ToolchainError) as refused:
            contents.refuse_if_not_empty(run_of(Mode.EMULATOR, endpoint), of_the_stack)
    finally:
        emulator.stop()
    listed = [line.strip() for line in str(refused.value).splitlines() if line.startswith("  ")]
    assert listed == [
        "Bucket plain (plain-1a2b; forceDestroy is false)",
        "Bucket marked (marked-1a2b; forceDestroy is false)",
        "Repository some (some-1a2b; forceDelete is false)",
    ]
