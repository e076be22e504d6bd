"""Checks of the site: pages, headers, caching, HTTPS and the bucket."""

import json
import re
import secrets
import socket
import ssl
from typing import Any, Final, cast
from urllib.parse import urlsplit

from ops.addresses import Address, served
from ops.smoke.visit import CONNECT_SECONDS, Answer, Check, Finding, Visit, failed, passed, skipped

YEAR_SECONDS: Final = 31_536_000
_ASSET: Final = re.compile(rb"""(?:src|href)=["'](/[^"'?#]+\.(?:js|css))["']""")
_MAX_AGE: Final = re.compile(r"max-age=(\d+)")


def names(visit: Visit) -> Finding:
    """Check that the names of the site and the API have IP addresses."""
    found: list[str] = []
    for where in (visit.site, visit.api):
        try:
            found.append(f"{where.host} is {_address(where)}")
        except OSError as error:
            return failed(f"{where.host} has no address: {error.strerror or error}")
    return passed("; ".join(found))


def answers(visit: Visit) -> Finding:
    """Check that ``/`` answers with an HTML page."""
    page = visit.index
    kind = page.header("content-type")
    ok = page.status == 200 and kind.startswith("text/html")  # noqa: PLR2004
    return (passed if ok else failed)(f"/ answers {page.status} as {kind or 'nothing'}")


def headers(visit: Visit) -> Finding:
    """Check the security headers of ``/`` (OWASP Secure Headers Project)."""
    page = visit.index
    policy = page.header("content-security-policy")
    wanted = {
        "content-security-policy without 'unsafe-eval' and with default-src": "default-src" in policy
        and "'unsafe-eval'" not in policy,
        "a ban on frames": "frame-ancestors" in policy or bool(page.header("x-frame-options")),
        # The local edge does not send this header: browsers would apply it to the edge's HTTP port too.
        "strict-transport-security": visit.session.is_local
        or _max_age(page.header("strict-transport-security")) >= YEAR_SECONDS,
        "x-content-type-options: nosniff": page.header("x-content-type-options") == "nosniff",
        "referrer-policy": bool(page.header("referrer-policy")),
    }
    missing = [name for name, is_there in wanted.items() if not is_there]
    told = [name for name in page.headers if name.lower().startswith("x-amz-server-side-encryption")]
    if missing or told:
        return failed("; ".join([f"/ lacks {name}" for name in missing] + [f"/ tells {name}" for name in told]))
    return passed(f"{len(wanted)} rules hold")


def deep_link(visit: Visit) -> Finding:
    """Check that a path inside the app is answered with the first page."""
    path = f"/smoke/{secrets.token_hex(4)}/link"
    page = visit.ask(visit.site, path, headers={"Accept": "text/html"})
    if page.status != 200 or page.body != visit.index.body:  # noqa: PLR2004
        return failed(f"{path} answers {page.status}, and not the first page")
    return passed(f"{path} gives the first page")


def missing_asset(visit: Visit) -> Finding:
    """Check that a missing asset is not answered with the first page: a browser would run it as the script."""
    path = f"/assets/smoke-{secrets.token_hex(4)}.js"
    page = visit.ask(visit.site, path)
    ok = page.status in {403, 404}
    return (passed if ok else failed)(f"{path} answers {page.status}")


def asset_cache(visit: Visit) -> Finding:
    """Check that browsers cache an asset of the first page, whose name changes with its content, for a year."""
    found = [path.decode() for path in _ASSET.findall(visit.index.body)]
    if not found:
        return skipped("the first page names no script or style")
    asset = visit.ask(visit.site, found[0], headers={"Accept-Encoding": "gzip, br"})
    cache = asset.header("cache-control")
    if asset.status != 200:  # noqa: PLR2004
        return failed(f"{found[0]} answers {asset.status}")
    ok = "immutable" in cache and _max_age(cache) >= YEAR_SECONDS
    return (passed if ok else failed)(f"{found[0]} has cache-control {cache or 'missing'}")


def index_cache(visit: Visit) -> Finding:
    """Check that browsers do not use a cached first page without a request, so that visitors see a new release."""
    cache = visit.index.header("cache-control")
    ok = "no-cache" in cache or "no-store" in cache or "max-age=0" in cache
    return (passed if ok else failed)(f"/ has cache-control {cache or 'missing'}")


def settings(visit: Visit) -> Finding:
    """Check that ``/config.json`` contains the address of the stack's API."""
    page = visit.ask(visit.site, "/config.json")
    if page.status != 200:  # noqa: PLR2004
        return failed(f"/config.json answers {page.status}")
    try:
        url = json.loads(page.body)["apiUrl"]
    except (ValueError, KeyError, TypeError):
        return failed("/config.json is no JSON object with apiUrl")
    known = {visit.api.url.rstrip("/"), visit.session.output("api_url").rstrip("/")}
    if visit.api_path is not None:
        # A whole URL would be another origin for visitors who use another name of the site, and CORS would refuse it.
        known = {visit.api_path}
    is_path = isinstance(url, str) and url.startswith("/") and visit.api_path is None
    is_own = is_path or (isinstance(url, str) and url.rstrip("/") in known)
    return passed(f"apiUrl is {url}") if is_own else failed(f"apiUrl is {url!r}, not one of {', '.join(sorted(known))}")


