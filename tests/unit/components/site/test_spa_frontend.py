import json

import pulumi
import pytest

from spot_planning.site.spa_frontend import viewer_request_function
from spot_platform.site.arguments import SpaFrontendArgs, SpaFrontendTransforms
from spot_platform.site.spa_frontend import SpaFrontend
from spot_platform.storage.private_bucket import PrivateBucketTransforms
from tests.recording import record

BUCKET = "aws:s3/bucket:Bucket"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
DISTRIBUTION_ARN = "arn:aws:cloudfront::123456789012:distribution/E1"
OUTPUTS = {
    BUCKET: {
        "arn": "arn:aws:s3:::site-1",
        "bucket": "site-1",
        "bucketRegionalDomainName": "site-1.s3.eu-west-1.amazonaws.com",
    },
    DISTRIBUTION: {"arn": DISTRIBUTION_ARN, "domainName": "d1.cloudfront.net", "hostedZoneId": "Z2FDTNDATAQYW2"},
}
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"


def _args(**changes):
    return SpaFrontendArgs(
        **{
            "domain_names": ["app.example.com", "www.example.com"],
            "certificate_arn": CERTIFICATE,
            "hosted_zone_id": "Z1",
            "api_origin": "https://api.example.com/v1",
            "storage_origins": [pulumi.Output.from_input("https://uploads.s3.eu-west-1.amazonaws.com")],
            "kms_key_arn": KEY,
            **changes,
        }
    )


def _recorded(args=_args, transforms=None, **options):
    """Record the site. `args` is called inside the program, because outputs belong to their event loop."""

    def program():
        site = SpaFrontend("site", args(), transforms=transforms)
        return {
            "url": site.url,
            "bucket": site.bucket_name,
            "id": site.distribution_id,
            "arn": site.distribution_arn,
            "domain": site.distribution_domain_name,
        }

    recording = record(program, outputs=OUTPUTS, **options)
    if not options.get("preview"):
        assert recording.unknown_inputs() == []
    return recording


def _policy(recording, name):
    statements = json.loads(recording.one("BucketPolicy", name).inputs["policy"])["Statement"]
    return {statement["Sid"]: statement for statement in statements}


def test_the_distribution_serves_https_on_every_modern_protocol():
    distribution = _recorded().one(DISTRIBUTION).inputs

    assert distribution["enabled"] is True
    assert distribution["defaultRootObject"] == "index.html"
    assert distribution["httpVersion"] == "http2and3"
    assert distribution["isIpv6Enabled"] is True
    assert distribution["priceClass"] == "PriceClass_100"
    assert distribution["aliases"] == ["app.example.com", "www.example.com"]
    assert distribution["viewerCertificate"] == {
        "acmCertificateArn": CERTIFICATE,
        "sslSupportMethod": "sni-only",
        "minimumProtocolVersion": "TLSv1.2_2021",
    }
    assert distribution["restrictions"] == {"geoRestriction": {"restrictionType": "none"}}
    assert "loggingConfig" not in distribution


