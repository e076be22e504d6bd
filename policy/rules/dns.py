"""Amazon Route 53 and ACM: names and their certificates."""

from collections.abc import Iterator

from policy.checks import every, is_none_of, is_true
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, per_resource, violation
from policy.values import State

ZONE = "aws:route53/zone:Zone"
QUERY_LOG = "aws:route53/queryLog:QueryLog"
REGISTERED = ("aws:route53domains/registeredDomain:RegisteredDomain", "aws:route53domains/domain:Domain")
PRIVACY = ("adminPrivacy", "billingPrivacy", "registrantPrivacy", "techPrivacy")
CERTIFICATE = "aws:acm/certificate:Certificate"


def _queries_logged(graph: Graph, zone: ResourceView, _config: Config) -> Iterator[Verdict]:
    # Route 53 logs queries of public zones only.
    if not graph.dependents(zone, QUERY_LOG, "zoneId") and not zone.at("vpcs").items():
        yield violation("zoneId", "no QueryLog of the stack is for this zone")


def _names_its_hosts(certificate: ResourceView, _config: Config) -> Iterator[Verdict]:
    names = [certificate.at("domainName"), *certificate.at("subjectAlternativeNames").items()]
    for name in names:
        if name.state is State.KNOWN and (name.text() or "").startswith("*."):
            yield violation(name.path, f"{name}; whoever has its key can pass for every name of the domain")


RULES = (
    Rule(
        id="route53-query-logs",
        title="Queries of public zones are logged",
        problem="Queries of the public zone are not logged",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=("Route53.2",),
        checkov=("CKV2_AWS_39",),
        prowler=("route53_public_hosted_zones_cloudwatch_logging_enabled",),
        types=(ZONE, QUERY_LOG),
        remediation="Add a QueryLog to a log group in us-east-1.",
        check_graph=per_resource(_queries_logged, ZONE),
    ),
    Rule(
        id="domain-transfer-locked",
        title="Registered domains are locked against transfer to another registrar",
        problem="Whoever learns the domain's authorization code can transfer it to another registrar",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        checkov=("CKV_AWS_377",),
        prowler=("route53_domains_transferlock_enabled",),
        types=REGISTERED,
        remediation="Leave transferLock true.",
        check=is_true("transferLock"),
    ),
    Rule(
        id="domain-privacy",
        title="The public register does not contain the contacts of a domain",
        problem="The public register contains names and addresses of people behind the domain",
        severity=Severity.LOW,
        concern=Concern.EXPOSURE,
        prowler=("route53_domains_privacy_protection_enabled",),
        types=REGISTERED,
        remediation="Leave adminPrivacy, billingPrivacy, registrantPrivacy and techPrivacy true.",
        check=every(*map(is_true, PRIVACY)),
    ),
    Rule(
        id="acm-key-algorithm",
        title="Certificates have keys of 2048 bits or more",
        problem="The certificate's key is too short",
        severity=Severity.HIGH,
        concern=Concern.ENCRYPTION,
        fsbp=("ACM.2",),
        prowler=("acm_certificates_with_secure_key_algorithms",),
        types=(CERTIFICATE,),
        remediation="Set keyAlgorithm to RSA_2048 or an elliptic curve.",
        check=is_none_of("keyAlgorithm", "RSA_1024"),
    ),
    Rule(
        id="acm-transparency",
        title="Certificates are in the public logs, so that a false one is noticed",
        problem="The certificate is not in the public logs, so that nobody notices a false one",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        checkov=("CKV_AWS_234",),
        prowler=("acm_certificates_transparency_logs_enabled",),
        types=(CERTIFICATE,),
        remediation="Leave options.certificateTransparencyLoggingPreference ENABLED.",
        check=is_none_of("options.certificateTransparencyLoggingPreference", "DISABLED"),
    ),
    Rule(
        id="acm-names-hosts",
        title="Certificates name their hosts, without wildcards",
        problem="The certificate is for every name of the domain",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        checkov=("CKV2_AWS_71",),
        types=(CERTIFICATE,),
        remediation="Name each host in domainName and subjectAlternativeNames.",
        check=_names_its_hosts,
    ),
)
