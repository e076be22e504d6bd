"""Amazon CloudFront: the front door of the site."""

import re
from collections.abc import Iterator
from typing import Final

from policy.checks import given, is_given, is_one_of
from policy.graph import Graph, names_more
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, guarded, per_resource, undecided, violation
from policy.values import State, Value, some

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
ORIGIN_ACCESS_CONTROL = "aws:cloudfront/originAccessControl:OriginAccessControl"
DELIVERY_SOURCE = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
DELIVERY = "aws:cloudwatch/logDelivery:LogDelivery"
STACK_REFERENCE = "pulumi:pulumi:StackReference"
BUCKET = "aws:s3/bucket:Bucket"

MINIMUM_TLS: Final = re.compile(r"TLSv1\.(\d+)_(\d{4})")
LEAST_TLS: Final = (2, 2021)
"""TLSv1.2_2021; a later version or a later year is stronger, and right as well."""


def behaviours(distribution: ResourceView) -> list[Value]:
    """Read the behaviours of a distribution, the default one first.

    Args:
        distribution: A distribution.
    """
    default = distribution.at("defaultCacheBehavior")
    return [default, *distribution.at("orderedCacheBehaviors").items()]


def _https_only(distribution: ResourceView, _config: Config) -> Iterator[Verdict]:
    for behaviour in behaviours(distribution):
        yield from guarded(_is_https_only(behaviour.at("viewerProtocolPolicy")))


def _is_https_only(policy: Value) -> Iterator[Verdict]:
    if policy.text() not in {"redirect-to-https", "https-only"}:
        yield violation(policy.path, f"{policy}; it must be redirect-to-https or https-only")


def _failover(distribution: ResourceView, _config: Config) -> Iterator[Verdict]:
    groups = distribution.at("originGroups")
    if not groups.items():
        yield violation(groups.path, f"{groups}; an origin group must fail over to a second origin")


def _logs(graph: Graph, distribution: ResourceView, _config: Config) -> Iterator[Verdict]:
    # Without a bucket, loggingConfig is about the cookies in the logs that a LogDeliverySource delivers.
    standard = distribution.at("loggingConfig.bucket")
    if given(standard):
        return
    sources = graph.dependents(distribution, DELIVERY_SOURCE, "resourceArn")
    if not any(graph.dependents(source, DELIVERY, "deliverySourceName") for source in sources):
        yield violation(
            standard.path, "neither loggingConfig nor a LogDelivery of a LogDeliverySource logs the requests"
        )


def _own_certificate(distribution: ResourceView, _config: Config) -> Iterator[Verdict]:
    certificate = distribution.at("viewerCertificate")
    own = [certificate.at("acmCertificateArn"), certificate.at("iamCertificateId")]
    if certificate.at("cloudfrontDefaultCertificate").flag() or not any(given(value) for value in own):
        yield violation(own[0].path, f"{own[0]}; a certificate of the site's own name must be given")


def _minimum_tls(distribution: ResourceView, _config: Config) -> Iterator[Verdict]:
    certificate = distribution.at("viewerCertificate")
    version = certificate.at("minimumProtocolVersion")
    if certificate.at("cloudfrontDefaultCertificate").flag():
        return  # it comes with TLS 1.0 and no choice; cloudfront-own-certificate is about that
    found = MINIMUM_TLS.fullmatch(version.text() or "")
    if found is None or (int(found[1]), int(found[2])) < LEAST_TLS:
        yield violation(version.path, f"{version}; it must be TLSv1.2_2021 or stronger")


def _uses_own_certificate(distribution: ResourceView) -> bool:
    return not distribution.at("viewerCertificate.cloudfrontDefaultCertificate").flag()


def _origin_https(distribution: ResourceView, _config: Config) -> Iterator[Verdict]:
    for origin in distribution.at("origins").items():
        custom = origin.at("customOriginConfig")
        policy = custom.at("originProtocolPolicy")
        if custom.present and policy.text() != "https-only":
            yield violation(policy.path, f"{policy}; it must be https-only")


def _origin_tls(distribution: ResourceView, _config: Config) -> Iterator[Verdict]:
    for origin in distribution.at("origins").items():
        protocols = origin.at("customOriginConfig.originSslProtocols")
        if some(protocols.items(), lambda item: item.text() in {"SSLv3", "TLSv1", "TLSv1.1"}):
            yield violation(protocols.path, f"{protocols}; it must be TLSv1.2")