def test_both_behaviours_obey_the_headers_of_the_files_and_only_html_calls_the_function():
    recording = _recorded()
    distribution = recording.one(DISTRIBUTION).inputs
    (assets,) = distribution["orderedCacheBehaviors"]
    html = distribution["defaultCacheBehavior"]

    assert assets["pathPattern"] == "/assets/*"
    for behavior in (html, assets):
        assert behavior["cachePolicyId"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"
        assert behavior["compress"] is True
        assert behavior["viewerProtocolPolicy"] == "redirect-to-https"
        assert behavior["allowedMethods"] == behavior["cachedMethods"] == ["GET", "HEAD"]
        assert behavior["responseHeadersPolicyId"] == "site-id"
        assert "forwardedValues" not in behavior
    assert html["functionAssociations"] == [
        {"eventType": "viewer-request", "functionArn": "arn:aws:mock:us-east-1:123456789012:Function/site"}
    ]
    assert "functionAssociations" not in assets
    function = recording.one("aws:cloudfront/function:Function").inputs
    assert function["code"] == viewer_request_function(["app.example.com", "www.example.com"])
    assert function["runtime"] == "cloudfront-js-2.0"
    assert function["publish"] is True
    assert distribution["customErrorResponses"] == []


@pytest.mark.parametrize(
    ("web_acl", "codes"), [(None, [403, 404]), ("arn:aws:wafv2:us-east-1:1:global/webacl/x", [404])]
)
def test_error_responses_replace_the_function_when_told_to(web_acl, codes):
    recording = _recorded(lambda: _args(routing="error-responses", web_acl_arn=web_acl))

    distribution = recording.one(DISTRIBUTION).inputs
    assert recording.all("aws:cloudfront/function:Function") == []
    assert distribution["defaultCacheBehavior"]["functionAssociations"] == []
    assert [
        (r["errorCode"], r["responseCode"], r["responsePagePath"]) for r in distribution["customErrorResponses"]
    ] == [(code, 200, "/index.html") for code in codes]
    assert distribution.get("webAclId") == web_acl


def test_the_bucket_lets_in_this_distribution_only_and_answers_404_for_what_is_missing():
    recording = _recorded()

    (origin,) = recording.one(DISTRIBUTION).inputs["origins"]
    assert origin["domainName"] == "site-1.s3.eu-west-1.amazonaws.com"
    assert origin["originAccessControlId"] == "site-id"
    control = recording.one("OriginAccessControl").inputs
    assert (control["originAccessControlOriginType"], control["signingBehavior"], control["signingProtocol"]) == (
        "s3",
        "always",
        "sigv4",
    )
    policy = _policy(recording, "site")
    assert set(policy) == {
        "DenyInsecureTransport",
        "DenyOutdatedTls",
        "ReadForDistribution",
        "FindMissingForDistribution",
        "KeepReleasesFromDistribution",
    }
    granted = {"Principal": {"Service": "cloudfront.amazonaws.com"}, "Effect": "Allow"}
    condition = {"StringEquals": {"aws:SourceArn": DISTRIBUTION_ARN}}
    assert policy["ReadForDistribution"] == {
        "Sid": "ReadForDistribution",
        "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::site-1/*"],
        "Condition": condition,
        **granted,
    }
    assert policy["FindMissingForDistribution"] == {
        "Sid": "FindMissingForDistribution",
        "Action": ["s3:ListBucket"],
        "Resource": ["arn:aws:s3:::site-1"],
        "Condition": condition,
        **granted,
    }
    assert policy["KeepReleasesFromDistribution"] == {
        "Sid": "KeepReleasesFromDistribution",
        "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::site-1/.releases/*"],
        "Condition": condition,
        **granted,
        "Effect": "Deny",
    }
    # The policy names the distribution, so Pulumi must create and delete them in this order.
    assert recording.one(DISTRIBUTION).urn in recording.one("BucketPolicy", "site").dependencies
    (rule,) = recording.one("BucketServerSideEncryptionConfiguration", "site").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}


def test_security_headers():
    policy = _recorded().one("ResponseHeadersPolicy").inputs

    headers = policy["securityHeadersConfig"]
    assert all(header["override"] for header in headers.values())
    assert headers["strictTransportSecurity"] == {
        "accessControlMaxAgeSec": 63_072_000,
        "includeSubdomains": False,
        "preload": False,
        "override": True,
    }
    csp = headers["contentSecurityPolicy"]["contentSecurityPolicy"]
    assert "connect-src 'self' https://api.example.com https://uploads.s3.eu-west-1.amazonaws.com;" in csp
    assert "script-src 'self';" in csp
    assert headers["frameOptions"]["frameOption"] == "DENY"
    assert headers["referrerPolicy"]["referrerPolicy"] == "strict-origin-when-cross-origin"
    assert headers["contentTypeOptions"] == {"override": True}
    custom = {item["header"]: item["value"] for item in policy["customHeadersConfig"]["items"]}
    assert custom["Permissions-Policy"].startswith("camera=()")
    assert "Cache-Control" not in custom
    removed = {item["header"] for item in policy["removeHeadersConfig"]["items"]}
    assert "x-amz-server-side-encryption-aws-kms-key-id" in removed


