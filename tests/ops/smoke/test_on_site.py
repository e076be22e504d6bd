"""The smoke test of a stack whose API is below a path of its site, and that site's settings."""

import json
from typing import Any

import httpx
import pytest

from ops.frontend.settings import site_settings
from ops.smoke.visit import Finding, Status, Visit
from tests.ops.conftest import FakeSession
from tests.ops.smoke.test_commands import BY_NAME, FURTHER, INDEX, SITE, Gateway, Platform, found, visit

__all__ = ["visit"]

DEFAULT = "1.execute-api.us-east-1.amazonaws.com"
OWN = "origin.example.com"


class OneDomain(Platform):
    """Site and API under one domain name; the API's own name and its AWS domain name require the key.

    Attributes:
        past: Status of a request without the right key.
        by_default: Status of every request to AWS's name; None for the same as `past`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.config = {"apiUrl": "/api"}
        self.past = 403
        self.by_default: int | None = None
        self.allows = lambda origin: ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        if request.url.host == SITE and request.url.path.startswith("/api/"):
            path = request.url.path.removeprefix("/api")
            headers = {**request.headers, "x-api-key": "right"}
            return self.api(httpx.Request(request.method, f"https://{SITE}{path}", headers=headers))
        if request.url.host == SITE:
            return self.site(request)
        if request.url.host == FURTHER:
            return self.further(request.url.raw_path.decode())
        if request.url.host == DEFAULT and self.by_default is not None:
            return httpx.Response(self.by_default, content=b"Forbidden")
        if request.url.host in {DEFAULT, OWN}:
            return httpx.Response(self.past, content=b"Forbidden")
        return httpx.Response(self.bucket)


class KeyedGateway(Gateway):
    """An API whose operations all require the key, and whose AWS domain name is open."""

    open_path: str = ""
    default_endpoint_is_closed: bool = False

    def paginate(self, **_: Any) -> Any:
        for page in super().paginate():
            for item in page["items"]:
                for method, about in item.get("resourceMethods", {}).items():
                    about["apiKeyRequired"] = method != "OPTIONS" and item["path"] != self.open_path
            yield page

    def get_rest_api(self, **_: Any) -> dict[str, Any]:
        return {"disableExecuteApiEndpoint": self.default_endpoint_is_closed}


@pytest.fixture
def platform() -> OneDomain:
    return OneDomain()


@pytest.fixture
def on_site(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> Visit:
    visit.session.outputs.pop("api_key_id")
    visit.session.outputs["api_url"] = f"https://{SITE}/api"
    visit.session.outputs["api_gateway_url"] = f"https://{DEFAULT}/dev"
    clients = FakeSession.client
    monkeypatch.setattr(
        FakeSession,
        "client",
        lambda self, service, **_: KeyedGateway() if service == "apigateway" else clients(self, service),
    )
    return visit


@pytest.mark.parametrize("name", BY_NAME)
def test_a_stack_that_is_right_passes(on_site: Visit, name: str) -> None:
    finding = found(name, on_site)
    assert finding.status is (Status.SKIPPED if name == "cors" else Status.OK), finding


@pytest.mark.parametrize(
    ("name", "attribute", "value", "reason"),
    [
        ("api-health", "health", 503, "/health answers 503"),
        ("api-key", "past", 200, "200 without a key and 200 to a wrong one, not 403 to who comes past the site"),
        ("api-key", "with_key", 502, "answers 502 by way of the site"),
        ("default-endpoint", "past", 200, f"{DEFAULT} answers 200"),
        ("config", "config", {"apiUrl": f"https://{SITE}/api"}, "not one of /api"),
        ("config", "config", {"apiUrl": "/v1"}, "not one of /api"),
        ("cors-others", "allows", lambda origin: origin, "is answered for https://attacker.example"),
    ],
)
def test_what_is_wrong_is_found_and_said(
    on_site: Visit, platform: OneDomain, name: str, attribute: str, value: Any, reason: str
) -> None:
    setattr(platform, attribute, value)
    finding = found(name, on_site)
    assert finding.status is Status.FAILED
    assert reason in finding.reason


def test_an_operation_that_asks_for_no_key_is_a_way_past_the_site(
    on_site: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KeyedGateway, "open_path", "/health")
    finding = found("api-key", on_site)
    assert finding == Finding(
        Status.FAILED, "1 operations ask for no key, /health among them: anybody gets past the site to them"
    )


@pytest.mark.parametrize(("past", "status"), [(403, Status.OK), (200, Status.FAILED)])
def test_who_calls_the_apis_own_name_needs_the_key_too(
    on_site: Visit, platform: OneDomain, monkeypatch: pytest.MonkeyPatch, past: int, status: Status
) -> None:
    monkeypatch.setattr(KeyedGateway, "default_endpoint_is_closed", True)
    on_site.session.outputs["api_gateway_url"] = f"https://{OWN}/dev"
    platform.past, platform.by_default = past, 403

    assert found("api-key", on_site).status is status
    assert found("default-endpoint", on_site).status is Status.OK
    asked = [str(request.url) for request in platform.seen if request.url.host == OWN]
    assert asked == [f"https://{OWN}/dev/companies"] * 2


def test_an_open_default_endpoint_is_found_though_it_asks_for_the_key(on_site: Visit) -> None:
    on_site.session.outputs["api_gateway_url"] = f"https://{OWN}/dev"
    finding = found("default-endpoint", on_site)

    assert finding == Finding(Status.FAILED, f"{DEFAULT} is open, and CloudFront calls another name of the API")


def test_the_site_is_told_the_path_and_no_key(on_site: Visit) -> None:
    assert json.loads(site_settings(on_site.session)) == {"apiUrl": "/api", "stack": "dev"}


def test_deep_links_are_still_the_app(on_site: Visit, platform: OneDomain) -> None:
    platform.deep = b"{}"
    assert found("deep-link", on_site).status is Status.FAILED
    platform.deep = INDEX
    assert found("deep-link", on_site).status is Status.OK
