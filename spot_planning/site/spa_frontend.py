"""Plans the site of a single-page app as plain data: its routes, names, TLS and bucket access."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spot_planning.iam.policy_documents import Statement, statement
from spot_planning.problems import Problem
from spot_planning.site.api_path import ERRORS_KEPT_BY_DEFAULT
from spot_planning.site.releases import RELEASES_PREFIX
from spot_planning.site.settings import Routing, SpaFrontendSettings
from spot_planning.waf.web_acl import CLOUDFRONT_REGION

INDEX_DOCUMENT = "index.html"
ASSETS_PREFIX = "/assets/"
WELL_KNOWN_PREFIX = "/.well-known/"
"""Prefix of files without an extension (RFC 8615): ``apple-app-site-association``, ACME challenges."""
KEPT_PREFIXES = (ASSETS_PREFIX, WELL_KNOWN_PREFIX)

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
"""The managed cache policy CachingOptimized: no cookies, headers or query strings in the cache key, gzip and Brotli,
and a TTL of 1 s to 1 year from `Cache-Control` (Amazon CloudFront Developer Guide, "Use managed cache policies")."""

FUNCTION_RUNTIME = "cloudfront-js-2.0"
FUNCTION_SIZE_LIMIT_BYTES = 10_240
"""Largest CloudFront Function (Amazon CloudFront Developer Guide, "Quotas on CloudFront Functions")."""


@dataclass(frozen=True, kw_only=True)
class ErrorResponse:
    """A custom error response for an error of the origin. By default, viewers get the app with status 200 instead."""

    error_code: int
    response_code: int | None = 200
    response_page_path: str | None = f"/{INDEX_DOCUMENT}"
    """Path of the page; None, together with `response_code` None, to pass on the origin's response unchanged."""
    caching_seconds: int = 10


@dataclass(frozen=True, kw_only=True)
class SpaPlan:
    """A site as plain data."""

    function_code: str | None
    """Code of the viewer-request function; None if error responses do the routing."""
    error_responses: tuple[ErrorResponse, ...]
    hsts_include_subdomains: bool
    minimum_protocol_version: str | None
    """CloudFront's security policy; None with CloudFront's own certificate, whose policy is always TLSv1."""


def plan_spa(
    settings: SpaFrontendSettings,
    *,
    domain_names: Sequence[str],
    behind_web_acl: bool,
    zone_name: str | None = None,
    has_api: bool = False,
) -> SpaPlan:
    """Plan a site.

    Args:
        settings: Checked settings.
        domain_names: The site's domain names, in lower case; empty for CloudFront's own name.
        behind_web_acl: Whether a web ACL protects the distribution.
        zone_name: Name of the zone that contains the domain names; None if it is unknown.
        has_api: Whether a path of the site leads to an API.
    """
    chosen = settings.hsts_include_subdomains
    routed_by_function = settings.routing == Routing.VIEWER_REQUEST
    return SpaPlan(
        function_code=viewer_request_function(domain_names) if routed_by_function else None,
        error_responses=_never_kept()
        if has_api
        else _not_found(settings.not_found_page)
        if routed_by_function
        else _error_responses(behind_web_acl=behind_web_acl),
        hsts_include_subdomains=_may_force_subdomains(domain_names, zone_name) if chosen is None else chosen,
        minimum_protocol_version=settings.minimum_protocol_version if domain_names else None,
    )


def _may_force_subdomains(domain_names: Sequence[str], zone_name: str | None) -> bool:
    """Check that HTTPS for all subdomains reaches no other name of the zone, which browsers would not forget soon.

    Args:
        domain_names: The site's domain names.
        zone_name: Name of the zone that contains them; None if it is unknown, so that one of them may be the zone's.
    """
    return not domain_names or (zone_name is not None and zone_name not in domain_names)


def name_problems(
    domain_names: Sequence[str], certificate: object | None, hosted_zone: object | None
) -> Iterator[Problem]:
    """Check that a site's domain names and their certificate and hosted zone are given together.

    Args:
        domain_names: The site's domain names.
        certificate: ARN of the certificate, or an Output; None for none.
        hosted_zone: Id of the hosted zone for the alias records, or an Output; None for none.
    """
    if domain_names and certificate is None:
        yield Problem(("domain_names",), "needs certificate_arn")
    for key, value in (("certificate_arn", certificate), ("hosted_zone_id", hosted_zone)):
        # An Output may turn out to be None.
        if not domain_names and isinstance(value, str):
            yield Problem((key,), "needs domain_names")
    if isinstance(certificate, str) and certificate.split(":")[3:4] != [CLOUDFRONT_REGION]:
        yield Problem(("certificate_arn",), f"is not in {CLOUDFRONT_REGION}, where CloudFront looks for it")


def _never_kept() -> tuple[ErrorResponse, ...]:
    return tuple(
        ErrorResponse(error_code=code, response_code=None, response_page_path=None, caching_seconds=0)
        for code in ERRORS_KEPT_BY_DEFAULT
    )


