"""A site in moto: its deployments, the content that visitors get, and faults during a deployment."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.hooks import HierarchicalEmitter
from moto import mock_aws
from moto.s3.models import s3_backends

from ops import aws
from ops.aws import StackAccess
from ops.cli import main
from ops.frontend import bucket as bucket_module

REGION = "us-east-1"
ACCOUNT = "123456789012"
BUCKET = "site-bucket"
URL = "https://app.example.com"


def refusal(status: int, code: str, message: str = "no") -> Any:
    """Return an error response of AWS, for `Network.disturb`."""
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    return AWSResponse("https://aws", status, {"content-type": "application/xml"}, _Raw(body))


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self._body


@cache
def session() -> Any:
    """Return a cached session: to read botocore's service models takes longer than a deployment."""
    return boto3.Session("testing", "testing", region_name=REGION)


@cache
def plain_client(service: str) -> Any:
    return session().client(service)


@cache
def watched_client(service: str) -> Any:
    return aws.make_client(session(), service, REGION, None)


class KilledError(BaseException):
    """Stands for SIGKILL: no code catches it, and nothing is cleaned up."""


class Network:
    """Counts the requests of a run, records their operations, and injects faults."""

    def __init__(self) -> None:
        self.operations: list[str] = []
        self.places: list[tuple[str, str]] = []
        self.disturb: Callable[[int, str], Any] | None = None
        self.disturb_answer: Callable[[int, str], None] | None = None
        self._lock = threading.Lock()
        self._mine = threading.local()

    def reset(self) -> None:
        self.operations, self.places = [], []
        self.disturb, self.disturb_answer = None, None

    def watch(self, client: Any) -> None:
        client.meta.events.register_first("before-send", self._before_send)
        client.meta.events.register_first("response-received", self._response_received)

    def leave(self, client: Any) -> None:
        client.meta.events.unregister("before-send", self._before_send)
        client.meta.events.unregister("response-received", self._response_received)

    def answer(self, operation: str, act: Callable[[], Any], times: int = 10**6, after: int = 0) -> list[str]:
        """Act in place of AWS on `times` requests of an operation, after `after` of them that pass.

        Args:
            operation: The operation, such as ``PutObject``.
            act: Returns the answer, or raises; None lets the request pass.
            times: Number of requests to act on.
            after: Number of requests that pass before.

        Returns:
            A list that grows with each request that was acted on.
        """
        asked: list[str] = []
        passed: list[str] = []

        def disturb(_: int, sent: str) -> Any:
            if sent == operation and len(passed) < after:
                passed.append(sent)
            elif sent == operation and len(asked) < times:
                asked.append(sent)
                return act()
            return None

        self.disturb = disturb
        return asked

    def kill_at(self, number: int) -> None:
        """Kill the run after AWS has executed a request, but before the run reads the answer."""
        dead = threading.Event()

        def disturb(count: int, operation: str) -> None:
            if dead.is_set():
                raise KilledError

        def disturb_answer(count: int, operation: str) -> None:
            if count == number:
                dead.set()
                raise KilledError

        self.disturb, self.disturb_answer = disturb, disturb_answer

    def _before_send(self, event_name: str, request: Any, **_: object) -> Any:
        operation = event_name.rpartition(".")[2]
        with self._lock:
            self.operations.append(operation)
            self.places.append((operation, unquote(urlsplit(request.url).path).lstrip("/")))
            count = len(self.operations)
        self._mine.count = count
        if self.disturb is not None:
            return self.disturb(count, operation)
        return None

    def _response_received(self, event_name: str, **_: object) -> None:
        if self.disturb_answer is not None:
            self.disturb_answer(self._mine.count, event_name.rpartition(".")[2])


class Identity:
    """Stands for the client of STS, which says whose the credentials are."""

    meta = SimpleNamespace(events=HierarchicalEmitter())

    def __init__(self) -> None:
        self.account_id = ACCOUNT

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": self.account_id, "Arn": f"arn:aws:iam::{self.account_id}:user/anna"}