def _buckets(distribution: ResourceView) -> list[Value]:
    """The origins that are buckets, since they are neither servers nor load balancers inside a VPC."""
    others = ("customOriginConfig", "vpcOriginConfig")
    return [o for o in distribution.at("origins").items() if not any(o.at(other).present for other in others)]


def _access_control(distribution: ResourceView, _config: Config) -> Iterator[Verdict]:
    for origin in _buckets(distribution):
        control = origin.at("originAccessControlId")
        if not given(control):
            yield violation(control.path, f"{control}; an S3 origin must be read through it only")


def _origins_exist(graph: Graph, distribution: ResourceView, _config: Config) -> Iterator[Verdict]:
    names = [origin.at("domainName") for origin in _buckets(distribution)]
    for name in names:
        if not given(name):
            yield violation(name.path, f"{name}; it must be given")
    if not names_more(graph, distribution, "origins", names, BUCKET):
        return
    written = [name for name in names if name.state is State.KNOWN]
    if written and not _names_from_elsewhere(graph, distribution):
        yield violation(written[0].path, f"{written[0]}; it must be the output of a bucket of this stack")
    else:
        yield undecided("origins", "not every bucket that it names is part of this stack")


def _names_from_elsewhere(graph: Graph, distribution: ResourceView) -> bool:
    """Tell whether a name may come from another stack, or from a resource that the program only reads."""
    urns = distribution.depends_on.get("origins", ())
    return bool(graph.targets(distribution, "origins", STACK_REFERENCE)) or any(u not in graph.by_urn for u in urns)


def _key_groups(distribution: ResourceView, _config: Config) -> Iterator[Verdict]:
    for behaviour in behaviours(distribution):
        signers = behaviour.at("trustedSigners")
        if signers.items():
            yield violation(signers.path, f"{signers}; use trustedKeyGroups, which need no root account")


