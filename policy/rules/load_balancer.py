"""Elastic Load Balancing: the way from API Gateway into the VPC."""

import re
from collections.abc import Iterator
from typing import Final

from policy.checks import is_one_of, is_true
from policy.graph import Graph
from policy.placement import subnets_are_private
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, per_resource, violation
from policy.rules.spot import TARGET_GROUP

LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"

TLS_POLICY: Final = re.compile(r"ELBSecurityPolicy-TLS13-1-[23](-Res)?(-FIPS)?(-PQ)?-20\d\d-\d\d")
"""TLS 1.2 or 1.3 with the strong ciphers only, with or without FIPS and post-quantum key exchange: the -Ext
policies admit weaker ciphers ("Security policies for your Network Load Balancer")."""


def _is_application(balancer: ResourceView) -> bool:
    return balancer.text("loadBalancerType") == "application"


def _private(graph: Graph, balancer: ResourceView, _config: Config) -> Iterator[Verdict]:
    property_ = "subnetMappings" if balancer.at("subnetMappings").present else "subnets"
    yield from subnets_are_private(graph, balancer, property_)


def _two_zones(balancer: ResourceView, _config: Config) -> Iterator[Verdict]:
    property_ = "subnetMappings" if balancer.at("subnetMappings").present else "subnets"
    subnets = balancer.at(property_)
    if len(subnets.items()) < 2:  # noqa: PLR2004 - the control's own number
        yield violation(subnets.path, f"{subnets}; it must name subnets of at least two zones")


def _listens(graph: Graph, balancer: ResourceView, _config: Config) -> Iterator[Verdict]:
    if not graph.dependents(balancer, LISTENER, "loadBalancerArn"):
        yield violation("arn", "no Listener of the stack is for this load balancer")


def _tls_policy(listener: ResourceView, _config: Config) -> Iterator[Verdict]:
    policy = listener.at("sslPolicy")
    if listener.text("protocol") in {"TLS", "HTTPS"} and not TLS_POLICY.fullmatch(policy.text() or ""):
        yield violation(policy.path, f"{policy}; it must be a TLS 1.2 or 1.3 policy without weak ciphers")


def _takes_tls(listener: ResourceView, config: Config) -> Iterator[Verdict]:
    if not _only_redirects(listener):
        yield from is_one_of("protocol", "TLS", "HTTPS")(listener, config)


def _only_redirects(listener: ResourceView) -> bool:
    actions = listener.at("defaultActions").items()
    return bool(actions) and all(
        action.at("type").known() == "redirect" and action.at("redirect.protocol").known() == "HTTPS"
        for action in actions
    )


def _health_check(group: ResourceView, _config: Config) -> Iterator[Verdict]:
    protocol = group.at("healthCheck.protocol")
    if protocol.text() != "HTTPS":
        yield violation(protocol.path, f"{protocol}; it must be HTTPS")