class SiteWorld:
    """A site with its bucket and its distribution in moto."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        self.network, self.identity = Network(), Identity()
        self.s3, self.cloudfront = plain_client("s3"), plain_client("cloudfront")
        self.folder = tmp_path / "dist"
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.distribution_id = create_distribution(self.cloudfront)
        self.outputs: dict[str, str] = {}
        """Further outputs of the stack beside the site's; without an API the site has no settings."""
        self._numbers = count()
        self.new_bucket()
        monkeypatch.setattr(aws, "access_to", self._access_to)
        for service in ("s3", "cloudfront"):
            self.network.watch(watched_client(service))

    def new_bucket(self) -> None:
        """Create a new, empty bucket for the site."""
        self.bucket = f"{BUCKET}-{next(self._numbers)}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.network.reset()

    def kept(self) -> dict[str, Any]:
        """Return the bucket's objects as they are now, for `new_bucket_with`."""
        return deepcopy(self._stored())

    def new_bucket_with(self, kept: dict[str, Any]) -> None:
        """Create a new bucket for the site with the objects of another, as old as they are there."""
        self.new_bucket()
        bucket = s3_backends[ACCOUNT]["aws"].get_bucket(self.bucket)
        for key, stored in deepcopy(kept).items():
            stored.bucket_name = self.bucket
            bucket.keys[key] = stored

    def write(self, files: dict[str, str | bytes]) -> None:
        """Replace the content of the site's folder."""
        for path in sorted(self.folder.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        for key, content in files.items():
            path = self.folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def run(self, *arguments: str, status: int = 0) -> dict[str, Any]:
        """Run an operation with --json and return its output, parsed; its requests are in `network`."""
        self._capsys.readouterr()
        self.network.operations, self.network.places = [], []
        code = main(["frontend", *arguments, "--stack", "dev", "--json"])
        self.said = self._capsys.readouterr()
        assert code == status, self.said.err
        return json.loads(self.said.out) if code == 0 else {}

    def deploy(self, *more: str, status: int = 0) -> dict[str, Any]:
        return self.run("deploy", str(self.folder), "--yes", "--workers", "1", *more, status=status)

    def objects(self) -> dict[str, bytes]:
        """Return the objects that visitors can get, by key.

        They are read from moto itself: with a request for each, they took a third of the time of the tests that kill runs.
        """
        return {key: each.value for key, each in self._stored().items() if not key.startswith(".releases/")}

    def _stored(self) -> dict[str, Any]:
        """Return moto's own objects of the bucket, which has no versions, by key."""
        stored = s3_backends[ACCOUNT]["aws"].get_bucket(self.bucket).keys
        return {key: stored[key] for key in stored}

    def all_keys(self) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return [each["Key"] for page in pages for each in page.get("Contents", ())]

    def body(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def head(self, key: str) -> dict[str, Any]:
        return self.s3.head_object(Bucket=self.bucket, Key=key)

    def local_files(self) -> dict[str, bytes]:
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in paths}

    def broken_references(self) -> list[str]:
        """Return the files that pages in the bucket refer to but the bucket does not have."""
        return broken_references(self.objects())

    def invalidated(self) -> list[list[str]]:
        """Return the paths of every invalidation, oldest first."""
        listed = self.cloudfront.list_invalidations(DistributionId=self.distribution_id)["InvalidationList"]
        details = [
            self.cloudfront.get_invalidation(DistributionId=self.distribution_id, Id=each["Id"])["Invalidation"]
            for each in listed.get("Items", ())
        ]
        return [each["InvalidationBatch"]["Paths"]["Items"] for each in details]

    @contextmanager
    def later(self, seconds: float) -> Iterator[None]:
        """Move the clock of Amazon S3 forward while the block runs, so that locks of killed runs have expired."""
        with self._monkeypatch.context() as patch:
            original = bucket_module.age_seconds
            patch.setattr(bucket_module, "age_seconds", lambda answer: original(answer) + seconds)
            yield

    def _access_to(self, stack: str) -> StackAccess:
        return StackAccess(
            stack=stack,
            outputs={
                "site_bucket_name": self.bucket,
                "site_distribution_id": self.distribution_id,
                "site_url": URL,
                **self.outputs,
            },
            region=REGION,
            account_id=ACCOUNT,
            endpoint_url=None,
            session=self,
        )

    def client(self, service: str, **options: Any) -> Any:
        """Replaces the session's method, so that each client is made once and its requests are counted."""
        return self.identity if service == "sts" else watched_client(service)


def broken_references(objects: dict[str, bytes]) -> list[str]:
    """Return the files that pages refer to but that are not there."""
    pages = [body.decode() for key, body in objects.items() if key.endswith(".html")]
    wanted = {name for page in pages for name in re.findall(r'(?:src|href)="/([^"]+)"', page)}
    return sorted(wanted - objects.keys())


def create_distribution(cloudfront: Any) -> str:
    """Create a distribution and return its id."""
    made = cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": "site",
            "Comment": "site",
            "Enabled": True,
            "Origins": {
                "Quantity": 1,
                "Items": [
                    {
                        "Id": "site",
                        "DomainName": f"{BUCKET}.s3.amazonaws.com",
                        "S3OriginConfig": {"OriginAccessIdentity": ""},
                    }
                ],
            },
            "DefaultCacheBehavior": {
                "TargetOriginId": "site",
                "ViewerProtocolPolicy": "redirect-to-https",
                "MinTTL": 0,
                "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
            },
        }
    )
    return str(made["Distribution"]["Id"])


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[SiteWorld]:
    with mock_aws():
        world = SiteWorld(monkeypatch, capsys, tmp_path)
        yield world
        for service in ("s3", "cloudfront"):
            world.network.leave(watched_client(service))


def release_files(number: int) -> dict[str, str | bytes]:
    """Return the files of a small site: two pages, two assets with a hash in their names, two files without a hash."""
    script, style = f"assets/app-{number:08x}a{number}.js", f"assets/app-{number:08x}b{number}.css"
    page = f'<!doctype html><link href="/{style}"><script src="/{script}"></script><img src="/logo.svg">{number}'
    return {
        "index.html": page,
        f"about/team-{number % 2}.html": page,
        script: f"console.log({number})",
        style: f"body {{ --release: {number} }}",
        "logo.svg": f"<svg><!-- {number} --></svg>",
        "robots.txt": "User-agent: *\n",
    }
