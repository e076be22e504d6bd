"""Checks of the API: requests through the gateway with and without the API key, CORS, and throttling."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, cast
from urllib.parse import urlsplit

from ops.smoke.visit import Answer, Check, Finding, Visit, failed, passed, skipped

FOREIGN_ORIGIN: Final = "https://attacker.example"
MOST_REQUESTS: Final = 400
"""Maximum number of requests in a burst: the check must not become an attack."""
WORKERS: Final = 32
OK: Final = 200
FORBIDDEN: Final = 403
TOO_MANY: Final = 429
SERVER_ERROR: Final = 500
_CLOSED: Final = "disableExecuteApiEndpoint"


def health(visit: Visit) -> Finding:
    """Check that the service answers at the API's public address."""
    path = _health_path(visit)
    if path is None:
        return skipped("the API has no operation GET /health that anybody may call")
    page = visit.ask(visit.api, path)
    return (passed if page.status == OK else failed)(f"{path} answers {page.status}")


def key_required(visit: Visit) -> Finding:
    """Check that the gateway refuses requests without a valid API key, and accepts the stack's key."""
    path = _keyed_path(visit)
    if path is None:
        return skipped("no GET operation without parameters asks for an API key")
    if visit.api_path is not None:
        return _key_required_past_the_site(visit, path)
    without = visit.ask(visit.api, path)
    wrong = visit.ask(visit.api, path, headers={"x-api-key": "smoke-test"})
    if without.status != FORBIDDEN or wrong.status != FORBIDDEN:
        return failed(f"{path} answers {without.status} without a key and {wrong.status} to a wrong one, not 403")
    key = visit.api_key
    if key is None:
        return passed(f"{path} answers 403 without a key; the stack has none to try")
    right = visit.ask(visit.api, path, headers={"x-api-key": key})
    ok = right.status < SERVER_ERROR and not (right.status == FORBIDDEN and right.body == without.body)
    return (passed if ok else failed)(f"{path} answers 403 without a key and {right.status} with it")


def _key_required_past_the_site(visit: Visit, path: str) -> Finding:
    """Check an API below a path of the site: CloudFront adds the key, and a request that bypasses it is refused."""
    page = visit.ask(visit.api, path)
    open_paths = [way for _, way, needs_key in visit.operations if not needs_key]
    if open_paths:
        text = f"{len(open_paths)} operations ask for no key, {open_paths[0]} among them"
        return failed(f"{text}: anybody gets past the site to them")
    without = _past_the_site(visit, path)
    wrong = _past_the_site(visit, path, {"x-api-key": "smoke-test"})
    if without.status != FORBIDDEN or wrong.status != FORBIDDEN:
        said = f"{without.status} without a key and {wrong.status} to a wrong one, not 403"
        return failed(f"{path} answers {said} to who comes past the site")
    ok = page.status < SERVER_ERROR and not (page.status == FORBIDDEN and page.body == without.body)
    return (passed if ok else failed)(f"{path} answers {page.status} by way of the site, and 403 past it")


def cors_of_the_site(visit: Visit) -> Finding:
    """Check that CORS lets the site call the API, and send its key even to operations that need no key."""
    if visit.api_path is not None:
        return skipped(f"the API is at {visit.api_path} of the site, whose pages need no leave")
    origin = _origin(visit)
    paths = [path for path in (_keyed_path(visit), _health_path(visit)) if path is not None] or ["/health"]
    for path in paths:
        page = visit.ask(visit.api, path, method="OPTIONS", headers=_preflight(origin))
        allowed = page.headers.get("access-control-allow-origin", "")
        if page.status not in {200, 204} or allowed != origin:
            return failed(f"{path}: a preflight from {origin} is answered {page.status}, for {allowed or 'nobody'}")
        headers = page.header("access-control-allow-headers").replace(" ", "").split(",")
        if "api_key_id" in visit.session.outputs and not {"x-api-key", "*"} & set(headers):
            return failed(f"{path}: a preflight from {origin} does not allow X-Api-Key, which the site sends")
    return passed(f"preflights from {origin} to {' and '.join(paths)} are answered for it")


def cors_of_others(visit: Visit) -> Finding:
    """Check that CORS does not let other sites call the API."""
    path = _keyed_path(visit) or "/health"
    page = visit.ask(visit.api, path, method="OPTIONS", headers=_preflight(FOREIGN_ORIGIN))
    allowed = page.headers.get("access-control-allow-origin", "")
    ok = allowed not in {FOREIGN_ORIGIN, "*", "null"}
    return (passed if ok else failed)(f"a preflight from {FOREIGN_ORIGIN} is answered for {allowed or 'nobody'}")


