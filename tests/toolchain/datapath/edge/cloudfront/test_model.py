from tests.toolchain.datapath.edge.cloudfront.samples import BEHAVIOUR, CACHING_OPTIMIZED, distribution
from toolchain.datapath.edge.cloudfront.model import Policies
from toolchain.datapath.edge.cloudfront.model import distribution as parsed
from toolchain.datapath.edge.cloudfront.policies import MANAGED_CACHE_POLICIES
from toolchain.datapath.edge.cloudfront.requests import origin_request
from toolchain.datapath.edge.cloudfront.response_headers import server_timing, with_policy
from toolchain.datapath.edge.messages import Request, Response

POLICIES = Policies(MANAGED_CACHE_POLICIES, {}, {"headers": {"Name": "n"}}, frozenset({"OAC"}))


def test_a_distribution_as_the_api_tells_it() -> None:
    behaviour = {
        "TargetOriginId": "site",
        "ViewerProtocolPolicy": "redirect-to-https",
        "Compress": True,
        "CachePolicyId": CACHING_OPTIMIZED,
        "OriginRequestPolicyId": "",
    }
    made = parsed(
        {
            "Id": "E1",
            "ARN": "arn:aws:cloudfront::123456789012:distribution/E1",
            "DomainName": "d1.cloudfront.net",
            "DistributionConfig": {
                "Enabled": True,
                "Aliases": {"Quantity": 1, "Items": ["Halalsphere.test"]},
                "Origins": {
                    "Quantity": 2,
                    "Items": [
                        {"Id": "site", "DomainName": "site.s3.us-east-1.amazonaws.com", "OriginAccessControlId": "OAC"},
                        {
                            "Id": "api",
                            "DomainName": "api.example.com",
                            "OriginPath": "/v1",
                            "CustomOriginConfig": {
                                "HTTPPort": 8080,
                                "HTTPSPort": 443,
                                "OriginProtocolPolicy": "http-only",
                            },
                        },
                    ],
                },
                "DefaultCacheBehavior": {
                    **behaviour,
                    "ResponseHeadersPolicyId": "headers",
                    "FunctionAssociations": {
                        "Quantity": 1,
                        "Items": [
                            {"EventType": "viewer-request", "FunctionARN": "arn:aws:cloudfront::1:function/route"}
                        ],
                    },
                },
                "CacheBehaviors": {"Quantity": 1, "Items": [{**behaviour, "PathPattern": "/assets/*"}]},
                "CustomErrorResponses": {"Quantity": 0},
            },
        },
        POLICIES,
    )
    assert made.aliases == {"halalsphere.test"}
    assert made.account == "123456789012"
    assert [(one.pattern, one.functions) for one in made.behaviours] == [
        ("/assets/*", {}),
        ("*", {"viewer-request": "route"}),
    ]
    assert (made.origins["site"].bucket, made.origins["site"].signs_requests) == ("site", True)
    assert (made.origins["api"].bucket, made.origins["api"].ports, made.origins["api"].path) == (
        None,
        (8080, 443),
        "/v1",
    )


def test_names_and_patterns() -> None:
    site = distribution()
    assert [
        site.is_named(host)
        for host in ("halalsphere.test", "d1.cloudfront.net", "a.example.test", "a.b.example.test", "other.test")
    ] == [True, True, True, False, False]
    assert site.behaviour_for("/assets/x.js").pattern == "/assets/*"
    assert site.behaviour_for("/Assets/x.js").pattern == "*"
    assert site.behaviour_for("/").pattern == "*"


def test_an_origin_gets_little_without_a_policy() -> None:
    viewer = Request(
        "GET",
        "halalsphere.test",
        "/a",
        "v=1",
        (("host", "halalsphere.test"), ("cookie", "a=b"), ("authorization", "secret"), ("user-agent", "x")),
    )
    sent = origin_request(viewer, BEHAVIOUR, distribution().origins["site"], "id")
    assert (sent.host, sent.path, sent.query) == ("site.s3.us-east-1.amazonaws.com", "/a", "")
    assert {name for name, _ in sent.headers} == {"host", "via", "x-forwarded-for", "x-amz-cf-id", "user-agent"}
    assert sent.header("user-agent") == "Amazon CloudFront"


def test_headers_of_a_policy() -> None:
    policy = {
        "SecurityHeadersConfig": {
            "StrictTransportSecurity": {
                "AccessControlMaxAgeSec": 60,
                "IncludeSubdomains": True,
                "Preload": True,
                "Override": True,
            },
            "FrameOptions": {"FrameOption": "DENY", "Override": False},
            "ContentTypeOptions": {"Override": True},
            "XSSProtection": {"Protection": True, "ModeBlock": True, "Override": True},
        },
        "CustomHeadersConfig": {"Quantity": 1, "Items": [{"Header": "X-Own", "Value": "v", "Override": True}]},
        "RemoveHeadersConfig": {"Quantity": 1, "Items": [{"Header": "X-Amz-Version-Id"}]},
        "CorsConfig": {
            "AccessControlAllowOrigins": {"Items": ["https://a.test"]},
            "OriginOverride": True,
            "AccessControlAllowCredentials": True,
            "AccessControlAllowMethods": {"Items": ["ALL"]},
        },
        "ServerTimingHeadersConfig": {"Enabled": True, "SamplingRate": 100.0},
    }
    origin = Response(200, (("x-amz-version-id", "1"), ("X-Frame-Options", "SAMEORIGIN"), ("x-own", "theirs")))
    asked = Request("GET", "h", "/", headers=(("origin", "https://a.test"),))
    assert dict(with_policy(origin, policy, asked).headers) == {
        "X-Frame-Options": "SAMEORIGIN",
        "Strict-Transport-Security": "max-age=60; includeSubDomains; preload",
        "X-Content-Type-Options": "nosniff",
        "X-XSS-Protection": "1; mode=block",
        "X-Own": "v",
        "Access-Control-Allow-Origin": "https://a.test",
        "Access-Control-Allow-Credentials": "true",
    }
    stranger = Request("GET", "h", "/", headers=(("origin", "https://b.test"),))
    assert with_policy(origin, policy, stranger).header("access-control-allow-origin") is None
    assert with_policy(origin, None, asked) == origin
    assert server_timing(policy, "Hit from cloudfront") == (("Server-Timing", 'cdn-cache-hit,cdn-pop;desc="LOCAL"'),)
    assert server_timing(None, "Hit from cloudfront") == ()