def test_a_content_security_policy_of_ones_own_replaces_the_default_one():
    policy = _recorded(
        lambda: _args(content_security_policy="default-src 'none'", hsts_preload=True, permissions_policy="x=()")
    )

    config = policy.one("ResponseHeadersPolicy").inputs
    assert config["securityHeadersConfig"]["contentSecurityPolicy"]["contentSecurityPolicy"] == "default-src 'none'"
    assert config["securityHeadersConfig"]["strictTransportSecurity"]["preload"] is True
    assert {"header": "Permissions-Policy", "value": "x=()", "override": True} in config["customHeadersConfig"]["items"]


def test_every_name_resolves_to_the_distribution_over_ipv4_and_ipv6():
    recording = _recorded()

    records = {(r.inputs["name"], r.inputs["type"]): r for r in recording.all("aws:route53/record:Record")}
    assert set(records) == {(name, type_) for name in ("app.example.com", "www.example.com") for type_ in ("A", "AAAA")}
    for (domain, type_), made in records.items():
        assert made.name == f"site-{domain}-{type_.lower()}"
        assert made.inputs["zoneId"] == "Z1"
        assert made.inputs["aliases"] == [
            {"name": "d1.cloudfront.net", "zoneId": "Z2FDTNDATAQYW2", "evaluateTargetHealth": False}
        ]


def test_without_names_there_are_no_records_and_cloudfronts_own_certificate():
    recording = _recorded(SpaFrontendArgs)

    distribution = recording.one(DISTRIBUTION).inputs
    assert distribution["viewerCertificate"] == {"cloudfrontDefaultCertificate": True}
    assert distribution["aliases"] == []
    assert recording.all("aws:route53/record:Record") == []
    assert recording.result["url"] == "https://d1.cloudfront.net"


def test_dns_may_be_kept_elsewhere():
    assert _recorded(lambda: _args(hosted_zone_id=None)).all("aws:route53/record:Record") == []


