"""A task has the credentials of its role, and the local Amazon S3 evaluates the role's policies."""

import asyncio
import json
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.toolchain.datapath.tasks.test_standalone import run, running, stopped
from tests.toolchain.datapath.tasks.world import DataPath, World
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.edge.server import Edge
from toolchain.datapath.tasks.credentials import RENEWED_BEFORE, SESSION, TaskCredentials, UnavailableError

BUCKET = "uploads"
ROLE = "application"
Storage = Callable[[str, str], Any]


@pytest.fixture(scope="module")
def data_path(world: World) -> Generator[DataPath]:
    running = DataPath(world.endpoint, world.folder / "datapath", Edge)
    running.start()
    yield running
    print(*running.lines, sep="\n")  # shown with a failure
    running.stop()


@pytest.fixture(scope="module")
def storage(world: World, data_path: DataPath) -> Storage:
    """A function that lets a task run an operation on an object of the bucket."""
    world.client("s3").create_bucket(Bucket=BUCKET)
    task = running(world, run(world, world.definition(check=False)))

    def ask(operation: str, key: str) -> Any:
        query = urlencode({"operation": operation, "bucket": BUCKET, "key": key})
        return data_path.ask(task, f"/storage?{query}")

    return ask


def permit(world: World, *statements: dict[str, Any]) -> None:
    """Replace the statements of the tasks' role."""
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    world.client("iam").put_role_policy(RoleName=ROLE, PolicyName="own", PolicyDocument=document)


def statement(effect: str, action: str, prefix: str = "", **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": f"arn:aws:s3:::{BUCKET}/{prefix}*", **elements}


OTHER = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::another/*"}


def test_a_task_has_the_credentials_of_its_role(world: World, data_path: DataPath) -> None:
    task = running(world, run(world, world.definition(check=False)))
    environment = data_path.ask(task)["environment"]
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} & environment.keys()
    address = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    given = httpx.get(address).json()
    assert given["RoleArn"] == world.task_role
    assert datetime.fromisoformat(given["Expiration"]) > datetime.now(UTC) + SESSION / 2
    assert httpx.get(address).json() == given
    whose = world.report("access-key", accessKeyId=given["AccessKeyId"]).json()
    identifier = task["taskArn"].rpartition("/")[2]
    assert whose["sessionArn"] == f"arn:aws:sts::123456789012:assumed-role/{ROLE}/{identifier}"
    assert (whose["secretAccessKey"], whose["sessionToken"]) == (given["SecretAccessKey"], given["Token"])
    assert httpx.get(address[:-1] + ("0" if address[-1] != "0" else "1")).status_code == 404


def test_a_task_without_a_role_has_no_credentials(world: World, data_path: DataPath) -> None:
    task = running(world, run(world, world.definition(check=False, has_role=False)))
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" not in data_path.ask(task)["environment"]
    query = urlencode({"operation": "put_object", "bucket": BUCKET, "key": "k"})
    assert data_path.ask(task, f"/storage?{query}") == "Unable to locate credentials"


def test_a_role_that_there_is_not_stops_the_task(world: World, data_path: DataPath) -> None:
    override = {"taskRoleArn": "arn:aws:iam::123456789012:role/gone"}
    found = stopped(world, run(world, world.definition(check=False), overrides=override))
    assert "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/gone'" in found["stoppedReason"]


def test_the_role_decides_what_a_task_does_in_a_bucket(world: World, storage: Storage) -> None:
    permit(world, OTHER)
    refused = storage("put_object", "a/x")
    assert "(AccessDenied) when calling the PutObject operation" in refused
    assert "is not authorized to perform: s3:PutObject" in refused
    assert f'on resource: "arn:aws:s3:::{BUCKET}/a/x"' in refused
    assert refused.endswith("because no identity-based policy allows the s3:PutObject action")

    permit(world, statement("Allow", "s3:PutObject", "a/"))
    assert storage("put_object", "a/x") == "done"
    assert "because no identity-based policy allows the s3:PutObject action" in storage("put_object", "b/x")

    permit(world, statement("Allow", "s3:*"), statement("Deny", "s3:PutObject", "a/"))
    assert storage("put_object", "a/x").endswith("with an explicit deny in an identity-based policy")
    assert storage("put_object", "b/x") == "done"
    assert storage("delete_object", "b/x") == "done"


def test_attached_policies_and_boundaries_count(world: World, storage: Storage) -> None:
    iam = world.client("iam")
    permit(world, OTHER)
    everything = json.dumps({"Version": "2012-10-17", "Statement": [statement("Allow", "s3:*")]})
    attached = iam.create_policy(PolicyName="attached", PolicyDocument=everything)["Policy"]["Arn"]
    nothing = json.dumps({"Version": "2012-10-17", "Statement": [OTHER]})
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=nothing)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=attached)
    assert storage("put_object", "x") == "done"
    iam.put_role_permissions_boundary(RoleName=ROLE, PermissionsBoundary=boundary)
    assert storage("put_object", "x").endswith("because no permissions boundary allows the s3:PutObject action")
    iam.delete_role_permissions_boundary(RoleName=ROLE)
    iam.detach_role_policy(RoleName=ROLE, PolicyArn=attached)
    assert storage("put_object", "x").endswith("because no identity-based policy allows the s3:PutObject action")


def test_forms_and_links_are_judged_when_they_are_used(world: World, storage: Storage) -> None:
    permit(world, statement("Allow", "s3:PutObject"))
    form, link = storage("form", "given/away"), storage("link", "given/away")

    def upload() -> httpx.Response:
        return httpx.post(form["url"], data=form["fields"], files={"file": ("a.txt", b"content")})

    assert upload().status_code == 204
    refused = httpx.get(link)
    assert refused.status_code == 403
    assert "s3:GetObject" in refused.text

    permit(world, statement("Allow", "s3:GetObject"))
    assert httpx.get(link).content == b"content"
    refused = upload()
    assert refused.status_code == 403
    assert "<Code>AccessDenied</Code>" in refused.text
    assert "is not authorized to perform: s3:PutObject" in refused.text


class Sessions:
    """Counts the sessions that are started."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.begun = 0

    async def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        assert (service, operation, arguments["RoleSessionName"]) == ("sts", "assume_role", "task")
        self.begun += 1
        if arguments["RoleArn"] == "refused":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")
        given = {"AccessKeyId": f"key {self.begun}", "SecretAccessKey": "s", "SessionToken": "t"}
        return {"Credentials": {**given, "Expiration": self.now + timedelta(seconds=arguments["DurationSeconds"])}}

    def of(self, role: str) -> TaskCredentials:
        return TaskCredentials(cast("ControlPlane", self), role, "task", lambda: self.now)


def test_credentials_are_renewed_before_they_end() -> None:
    async def play() -> list[str]:
        sessions = Sessions()
        credentials = sessions.of("role")
        found = [(await credentials.current())["AccessKeyId"] for _ in range(2)]
        sessions.now += SESSION - RENEWED_BEFORE - timedelta(seconds=1)
        found.append((await credentials.current())["AccessKeyId"])
        sessions.now += timedelta(seconds=1)
        renewed = await credentials.current()
        assert datetime.fromisoformat(renewed["Expiration"]) == sessions.now + SESSION
        return [*found, renewed["AccessKeyId"]]

    assert asyncio.run(play()) == ["key 1", "key 1", "key 1", "key 2"]


def test_a_refusal_says_which_role() -> None:
    with pytest.raises(UnavailableError, match=r"refused is not assumed: .*AccessDenied"):
        asyncio.run(Sessions().of("refused").current())
