"""Amazon OpenSearch Service: encryption, access and copies of search domains."""

import re
from collections.abc import Iterator
from typing import Final

from policy.checks import every, is_at_least, is_own_key, is_true, number_setting
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, violation
from policy.rules.resource_policies import not_public
from policy.values import State, Value, some

DOMAIN: Final = "aws:opensearch/domain:Domain"
DOMAIN_POLICY: Final = "aws:opensearch/domainPolicy:DomainPolicy"
STRONG_TLS: Final = re.compile(r"Policy-Min-TLS-1-[23](-PFS)?-20(23-10|2[4-9]-\d\d)|Policy-Min-TLS-1-2-PFS-2023-10")
LOGS: Final = ("AUDIT_LOGS", "ES_APPLICATION_LOGS", "INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS")


def _in_vpc(domain: ResourceView, _config: Config) -> Iterator[Verdict]:
    subnets = domain.at("vpcOptions.subnetIds")
    if not subnets.items():
        yield violation(subnets.path, f"{subnets}; it must name private subnets")


def _tls(domain: ResourceView, config: Config) -> Iterator[Verdict]:
    yield from is_true("domainEndpointOptions.enforceHttps")(domain, config)
    policy = domain.at("domainEndpointOptions.tlsSecurityPolicy")
    if not STRONG_TLS.fullmatch(policy.text() or ""):
        yield violation(policy.path, f"{policy}; it must be Policy-Min-TLS-1-2-PFS-2023-10 or a stronger one")


def _logs(domain: ResourceView, _config: Config) -> Iterator[Verdict]:
    options = domain.at("logPublishingOptions")
    for wanted in LOGS:
        if not some(options.items(), lambda item, kind=wanted: item.at("logType").text() == kind and _is_on(item)):
            yield violation(options.path, f"{options.path} has no {wanted}")


def _is_on(option: Value) -> bool:
    enabled = option.at("enabled")
    return enabled.state is State.ABSENT or enabled.flag()


RULES = (
    Rule(
        id="opensearch-encrypted",
        title="Search domains are encrypted, at rest and between their nodes",
        problem="The search domain is not encrypted",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        types=(DOMAIN,),
        remediation="Set encryptAtRest.enabled, with kmsKeyId, and nodeToNodeEncryption.enabled to true.",
        check=every(
            is_true("encryptAtRest.enabled"),
            is_own_key("encryptAtRest.kmsKeyId"),
            is_true("nodeToNodeEncryption.enabled"),
        ),
    ),
    Rule(
        id="opensearch-tls",
        title="Search domains take strong TLS only",
        problem="The search domain takes requests without TLS, or with weak TLS",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        types=(DOMAIN,),
        remediation="Set domainEndpointOptions: enforceHttps true, tlsSecurityPolicy Policy-Min-TLS-1-2-PFS-2023-10.",
        check=_tls,
    ),
    Rule(
        id="opensearch-in-vpc",
        title="Search domains stand in the VPC",
        problem="The search domain has a public address",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        types=(DOMAIN,),
        remediation="Give vpcOptions.subnetIds private subnets.",
        check=_in_vpc,
    ),
    Rule(
        id="opensearch-not-public",
        title="Nobody in the world searches a domain",
        problem="Anybody in the world may use the search domain",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        types=(DOMAIN, DOMAIN_POLICY),
        remediation="Name the principal.",
        check=not_public("accessPolicies"),
    ),
    Rule(
        id="opensearch-fine-grained-access",
        title="Search domains ask who searches, index by index",
        problem="Whoever reaches the search domain may read every index",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        types=(DOMAIN,),
        remediation="Set advancedSecurityOptions.enabled to true.",
        check=is_true("advancedSecurityOptions.enabled"),
    ),
    Rule(
        id="opensearch-logs",
        title="Search domains log",
        problem="The search domain does not log all that it can",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        types=(DOMAIN,),
        remediation="Give logPublishingOptions for AUDIT_LOGS, ES_APPLICATION_LOGS, INDEX_SLOW_LOGS, SEARCH_SLOW_LOGS.",
        check=_logs,
    ),
    Rule(
        id="opensearch-nodes",
        title="A search domain outlives a zone",
        problem="The search domain stands on too few nodes, or in one zone",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=(DOMAIN,),
        remediation="Set clusterConfig: instanceCount 3, zoneAwarenessEnabled, dedicatedMasterEnabled with count 3.",
        check=every(
            is_at_least("clusterConfig.instanceCount", "minimum-nodes"),
            is_true("clusterConfig.zoneAwarenessEnabled"),
            is_true("clusterConfig.dedicatedMasterEnabled"),
        ),
        config={"minimum-nodes": number_setting(3, "Least data nodes.", least=1)},
    ),
)
