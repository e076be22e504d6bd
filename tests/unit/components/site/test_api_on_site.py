"""A site that forwards one of its paths to an API."""

import json
from typing import Any

import pulumi
import pytest

from spot_planning.api.path_on_site import api_request_function
from spot_platform.site.api_behavior import SiteApi
from spot_platform.site.arguments import SpaFrontendArgs, SpaFrontendTransforms
from spot_platform.site.spa_frontend import SpaFrontend
from tests.recording import Recording, record
from tests.unit.components.site.test_spa_frontend import CERTIFICATE, DISTRIBUTION, OUTPUTS

KEY = "the-key-of-the-api"


def recorded(transforms: SpaFrontendTransforms | None = None, preview: bool = False, **changes: Any) -> Recording:
    def program() -> dict[str, Any]:
        api = SiteApi(
            path=changes.pop("path", "/api"),
            domain_name=pulumi.Output.from_input("a1.execute-api.eu-west-1.amazonaws.com"),
            stage_name=pulumi.Output.from_input("prod"),
            api_key=KEY,
            read_timeout_seconds=34,
        )
        arguments: dict[str, Any] = {
            "domain_names": ["app.example.com"],
            "certificate_arn": CERTIFICATE,
            "storage_origins": ["https://uploads.s3.eu-west-1.amazonaws.com"],
            "api": api,
            **changes,
        }
        site = SpaFrontend("site", SpaFrontendArgs(**arguments), transforms=transforms)
        return {"url": site.url}

    return record(program, outputs=OUTPUTS, preview=preview)


def test_the_api_is_an_origin_with_the_key_over_modern_tls():
    _, api = recorded().one(DISTRIBUTION).inputs["origins"]

    assert api == {
        "originId": "api",
        "domainName": "a1.execute-api.eu-west-1.amazonaws.com",
        "customHeaders": [{"name": "x-api-key", "value": KEY}],
        "customOriginConfig": {
            "httpPort": 80,
            "httpsPort": 443,
            "originProtocolPolicy": "https-only",
            "originSslProtocols": ["TLSv1.2"],
            "originReadTimeout": 34,
        },
    }


def test_the_key_is_a_secret_and_stands_nowhere_else():
    recording = recorded()

    holders = [resource for resource in recording.resources if KEY in json.dumps(resource.inputs, default=str)]
    assert [resource.type for resource in holders] == [DISTRIBUTION]
    assert holders[0].secret_inputs == {"origins"}
    assert KEY not in json.dumps([recording.outputs, recording.result], default=str)


def test_everything_of_a_request_is_handed_on_and_nothing_is_kept():
    api, assets = recorded().one(DISTRIBUTION).inputs["orderedCacheBehaviors"]

    assert assets["pathPattern"] == "/assets/*"
    assert api["pathPattern"] == "/api/*"
    assert api["targetOriginId"] == "api"
    assert api["viewerProtocolPolicy"] == "https-only"
    assert api["allowedMethods"] == ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    # AWS's managed policies CachingDisabled and AllViewerExceptHostHeader.
    assert api["cachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert api["originRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"
    assert api["responseHeadersPolicyId"] == assets["responseHeadersPolicyId"]
    (function,) = api["functionAssociations"]
    assert function["eventType"] == "viewer-request"
    assert function["functionArn"].endswith("Function/site-api")


def test_the_api_has_a_function_of_its_own_beside_that_of_deep_links():
    functions = {each.name: each.inputs for each in recorded().all("aws:cloudfront/function:Function")}

    assert set(functions) == {"site", "site-api"}
    assert functions["site-api"]["code"] == api_request_function("/api", "prod")
    assert functions["site-api"]["publish"] is True


def test_the_function_is_known_at_the_first_preview():
    functions = recorded(preview=True).all("aws:cloudfront/function:Function")

    assert [function.inputs["code"] for function in functions if function.name == "site-api"] == [
        api_request_function("/api", "prod")
    ]


def test_no_error_is_kept_and_none_becomes_a_page():
    responses = recorded().one(DISTRIBUTION).inputs["customErrorResponses"]

    assert [response["errorCode"] for response in responses] == [404, 414, 500, 501, 502, 503, 504]
    assert all(response == {"errorCode": response["errorCode"], "errorCachingMinTtl": 0} for response in responses)


def test_pages_connect_to_their_own_origin_and_to_storage_only():
    policy = recorded().one("ResponseHeadersPolicy").inputs["securityHeadersConfig"]["contentSecurityPolicy"]
    directives = dict(part.strip().partition(" ")[::2] for part in policy["contentSecurityPolicy"].split(";"))

    assert directives["connect-src"] == "'self' https://uploads.s3.eu-west-1.amazonaws.com"


def test_the_function_can_be_changed():
    transforms = SpaFrontendTransforms(api_function={"comment": "ours"})

    functions = recorded(transforms).all("aws:cloudfront/function:Function")
    assert {function.name: function.inputs["comment"] for function in functions} == {
        "site": "Answers deep links with the app",
        "site-api": "ours",
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"path": "/assets"}, "api.path=/assets is not allowed: the site's own files are below /assets/"),
        ({"path": "/assets/api"}, "the site's own files are below /assets/"),
        ({"path": "/.well-known"}, "the site's own files are below /.well-known/"),
        ({"routing": "error-responses"}, "is not allowed beside an API: its 403 and 404 would become pages"),
        ({"not_found_page": "/404.html"}, "is not allowed beside an API: its 404 would become that page"),
    ],
)
def test_what_does_not_go_with_an_api_is_refused(changes: dict[str, Any], message: str):
    with pytest.raises(Exception, match=r"SpaFrontend 'site'") as caught:
        recorded(**changes)
    assert message in str(caught.value)