def test_access_logs_go_to_a_private_bucket_without_what_opens_a_session():
    recording = _recorded(lambda: _args(access_log_retention_days=30))

    delivery = recording.one("LogDelivery").inputs
    assert {"date", "time", "c-ip", "sc-status", "cs-uri-stem"} <= set(delivery["recordFields"])
    assert not {"cs(Cookie)", "cs-uri-query", "cs(Referer)"} & set(delivery["recordFields"])
    assert "s3DeliveryConfigurations" not in delivery
    assert recording.one("LogDeliverySource").inputs["resourceArn"] == DISTRIBUTION_ARN
    assert recording.one("LogDeliverySource").inputs["logType"] == "ACCESS_LOGS"
    destination = recording.one("LogDeliveryDestination").inputs
    assert destination["deliveryDestinationConfiguration"] == {"destinationResourceArn": "arn:aws:s3:::site-1"}
    for type_ in ("LogDelivery", "LogDeliverySource", "LogDeliveryDestination"):
        assert recording.one(type_).inputs["region"] == "us-east-1"
    assert "region" not in recording.one(BUCKET, "site-logs").inputs
    received = _policy(recording, "site-logs")["ReceiveDeliveredLogs"]
    assert received["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert received["Resource"] == ["arn:aws:s3:::site-1/AWSLogs/123456789012/*"]
    assert received["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012", "s3:x-amz-acl": "bucket-owner-full-control"},
        "ArnLike": {"aws:SourceArn": "arn:aws:mock:us-east-1:123456789012:LogDeliverySource/site-logs"},
    }
    assert recording.one("BucketPolicy", "site-logs").urn in recording.one("LogDelivery").dependencies
    (encryption,) = recording.one("BucketServerSideEncryptionConfiguration", "site-logs").inputs["rules"]
    assert encryption == {
        "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY},
        "bucketKeyEnabled": True,
    }
    (rule,) = recording.one("BucketLifecycleConfiguration", "site-logs").inputs["rules"]
    assert rule["expiration"] == {"days": 30}


def test_access_logs_can_be_left_out():
    recording = _recorded(lambda: _args(access_logs=False))

    assert recording.all("LogDelivery") == []
    assert [bucket.name for bucket in recording.all(BUCKET)] == ["site"]


def test_buckets_log_and_are_emptied_when_told_to():
    recording = _recorded(lambda: _args(server_access_log_bucket="logs-1", force_destroy=True))

    assert {b.name: b.inputs["forceDestroy"] for b in recording.all(BUCKET)} == {"site": True, "site-logs": True}
    assert {log.inputs["targetBucket"] for log in recording.all("BucketLogging")} == {"logs-1"}
    assert not any(b.inputs["forceDestroy"] for b in _recorded().all(BUCKET))


def test_outputs():
    assert _recorded().result == {
        "url": "https://app.example.com",
        "bucket": "site-1",
        "id": "site-id",
        "arn": DISTRIBUTION_ARN,
        "domain": "d1.cloudfront.net",
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"routing": "lambda"},
            r"^SpaFrontend 'site': routing=lambda is not allowed; allowed: viewer-request, error-responses$",
        ),
        ({"certificate_arn": None}, r"^SpaFrontend 'site': domain_names=.* needs certificate_arn$"),
        (
            {"access_log_retention_days": 0},
            r"^SpaFrontend 'site': access_log_retention_days=0 is not allowed; allowed: 1 to 2147483647$",
        ),
        (
            {"routing": "error-responses", "not_found_page": "/404.html"},
            r"^SpaFrontend 'site': not_found_page=/404.html is not allowed with routing error-responses, ",
        ),
        (
            {"content_security_policy": "img-src *"},
            r"^SpaFrontend 'site': .* is not allowed; allowed: one line with default-src or script-src, at most 1783 characters$",
        ),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_made(changes, message):
    def program():
        with pytest.raises(ValueError, match=message):
            SpaFrontend("site", _args(**changes))

    assert record(program).resources == []


def test_an_unknown_certificate_is_taken_in_a_preview():
    recording = _recorded(lambda: _args(certificate_arn=pulumi.Output.from_input(CERTIFICATE)), preview=True)

    assert recording.one(DISTRIBUTION).inputs["aliases"] == ["app.example.com", "www.example.com"]
    assert recording.one("aws:cloudfront/function:Function").inputs["code"] == viewer_request_function(
        ["app.example.com", "www.example.com"]
    )
    csp = recording.one("ResponseHeadersPolicy").inputs["securityHeadersConfig"]["contentSecurityPolicy"]
    assert "https://api.example.com" in csp["contentSecurityPolicy"]


def test_transforms_reach_the_children():
    recording = _recorded(
        transforms=SpaFrontendTransforms(
            bucket=PrivateBucketTransforms(bucket={"tags": {"Name": "mine"}}),
            origin_access_control={"description": "mine"},
            function={"comment": "mine"},
            response_headers_policy={"comment": "mine"},
            distribution=lambda args: {**args, "comment": "mine"},
            record={"ttl": 5},
        )
    )

    assert recording.one(BUCKET, "site").inputs["tags"] == {"Name": "mine"}
    assert recording.one("OriginAccessControl").inputs["description"] == "mine"
    for type_ in ("aws:cloudfront/function:Function", "ResponseHeadersPolicy", DISTRIBUTION):
        assert recording.one(type_).inputs["comment"] == "mine"
    assert {r.inputs["ttl"] for r in recording.all("aws:route53/record:Record")} == {5}


@pytest.mark.timeout(20)
def test_a_failing_transform_fails_the_program_instead_of_hanging_it():
    def fails(_):
        raise RuntimeError("no such argument")

    with pytest.raises(RuntimeError, match=r"^no such argument$"):
        _recorded(transforms=SpaFrontendTransforms(distribution=fails))