def _not_found(page: str | None) -> tuple[ErrorResponse, ...]:
    return () if page is None else (ErrorResponse(error_code=404, response_code=404, response_page_path=page),)


def _error_responses(*, behind_web_acl: bool) -> tuple[ErrorResponse, ...]:
    missing = ErrorResponse(error_code=404)
    # A web ACL blocks with 403. With a custom response for 403, every blocked request would look like a success.
    return (missing,) if behind_web_acl else (ErrorResponse(error_code=403), missing)


FILE_ENDINGS = (
    "avif bmp br css csv doc docx eot gif gz htm html ico jpeg jpg js json map md mjs mp3 mp4 ogg otf pdf php png ppt "
    "pptx rss svg tar tgz ts ttf txt wasm wav webm webmanifest webp woff woff2 xls xlsx xml yaml yml zip"
)
"""Endings of files, and of paths that scanners request. Any other path with a dot, such as an e-mail address, a version
or a token, is a route of the app, for which a browser needs the page."""


def viewer_request_function(
    domain_names: Sequence[str] = (),
    *,
    index_document: str = INDEX_DOCUMENT,
    kept_prefixes: Sequence[str] = KEPT_PREFIXES,
) -> str:
    """Return the source of the CloudFront Function that redirects to the main name and routes deep links to the app.

    A request to one of the further names is redirected with 301 to the first name. A URI is a file if its last segment
    has a file ending (`FILE_ENDINGS`), if it is a dot file, or if it is below one of `kept_prefixes`; a missing file
    gets 404. Every other URI is a route of the app and gets the index document. Query strings are kept. The browser's
    address does not change.

    Args:
        domain_names: The site's domain names, the main name first.
        index_document: Key of the app's HTML, without a leading slash.
        kept_prefixes: URI prefixes that are never rewritten.

    Returns:
        JavaScript for the runtime `FUNCTION_RUNTIME`.
    """
    main, further = (domain_names[0], list(domain_names[1:])) if domain_names else ("", list[str]())
    return f"""\
var MAIN_NAME = {json.dumps(main)};
var FURTHER_NAMES = {json.dumps(further)};
var INDEX_URI = {json.dumps(f"/{index_document}")};
var KEPT_PREFIXES = {json.dumps(list(kept_prefixes))};
var FILE = /(?:^|\\/)\\.[^\\/]*$|\\.(?:{FILE_ENDINGS.replace(" ", "|")})$/i;

{_QUERY_FUNCTION}
function handler(event) {{
    var request = event.request;
    var uri = request.uri;
    var host = request.headers.host ? request.headers.host.value.toLowerCase() : MAIN_NAME;
    if (FURTHER_NAMES.indexOf(host) !== -1) {{
        return {{
            statusCode: 301,
            statusDescription: 'Moved Permanently',
            headers: {{ location: {{ value: 'https://' + MAIN_NAME + uri + query(request.querystring) }} }}
        }};
    }}
    for (var i = 0; i < KEPT_PREFIXES.length; i++) {{
        if (uri.indexOf(KEPT_PREFIXES[i]) === 0) {{
            return request;
        }}
    }}
    if (!FILE.test(uri)) {{
        request.uri = INDEX_URI;
    }}
    return request;
}}
"""


# CloudFront passes the query as a separate object, with percent-encoded values ("CloudFront Functions event
# structure").
_QUERY_FUNCTION = """\
function query(parameters) {
    var parts = [];
    for (var name in parameters) {
        var values = parameters[name].multiValue || [parameters[name]];
        for (var i = 0; i < values.length; i++) {
            parts.push(values[i].value === '' ? name : name + '=' + values[i].value);
        }
    }
    return parts.length ? '?' + parts.join('&') : '';
}
"""


ORIGIN_ACCESS_STATEMENTS = 3
"""Number of statements that `origin_access_statements` returns."""


def origin_access_statements(distribution_arn: str) -> tuple[Statement, ...]:
    """Return the distribution's statements in the policy of the site's bucket. Resources are relative to the bucket.

    Only this distribution may read objects, except those below `RELEASES_PREFIX`, and list the bucket. Without the
    permission to list, Amazon S3 answers 403 for a missing object, so a missing asset would look like a forbidden one
    (GetObject, Amazon S3 API Reference, "Permissions"). Viewers cannot list the bucket through the distribution: the
    root has a default object, and query strings are not forwarded.

    Source: Amazon CloudFront Developer Guide, "Restrict access to an Amazon S3 origin".

    Args:
        distribution_arn: ARN of the distribution.
    """
    conditions = {"StringEquals": {"aws:SourceArn": distribution_arn}}
    principal = {"Service": "cloudfront.amazonaws.com"}
    return (
        statement("ReadForDistribution", ["s3:GetObject"], ["/*"], principal=principal, conditions=conditions),
        statement("FindMissingForDistribution", ["s3:ListBucket"], [""], principal=principal, conditions=conditions),
        statement(
            "KeepReleasesFromDistribution",
            ["s3:GetObject"],
            [f"/{RELEASES_PREFIX}*"],
            effect="Deny",
            principal=principal,
            conditions=conditions,
        ),
    )