RULES = (
    Rule(
        id="cloudfront-default-root-object",
        title="The site's root is a document, not a listing",
        problem="The site's root is a listing",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("CloudFront.1",),
        checkov=("CKV_AWS_305",),
        prowler=("cloudfront_distributions_default_root_object",),
        types=(DISTRIBUTION,),
        remediation="Set defaultRootObject to index.html.",
        check=is_given("defaultRootObject"),
    ),
    Rule(
        id="cloudfront-https-only",
        title="Viewers use HTTPS",
        problem="Viewers can use plain HTTP",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("CloudFront.3",),
        checkov=("CKV_AWS_34",),
        prowler=("cloudfront_distributions_https_enabled",),
        trivy=("AWS-0012",),
        types=(DISTRIBUTION,),
        remediation="Set viewerProtocolPolicy of every behaviour to redirect-to-https.",
        check=_https_only,
    ),
    Rule(
        id="cloudfront-origin-failover",
        title="A second origin takes over",
        problem="No second origin takes over",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        fsbp=("CloudFront.4",),
        checkov=("CKV_AWS_310",),
        prowler=("cloudfront_distributions_multiple_origin_failover_configured",),
        types=(DISTRIBUTION,),
        remediation="Add an origin group over two buckets in two regions.",
        check=_failover,
    ),
    Rule(
        id="cloudfront-logs",
        title="Requests for the site are logged",
        problem="Requests for the site are not logged",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=("CloudFront.5",),
        checkov=("CKV_AWS_86",),
        cdk_nag=("AwsSolutions-CFR3",),
        prowler=("cloudfront_distributions_logging_enabled",),
        trivy=("AWS-0010",),
        types=(DISTRIBUTION, DELIVERY_SOURCE, DELIVERY),
        remediation="Give loggingConfig, or a LogDeliverySource of the distribution with a LogDelivery.",
        settings=(Setting("frontend.access_logs", "true", "SpaFrontend"),),
        check_graph=per_resource(_logs, DISTRIBUTION),
    ),
    Rule(
        id="cloudfront-web-acl",
        title="A web ACL filters requests for the site",
        problem="No web ACL filters requests for the site",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("CloudFront.6",),
        checkov=("CKV_AWS_68",),
        cdk_nag=("AwsSolutions-CFR2",),
        prowler=("cloudfront_distributions_using_waf",),
        trivy=("AWS-0011",),
        types=(DISTRIBUTION,),
        remediation="Give webAclId an ACL of scope CLOUDFRONT.",
        settings=(Setting("waf.enabled", "true", "SpaFrontend"),),
        check=is_given("webAclId"),
    ),
    Rule(
        id="cloudfront-own-certificate",
        title="The site has a certificate of its own name",
        problem="The site has CloudFront's certificate, not one of its own name",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        fsbp=("CloudFront.7",),
        checkov=("CKV2_AWS_42",),
        prowler=("cloudfront_distributions_custom_ssl_certificate",),
        types=(DISTRIBUTION,),
        remediation="Give viewerCertificate.acmCertificateArn a certificate in us-east-1.",
        settings=(Setting("dns.site_domain", "the site's domain", "SpaFrontend"),),
        check=_own_certificate,
    ),
    Rule(
        id="cloudfront-server-name-indication",
        title="The certificate is served by name",
        problem="The certificate is served from dedicated addresses",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        fsbp=("CloudFront.8",),
        prowler=("cloudfront_distributions_https_sni_enabled",),
        types=(DISTRIBUTION,),
        remediation="Set viewerCertificate.sslSupportMethod to sni-only.",
        check=is_one_of("viewerCertificate.sslSupportMethod", "sni-only", when=_uses_own_certificate),
    ),
    Rule(
        id="cloudfront-origin-https",
        title="Custom origins are called with HTTPS",
        problem="An origin is called without HTTPS",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("CloudFront.9",),
        checkov=("CKV2_AWS_72",),
        prowler=("cloudfront_distributions_origin_traffic_encrypted",),
        types=(DISTRIBUTION,),
        remediation="Set originProtocolPolicy to https-only.",
        check=_origin_https,
    ),
    Rule(
        id="cloudfront-origin-tls",
        title="Custom origins are called with TLS 1.2",
        problem="An origin is called with outdated TLS",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("CloudFront.10",),
        checkov=("CKV2_AWS_54",),
        cdk_nag=("AwsSolutions-CFR5",),
        prowler=("cloudfront_distributions_using_deprecated_ssl_protocols",),
        types=(DISTRIBUTION,),
        remediation="Set originSslProtocols to TLSv1.2.",
        check=_origin_tls,
        note="Stricter than the control, which refuses SSLv3 only.",
    ),
    Rule(
        id="cloudfront-origin-exists",
        title="S3 origins are buckets of this stack",
        problem="An S3 origin is no bucket of this stack",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("CloudFront.12",),
        prowler=("cloudfront_distributions_s3_origin_non_existent_bucket",),
        types=(DISTRIBUTION, BUCKET),
        remediation="Take the origin's domain name from the bucket's output.",
        check_graph=per_resource(_origins_exist, DISTRIBUTION),
        note="A name that nobody owns can be claimed; a bucket outside the stack is undecided, never passed.",
    ),
    Rule(
        id="cloudfront-origin-access-control",
        title="S3 origins are read through origin access control",
        problem="An S3 origin is read without origin access control",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        fsbp=("CloudFront.13",),
        checkov=("CKV2_AWS_46",),
        cdk_nag=(
            "AwsSolutions-CFR7",
            "AwsSolutions-S5",
        ),
        prowler=("cloudfront_distributions_s3_origin_access_control",),
        types=(DISTRIBUTION,),
        remediation="Give originAccessControlId of the origin.",
        check=_access_control,
    ),
    Rule(
        id="cloudfront-minimum-tls",
        title="Viewers use TLS 1.2 of 2021 or stronger",
        problem="Viewers can use outdated TLS",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("CloudFront.15",),
        checkov=("CKV_AWS_174",),
        cdk_nag=("AwsSolutions-CFR4",),
        trivy=("AWS-0013",),
        types=(DISTRIBUTION,),
        remediation="Set viewerCertificate.minimumProtocolVersion to TLSv1.2_2021 or a stronger one.",
        settings=(Setting("frontend.minimum_protocol_version", "TLSv1.2_2021", "SpaFrontend"),),
        check=_minimum_tls,
        note="Stronger policies pass too; an exact match would refuse TLSv1.3_2025.",
    ),
    Rule(
        id="cloudfront-key-groups",
        title="Signed URLs are signed by key groups",
        problem="Signed URLs are signed by an account's keys",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("CloudFront.17",),
        types=(DISTRIBUTION,),
        remediation="Replace trustedSigners by trustedKeyGroups.",
        check=_key_groups,
        note="The control also fails a site that signs nothing; a public site has nothing to sign.",
    ),
    Rule(
        id="cloudfront-origin-requests-signed",
        title="CloudFront signs its requests to the bucket",
        problem="CloudFront does not sign its requests to the bucket",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        types=(ORIGIN_ACCESS_CONTROL,),
        remediation="Set signingBehavior to always.",
        check=is_one_of("signingBehavior", "always"),
    ),
)