RULES = (
    Rule(
        id="load-balancer-internal",
        title="The load balancer has no public address",
        problem="The load balancer has a public address",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("ELB.16",),
        checkov=("CKV2_AWS_28",),
        prowler=(
            "elbv2_internet_facing",
            "elbv2_waf_acl_attached",
        ),
        trivy=("AWS-0053",),
        types=(LOAD_BALANCER,),
        remediation="Set internal to true; API Gateway reaches it through its VPC link.",
        check=is_true("internal"),
    ),
    Rule(
        id="load-balancer-private-subnets",
        title="The load balancer is in subnets that no internet gateway reaches",
        problem="The load balancer is in a subnet that an internet gateway reaches",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        types=(LOAD_BALANCER,),
        remediation="Give subnets the private subnets.",
        check_graph=per_resource(_private, LOAD_BALANCER),
    ),
    Rule(
        id="load-balancer-deletion-protection",
        title="The load balancer cannot be deleted by mistake",
        problem="The load balancer can be deleted by mistake",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        fsbp=("ELB.6",),
        checkov=("CKV_AWS_150",),
        prowler=("elbv2_deletion_protection",),
        types=(LOAD_BALANCER,),
        remediation="Set enableDeletionProtection to true.",
        settings=(Setting("api.deletion_protection", "true"),),
        check=is_true("enableDeletionProtection"),
    ),
    Rule(
        id="load-balancer-zones",
        title="The load balancer is in two zones or more",
        problem="The load balancer is in one zone only",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        fsbp=("ELB.13",),
        prowler=("elbv2_is_in_multiple_az",),
        types=(LOAD_BALANCER,),
        remediation="Give subnets of at least two zones.",
        check=_two_zones,
    ),
    Rule(
        id="load-balancer-access-logs",
        title="An application load balancer logs requests",
        problem="The application load balancer does not log requests",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=("ELB.5",),
        checkov=("CKV_AWS_91",),
        cdk_nag=("AwsSolutions-ELB2",),
        prowler=("elbv2_logging_enabled",),
        types=(LOAD_BALANCER,),
        remediation="Set accessLogs.enabled to true with a bucket.",
        check=is_true("accessLogs.enabled", when=_is_application),
        note="A network load balancer logs TLS listeners only; API Gateway's access logs contain its requests.",
    ),
    Rule(
        id="load-balancer-invalid-headers",
        title="An application load balancer drops invalid headers",
        problem="The application load balancer passes on invalid headers",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("ELB.4",),
        checkov=("CKV_AWS_131",),
        prowler=("elbv2_alb_drop_invalid_header_fields_enabled",),
        trivy=("AWS-0052",),
        types=(LOAD_BALANCER,),
        remediation="Set dropInvalidHeaderFields to true.",
        check=is_true("dropInvalidHeaderFields", when=_is_application),
    ),
    Rule(
        id="load-balancer-desync-mitigation",
        title="An application load balancer guards against request smuggling",
        problem="The application load balancer does not guard against request smuggling",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("ELB.12",),
        checkov=("CKV_AWS_328",),
        prowler=("elbv2_desync_mitigation_mode",),
        types=(LOAD_BALANCER,),
        remediation="Leave desyncMitigationMode defensive, or set it to strictest.",
        check=is_one_of("desyncMitigationMode", "defensive", "strictest", when=_is_application),
    ),
    Rule(
        id="load-balancer-listens",
        title="A load balancer has a listener",
        problem="The load balancer has no listener, and still costs money",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        prowler=("elbv2_listeners_underneath",),
        types=(LOAD_BALANCER, LISTENER),
        remediation="Add a Listener, or remove the load balancer.",
        check_graph=per_resource(_listens, LOAD_BALANCER),
    ),
    Rule(
        id="load-balancer-tls-policy",
        title="Listeners with TLS use a strong policy",
        problem="The listener's TLS policy is weak",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("ELB.17",),
        checkov=(
            "CKV2_AWS_74",
            "CKV_AWS_103",
        ),
        prowler=("elbv2_insecure_ssl_ciphers",),
        trivy=("AWS-0047",),
        types=(LISTENER,),
        remediation="Set sslPolicy to ELBSecurityPolicy-TLS13-1-2-Res-2021-06 or a stronger one.",
        check=_tls_policy,
    ),
    Rule(
        id="load-balancer-tls-listener",
        title="Listeners take TLS only",
        problem="The listener takes requests without TLS",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=(
            "ELB.1",
            "ELB.18",
        ),
        checkov=(
            "CKV2_AWS_20",
            "CKV_AWS_2",
        ),
        prowler=(
            "elbv2_nlb_tls_termination_enabled",
            "elbv2_ssl_listeners",
        ),
        trivy=("AWS-0054",),
        types=(LISTENER,),
        remediation="Set protocol to TLS (network) or HTTPS (application) with a certificate.",
        check=_takes_tls,
        note="A listener that only redirects to HTTPS passes.",
    ),
    Rule(
        id="load-balancer-tls-health-check",
        title="Health checks are encrypted",
        problem="Health checks are not encrypted",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("ELB.21",),
        checkov=("CKV_AWS_261",),
        types=(TARGET_GROUP,),
        remediation="Set healthCheck.protocol to HTTPS, with a container that speaks TLS.",
        check=_health_check,
    ),
    Rule(
        id="load-balancer-tls-target",
        title="Traffic to the targets is encrypted",
        problem="Traffic to the targets is not encrypted",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("ELB.22",),
        checkov=("CKV_AWS_378",),
        types=(TARGET_GROUP,),
        remediation="Set protocol to TLS or HTTPS, with a container that speaks TLS.",
        check=is_one_of("protocol", "TLS", "HTTPS"),
    ),
)
