"""Amazon CloudFront: the origins of the site."""

from collections.abc import Iterator

from policy.checks import given, is_one_of
from policy.graph import BUCKET, Graph, names_more
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, per_resource, undecided, violation
from policy.rules.cloudfront import DISTRIBUTION
from policy.values import State, Value, some

ORIGIN_ACCESS_CONTROL = "aws:cloudfront/originAccessControl:OriginAccessControl"
STACK_REFERENCE = "pulumi:pulumi:StackReference"


def _failover(distribution: ResourceView, _config: Config) -> Iterator[Verdict]:
    groups = distribution.at("originGroups")
    if not groups.items():
        yield violation(groups.path, f"{groups}; an origin group must fail over to a second origin")


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
    """Return the origins that are buckets: those that are neither custom origins nor origins in a VPC."""
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
    """Check whether a domain name may come from another stack, or from a resource that the program only reads."""
    urns = distribution.depends_on.get("origins", ())
    return bool(graph.targets(distribution, "origins", STACK_REFERENCE)) or any(u not in graph.by_urn for u in urns)


RULES = (
    Rule(
        id="cloudfront-origin-failover",
        title="A second origin takes over if the first fails",
        problem="No second origin takes over if the first fails",
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
        note="Anybody can claim a bucket name that nobody owns. A bucket outside the stack is always undecided.",
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