def https_only(visit: Visit) -> Finding:
    """Check that HTTP redirects to HTTPS; on the local stack with TLS, check the certificates instead."""
    if visit.session.is_local:
        return skipped("the local edge speaks HTTP") if visit.site.authority is None else _certificates(visit)
    page = visit.fetch(f"http://{visit.site.host}/")
    to = page.headers.get("location", "")
    ok = page.status in {301, 308} and to.startswith("https://")
    return (passed if ok else failed)(f"http://{visit.site.host}/ answers {page.status} {to}".rstrip())


def _certificates(visit: Visit) -> Finding:
    names = [where.host.rpartition(":")[0] for where in (visit.site, visit.api)]
    for where, name in zip((visit.site, visit.api), names, strict=True):
        try:
            _shake_hands(where, name)
        except OSError as error:
            return failed(f"{name} has no certificate that {where.authority} vouches for: {error}")
    return passed(f"{' and '.join(names)} have certificates that {visit.site.authority} vouches for")


def _shake_hands(where: Address, name: str) -> None:
    context = where.verify
    if where.connect_to is None or not isinstance(context, ssl.SSLContext):
        raise ValueError(f"{where.url} is not at an edge of this machine with TLS")
    with socket.create_connection(where.connect_to, timeout=CONNECT_SECONDS) as plain:
        context.wrap_socket(plain, server_hostname=name).close()


def further_names(visit: Visit) -> Finding:
    """Check that the site's further names, such as www, redirect to the main one, with the path and the query.

    Where the distribution has no function that could redirect (``frontend.routing`` is error-responses), they must
    answer with the site.
    """
    client = visit.session.client("cloudfront")
    about = client.get_distribution(Id=visit.session.output("site_distribution_id"))["Distribution"]
    config = cast("dict[str, Any]", about["DistributionConfig"])
    main = urlsplit(visit.session.output("site_url")).hostname
    further = sorted(name for name in config.get("Aliases", {}).get("Items", ()) if name != main)
    if not further:
        return skipped("the site has one name")
    redirects = bool(config["DefaultCacheBehavior"].get("FunctionAssociations", {}).get("Items"))
    path = f"/smoke/{secrets.token_hex(4)}?from=smoke" if redirects else "/"
    wanted = f"{visit.site.url.rstrip('/')}{path}"
    for name in further:
        page = _at_further_name(visit, name, path)
        said = f"https://{name}{path} answers {page.status} {page.headers.get('location', '')}".rstrip()
        if redirects and (page.status, page.headers.get("location")) != (301, wanted):
            return failed(f"{said}, not 301 {wanted}")
        if not redirects and (page.status != 200 or page.body != visit.index.body):  # noqa: PLR2004
            return failed(f"{said}, and not with the site")
    return passed(f"{', '.join(further)} {f'redirect to {main}' if redirects else 'answer with the site'}")


def _at_further_name(visit: Visit, name: str, path: str) -> Answer:
    if visit.session.is_local:
        return visit.ask(visit.site.beside(name), path)
    return visit.fetch(f"https://{name}{path}")


def bucket_closed(visit: Visit) -> Finding:
    """Check that the site's bucket refuses requests that bypass CloudFront."""
    bucket, region = visit.session.output("site_bucket_name"), visit.session.region
    if visit.session.is_local:
        port = _storage_port(visit)
        if port is None:
            return skipped("the local data path does not serve Amazon S3's public side")
        page = visit.fetch(f"http://{port}/{bucket}/index.html")
    else:
        page = visit.fetch(f"https://{bucket}.s3.{region}.amazonaws.com/index.html")
    return _refused(page, f"{bucket}/index.html")


def _refused(page: Answer, what: str) -> Finding:
    return (passed if page.status == 403 else failed)(f"{what} answers {page.status} to a request of its own")  # noqa: PLR2004


def _storage_port(visit: Visit) -> str | None:
    return served().get(f"s3.{visit.session.region}.amazonaws.com:443")


def _max_age(text: str) -> int:
    found = _MAX_AGE.search(text)
    return int(found[1]) if found else 0


def _address(where: Address) -> str:
    if where.connect_to is not None:
        host, port = where.connect_to
        socket.create_connection((host, port), timeout=5).close()
        return f"{host}:{port}"
    return str(socket.getaddrinfo(where.host.partition(":")[0], 443, type=socket.SOCK_STREAM)[0][4][0])


CHECKS: Final = (
    Check("names", "the names of site and API have addresses", names),
    Check("site", "the first page is served", answers),
    Check("site-headers", "the responses have the security headers", headers),
    Check("deep-link", "a deep link returns the app", deep_link),
    Check("missing-asset", "a missing file answers 404 or 403", missing_asset),
    Check("asset-cache", "browsers cache assets for a year", asset_cache),
    Check("index-cache", "browsers revalidate the first page", index_cache),
    Check("config", "config.json names this stack's API", settings),
    Check("https", "HTTP redirects to HTTPS; locally, the certificates are valid", https_only),
    Check("further-names", "further names of the site redirect to the main one", further_names),
    Check("bucket", "the bucket refuses requests that bypass CloudFront", bucket_closed),
)
