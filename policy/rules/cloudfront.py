"""Amazon CloudFront: HTTPS, certificate, web ACL, logs and countries of the site."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from policy.checks import given, is_given, is_one_of, setting_texts, texts_setting
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, guarded, per_resource, violation
from policy.values import Value

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
DELIVERY_SOURCE = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
DELIVERY = "aws:cloudwatch/logDelivery:LogDelivery"

MINIMUM_TLS: Final = re.compile(r"TLSv1\.(\d+)_(\d{4})")
LEAST_TLS: Final = (2, 2021)
"""The version and year of TLSv1.2_2021. A later version or year is stronger, and passes too."""


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


def _logs(graph: Graph, distribution: ResourceView, _config: Config) -> Iterator[Verdict]:
    # Without a bucket, loggingConfig only decides about cookies in the logs of a LogDeliverySource.
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
        return  # it always permits TLS 1.0; cloudfront-own-certificate reports it
    found = MINIMUM_TLS.fullmatch(version.text() or "")
    if found is None or (int(found[1]), int(found[2])) < LEAST_TLS:
        yield violation(version.path, f"{version}; it must be TLSv1.2_2021 or stronger")


def _uses_own_certificate(distribution: ResourceView) -> bool:
    return not distribution.at("viewerCertificate.cloudfrontDefaultCertificate").flag()


def _named_countries(distribution: ResourceView, config: Config) -> Iterator[Verdict]:
    if not any(fnmatchcase(distribution.name, pattern) for pattern in setting_texts(config, "distributions")):
        return
    restriction = distribution.at("restrictions.geoRestriction.restrictionType")
    if restriction.text() not in {"whitelist", "blacklist"}:
        yield violation(restriction.path, f"{restriction}; it must be whitelist or blacklist")


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
        title="The certificate is served by server name (SNI)",
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
        check=_minimum_tls,
        note="Stronger policies pass too; an exact match would refuse TLSv1.3_2025.",
    ),
    Rule(
        id="cloudfront-countries",
        title="A site that is for some countries refuses the others",
        problem="The site answers every country",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        checkov=("CKV_AWS_374",),
        cdk_nag=("AwsSolutions-CFR1",),
        prowler=("cloudfront_distributions_geo_restrictions_enabled",),
        types=(DISTRIBUTION,),
        remediation="Set restrictions.geoRestriction: restrictionType whitelist, and locations.",
        check=_named_countries,
        asks_for="distributions",
        config={"distributions": texts_setting(["*"], "Patterns of names of distributions for some countries.")},
        note=(
            "Which countries a site is for is a business decision, so this platform's profiles name no distribution. "
            "If you have such a site, name it in policy/enforcement/profiles.py."
        ),
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
)
