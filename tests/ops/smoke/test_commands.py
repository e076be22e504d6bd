"""The smoke test: each check passes for a correct stack, and fails for a stack with just one fault."""

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from ops.cli import main
from ops.errors import AWS_REFUSED, FAILED, USER_ERROR
from ops.smoke import commands as smoke
from ops.smoke import inside as smoke_inside
from ops.smoke import site as smoke_site
from ops.smoke.commands import CHECKS, choose
from ops.smoke.visit import Check, Finding, Status, Visit, carried_out
from tests.ops.conftest import FakeSession

INDEX = b'<html><script src="/assets/app-1a2b3c4d.js"></script></html>'
SITE, API = "www.example.invalid", "api.example.invalid"
FURTHER = "example.invalid"
"""A further name of the site, which redirects to `SITE`."""
BALANCER, DATABASE = "lb-1.elb.amazonaws.com", "db.rds.amazonaws.com"
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-cache",
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
    "strict-transport-security": "max-age=63072000",
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin",
}
BY_NAME = {check.name: check for check in CHECKS}


class Platform:
    """A correct stack, answered over HTTP; a test adds a fault."""

    def __init__(self) -> None:
        self.headers = dict(HEADERS)
        self.asset_cache = "public, max-age=31536000, immutable"
        self.missing = 404
        self.deep = INDEX
        self.config: Any = {"apiUrl": f"https://{API}"}
        self.bucket = self.default_endpoint = 403
        self.health = 200
        self.without_key = 403
        self.with_key = 401
        self.allows: Callable[[str], str] = lambda origin: origin if origin == f"https://{SITE}" else ""
        self.open_headers = "X-Api-Key"
        self.redirect = 301
        self.further: Callable[[str], httpx.Response] = lambda path: moved(301, f"https://{SITE}{path}")
        self.limit = 5
        self.bursts = 0
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        host = request.url.host
        if host == SITE:
            return self.site(request)
        if host == API:
            return self.api(request)
        if host == FURTHER:
            return self.further(request.url.raw_path.decode())
        return httpx.Response(self.bucket if ".s3." in host else self.default_endpoint)

    def site(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.url.scheme == "http":
            return httpx.Response(self.redirect, headers={"location": f"https://{SITE}/"})
        if path == "/config.json":
            return httpx.Response(200, content=json.dumps(self.config))
        if path == "/assets/app-1a2b3c4d.js":
            return httpx.Response(200, headers={"cache-control": self.asset_cache})
        if path.startswith("/assets/"):
            return httpx.Response(self.missing)
        return httpx.Response(200, headers=self.headers, content=INDEX if path == "/" else self.deep)

    def api(self, request: httpx.Request) -> httpx.Response:
        if request.method == "OPTIONS":
            allowed = self.allows(request.headers["origin"])
            headers = self.open_headers if request.url.path == "/health" else "Authorization,X-Api-Key"
            granted = {"access-control-allow-origin": allowed, "access-control-allow-headers": headers}
            return httpx.Response(204, headers=granted if allowed else {})
        if request.url.path == "/health":
            return httpx.Response(self.health)
        if request.url.path == "/login":
            self.bursts += 1
            return httpx.Response(400 if self.bursts <= self.limit else 429)
        key = request.headers.get("x-api-key")
        return httpx.Response(self.with_key if key == "right" else self.without_key, content=str(key))


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def visit(bare_session: FakeSession, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    session = bare_session
    session.outputs.update(
        site_bucket_name="site", database_identifier="db", api_id="1", api_stage_name="dev", api_key_id="k"
    )
    session.outputs["site_distribution_id"] = "E1"
    clients: dict[str, Any] = {
        "apigateway": Gateway(),
        "cloudfront": Distributions(),
        "rds": Databases(),
        "ecs": session.ecs,
        "elbv2": Balancers(),
    }
    monkeypatch.setattr(FakeSession, "client", lambda self, service, **_: clients[service])
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: [(0, 0, 0, "", (addresses(host), 443))])

    def refused(*_: object, **__: object) -> None:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", refused)
    with httpx.Client(transport=httpx.MockTransport(platform)) as http:
        yield Visit(session, http)


def addresses(host: str) -> str:
    return "10.0.1.1" if host in {BALANCER, DATABASE} else "192.0.2.1"


class Gateway:
    def get_api_key(self, **_: Any) -> dict[str, Any]:
        return {"value": "right"}

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        def resource(path: str, method: str, *, key: bool) -> dict[str, Any]:
            return {"path": path, "resourceMethods": {method: {"apiKeyRequired": key}, "OPTIONS": {}}}

        yield {
            "items": [
                resource("/companies/{id}", "GET", key=True),
                resource("/companies", "GET", key=True),
                resource("/health", "GET", key=False),
                resource("/login", "POST", key=True),
                {"path": "/"},
            ]
        }

    def get_stage(self, **_: Any) -> dict[str, Any]:
        return {
            "methodSettings": {
                "*/*": {"throttlingBurstLimit": 1, "throttlingRateLimit": 1.0},
                "~1login/POST": {"throttlingBurstLimit": 5, "throttlingRateLimit": 2.0},
            }
        }

    def get_rest_api(self, **_: Any) -> dict[str, Any]:
        return {"disableExecuteApiEndpoint": True}


class Distributions:
    aliases: tuple[str, ...] = (SITE, FURTHER)
    has_function = True

    def get_distribution(self, **_: Any) -> dict[str, Any]:
        functions = [{"EventType": "viewer-request", "FunctionARN": "f"}] if self.has_function else []
        behavior = {"FunctionAssociations": {"Quantity": len(functions), "Items": functions}}
        aliases = {"Quantity": len(self.aliases), "Items": list(self.aliases)}
        return {"Distribution": {"DistributionConfig": {"Aliases": aliases, "DefaultCacheBehavior": behavior}}}


class Databases:
    public = False

    def describe_db_instances(self, **_: Any) -> dict[str, Any]:
        endpoint = {"Address": DATABASE, "Port": 5432}
        groups = [{"VpcSecurityGroupId": "sg-1"}]
        return {"DBInstances": [{"PubliclyAccessible": self.public, "Endpoint": endpoint, "VpcSecurityGroups": groups}]}


class Balancers:
    scheme = "internal"

    def describe_target_groups(self, **_: Any) -> dict[str, Any]:
        return {"TargetGroups": [{"LoadBalancerArns": ["lb"]}]}

    def describe_load_balancers(self, **_: Any) -> dict[str, Any]:
        return {"LoadBalancers": [{"LoadBalancerArn": "lb", "DNSName": BALANCER, "Scheme": self.scheme}]}

    def describe_listeners(self, **_: Any) -> dict[str, Any]:
        return {"Listeners": [{"Port": 80}]}


def found(name: str, visit: Visit) -> Finding:
    return carried_out(BY_NAME[name], visit)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_stack_that_is_right_passes(visit: Visit, name: str) -> None:
    finding = found(name, visit)
    assert finding.status is Status.OK, finding


def moved(status: int, location: str) -> httpx.Response:
    return httpx.Response(status, headers={"location": location})


SPOILED: list[tuple[str, str, Any, str]] = [
    ("site", "headers", {**HEADERS, "content-type": "text/plain"}, "/ answers 200 as text/plain"),
    ("site-headers", "headers", {k: v for k, v in HEADERS.items() if "policy" not in k}, "lacks referrer-policy"),
    ("site-headers", "headers", {**HEADERS, "strict-transport-security": "max-age=60"}, "lacks strict-transport"),
    ("site-headers", "headers", {**HEADERS, "content-security-policy": "default-src * 'unsafe-eval'"}, "unsafe-eval"),
    ("site-headers", "headers", {**HEADERS, "x-amz-server-side-encryption": "aws:kms"}, "tells x-amz-server"),
    ("deep-link", "deep", b"<html>Not found</html>", "and not the first page"),
    ("missing-asset", "missing", 200, "answers 200"),
    ("asset-cache", "asset_cache", "no-cache", "has cache-control no-cache"),
    ("index-cache", "headers", {**HEADERS, "cache-control": "max-age=600"}, "has cache-control max-age=600"),
    ("config", "config", {"apiUrl": "https://other.example"}, "apiUrl is 'https://other.example'"),
    ("config", "config", [], "no JSON object with apiUrl"),
    ("https", "redirect", 200, "answers 200"),
    ("further-names", "further", lambda _: httpx.Response(200, content=INDEX), f"https://{FURTHER}/smoke/"),
    ("further-names", "further", lambda path: moved(302, f"https://{SITE}{path}"), "answers 302 https://www."),
    ("further-names", "further", lambda _: moved(301, f"https://{SITE}/"), f"answers 301 https://{SITE}/, not 301"),
    ("bucket", "bucket", 200, "answers 200"),
    ("api-health", "health", 504, "/health answers 504"),
    ("api-key", "without_key", 401, "not 403"),
    ("api-key", "with_key", 500, "and 500 with it"),
    ("cors", "allows", lambda origin: "https://other.example", "for https://other.example"),
    ("cors", "allows", lambda origin: "", "for nobody"),
    ("cors", "open_headers", "Content-Type", "/health: a preflight from https://www.example.invalid does not allow"),
    ("cors-others", "allows", lambda origin: origin, "is answered for https://attacker.example"),
    ("cors-others", "allows", lambda origin: "*", "is answered for *"),
    ("default-endpoint", "default_endpoint", 200, "answers 200"),
    ("throttle", "limit", 10_000, "0 of 19 requests are answered 429"),
]


@pytest.mark.parametrize(("name", "attribute", "value", "reason"), SPOILED)
def test_what_is_wrong_is_found_and_said(
    visit: Visit, platform: Platform, name: str, attribute: str, value: Any, reason: str
) -> None:
    setattr(platform, attribute, value)
    finding = found(name, visit)
    assert finding.status is Status.FAILED
    assert reason in finding.reason


def test_each_check_over_http_is_shown_to_fail() -> None:
    over_http = {check.name for check in CHECKS} - {"names", "balancer", "database"}
    assert {name for name, *_ in SPOILED} == over_http


def test_the_key_is_never_said(visit: Visit) -> None:
    assert not any("right" in found(name, visit).reason for name in BY_NAME)


def test_a_site_without_further_names_has_nothing_to_redirect(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Distributions, "aliases", (SITE,))
    assert found("further-names", visit) == Finding(Status.SKIPPED, "the site has one name")


def test_without_the_function_further_names_answer_with_the_site(
    visit: Visit, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Distributions, "has_function", False)
    finding = found("further-names", visit)
    assert finding.status is Status.FAILED
    assert "and not with the site" in finding.reason
    platform.further = lambda _: httpx.Response(200, content=INDEX)
    assert found("further-names", visit).status is Status.OK


def test_names_without_an_address_fail(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(smoke_site.socket, "getaddrinfo", unknown)
    assert found("names", visit) == Finding(Status.FAILED, f"{SITE} has no address: Name or service not known")
    assert found("database", visit).status is Status.OK


def test_an_open_database_or_balancer_fails(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Databases, "public", True)
    assert "publicly accessible" in found("database", visit).reason
    monkeypatch.setattr(Balancers, "scheme", "internet-facing")
    assert found("balancer", visit).status is Status.FAILED
    monkeypatch.undo()


def test_what_can_be_connected_to_fails(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke_inside.socket, "create_connection", lambda *_, **__: socket.socket())
    assert f"{DATABASE}:5432 can be connected to from here" in found("database", visit).reason
    monkeypatch.setattr(smoke_inside.socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("8.8.8.8", 1))])
    assert "has the public address 8.8.8.8" in found("balancer", visit).reason