def throttled(visit: Visit) -> Finding:
    """Check that the gateway answers too many requests with 429.

    The burst goes to the operation with the smallest limit. Its body is an empty object, which a request validator
    refuses.
    """
    limits = _limits(visit)
    if not limits:
        return skipped("no operation has a limit of its own, and the check would not reach the stage's")
    burst, rate, method, path = min(limits)
    count = int(burst + 2 * rate) + 10
    if count > MOST_REQUESTS:
        return skipped(
            f"the smallest limit, of {method} {path}, needs {count} requests; at most {MOST_REQUESTS} are sent"
        )
    key = visit.api_key
    headers = {"content-type": "application/json"} | ({} if key is None else {"x-api-key": key})

    def once(_: int) -> int:
        return visit.ask(visit.api, path, method=method, headers=headers, content=b"{}").status

    with ThreadPoolExecutor(min(WORKERS, count)) as pool:
        statuses = list(pool.map(once, range(count)))
    turned_away, broken = statuses.count(TOO_MANY), sum(status >= SERVER_ERROR for status in statuses)
    said = f"{method} {path}: {turned_away} of {count} requests are answered 429, {broken} with an error"
    return (passed if turned_away and not broken else failed)(said)


def default_endpoint_closed(visit: Visit) -> Finding:
    """Check that the API does not answer at AWS's default endpoint, which would bypass its own domain and web ACL."""
    api_id = visit.session.output("api_id")
    about = visit.session.client("apigateway").get_rest_api(restApiId=api_id)
    host, stage, is_open = _default_host(visit), visit.session.output("api_stage_name"), not about.get(_CLOSED)
    if is_open and visit.api_path is None:
        return skipped("the API answers under AWS's name on purpose")
    # Without the key, an open endpoint and a closed one answer the same.
    if is_open and urlsplit(visit.session.output("api_gateway_url")).netloc != host:
        return failed(f"{host} is open, and CloudFront calls another name of the API")
    page = _at_api_gateway(visit, f"https://{host}/{stage}", _health_path(visit) or "/health")
    ok = page.status in {403, 404, 421}
    return (passed if ok else failed)(f"{host} answers {page.status}")


def _default_host(visit: Visit) -> str:
    return f"{visit.session.output('api_id')}.execute-api.{visit.session.region}.amazonaws.com"


def _past_the_site(visit: Visit, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Send a request to the address that CloudFront calls."""
    return _at_api_gateway(visit, visit.session.output("api_gateway_url"), path, headers)


def _at_api_gateway(visit: Visit, url: str, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Send a request to one of the API's addresses at API Gateway.

    Args:
        visit: The visit.
        url: The address, with the stage if it is part of the address.
        path: Path of an operation.
        headers: Further headers.
    """
    if not visit.session.is_local:
        return visit.fetch(f"{url}{path}", headers=headers)
    parts = urlsplit(url)
    return visit.ask(visit.site.beside(parts.netloc), f"{parts.path}{path}", headers=headers)


def _health_path(visit: Visit) -> str | None:
    # Below a path of the site, callers need no key, because CloudFront adds it.
    paths = (
        path
        for method, path, needs_key in visit.operations
        if method == "GET" and (visit.api_path is not None or not needs_key)
    )
    return next((path for path in paths if path.endswith("/health")), None)


def _keyed_path(visit: Visit) -> str | None:
    paths = (path for method, path, needs_key in visit.operations if method == "GET" and needs_key and "{" not in path)
    return next(paths, None)


def _origin(visit: Visit) -> str:
    scheme, _, rest = visit.site.url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def _preflight(origin: str) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization,x-api-key",
    }


def _limits(visit: Visit) -> list[tuple[int, float, str, str]]:
    """Return burst, rate, method and path of each operation with a limit of its own."""
    stage = visit.session.client("apigateway").get_stage(
        restApiId=visit.session.output("api_id"), stageName=visit.session.output("api_stage_name")
    )
    settings = cast("dict[str, dict[str, Any]]", stage.get("methodSettings", {}))
    return list(_named(settings.items()))


def _named(settings: Iterable[tuple[str, dict[str, Any]]]) -> Iterable[tuple[int, float, str, str]]:
    for key, about in settings:
        resource, _, method = key.rpartition("/")
        burst, rate = about.get("throttlingBurstLimit", -1), about.get("throttlingRateLimit", -1)
        if method != "*" and burst > 0 and rate > 0:
            yield int(burst), float(rate), method, resource.replace("~1", "/").replace("~0", "~")


CHECKS: Final = (
    Check("api-health", "the service answers through the gateway", health),
    Check("api-key", "requests without the API key are refused", key_required),
    Check("cors", "the site may call the API", cors_of_the_site),
    Check("cors-others", "other sites may not call the API", cors_of_others),
    Check("default-endpoint", "the API does not answer under AWS's own name", default_endpoint_closed),
    Check("throttle", "too many requests are turned away", throttled, is_burst=True),
)