def raises(error: Exception) -> Check:
    def look(_: Visit) -> Finding:
        raise error

    return Check("x", "x", look)


def test_no_answer_is_a_failure_and_a_refused_look_is_skipped(visit: Visit) -> None:
    assert carried_out(raises(httpx.ConnectError("refused")), visit).status is Status.FAILED
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetStage")
    assert carried_out(raises(denied), visit) == Finding(
        Status.SKIPPED, "the credentials may not do GetStage: let them, or use others (AccessDeniedException)"
    )
    expired = ClientError({"Error": {"Code": "ExpiredTokenException", "Message": "no"}}, "GetStage")
    with pytest.raises(ClientError):
        carried_out(raises(expired), visit)


def test_prod_gets_no_burst_unless_asked() -> None:
    assert "throttle" not in [check.name for check in choose((), (), bursts=False)]
    assert [check.name for check in choose(("throttle",), (), bursts=False)] == ["throttle"]
    assert "cors" not in [check.name for check in choose((), ("cors",), bursts=True)]
    with pytest.raises(ValueError, match="--skip=nothing is no check; there are names"):
        choose((), ("nothing",), bursts=True)


def test_a_burst_is_bounded(visit: Visit, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = {"methodSettings": {"~1login/POST": {"throttlingBurstLimit": 5000, "throttlingRateLimit": 10.0}}}
    monkeypatch.setattr(Gateway, "get_stage", lambda self, **_: stage)
    assert found("throttle", visit).status is Status.SKIPPED
    assert platform.bursts == 0


@pytest.fixture
def command(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke.aws, "connect", lambda stack: visit.session)
    monkeypatch.setattr(smoke, "Visit", lambda session, http: visit)


def test_the_command_prints_a_table_and_fails_for_one(
    command: None, platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["smoke", "--stack", "dev"]) == 0
    assert "19 checks hold, 0 failed, 0 skipped" in capsys.readouterr().out
    platform.health = 503
    platform.bursts = 0
    assert main(["smoke", "--stack", "dev", "--json"]) == FAILED
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["name"] for line in lines if line.get("status") == "failed"] == ["api-health"]
    assert lines[-1]["failed"] == 1


def test_wrong_names_and_lost_credentials_have_their_exit_codes(
    command: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["smoke", "--stack", "dev", "--only", "nothing"]) == USER_ERROR
    error = ClientError({"Error": {"Code": "ExpiredTokenException", "Message": "no"}}, "GetStage")
    monkeypatch.setattr(smoke, "CHECKS", (raises(error),))
    assert main(["smoke", "--stack", "dev"]) == AWS_REFUSED
    assert "the AWS credentials have expired" in capsys.readouterr().err
