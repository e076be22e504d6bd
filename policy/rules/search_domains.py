"""Amazon OpenSearch Service: encryption, access and copies of search domains."""

import re
from collections.abc import Iterator
from typing import Final

from policy.checks import every, is_at_least, is_false, is_own_key, is_true, number_setting
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


def _own_group(domain: ResourceView, _config: Config) -> Iterator[Verdict]:
    groups = domain.at("vpcOptions.securityGroupIds")
    if not groups.items():
        yield violation(groups.path, f"{groups}; without one the VPC's default security group decides")


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
        fsbp=(
            "OpenSearch.1",
            "OpenSearch.3",
        ),
        checkov=(
            "CKV_AWS_5",
            "CKV_AWS_6",
            "CKV_AWS_247",
        ),
        cdk_nag=(
            "AwsSolutions-OS2",
            "AwsSolutions-OS8",
        ),
        prowler=(
            "opensearch_service_domains_encryption_at_rest_enabled",
            "opensearch_service_domains_node_to_node_encryption_enabled",
        ),
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
        fsbp=("OpenSearch.8",),
        checkov=(
            "CKV_AWS_83",
            "CKV_AWS_228",
        ),
        prowler=("opensearch_service_domains_https_communications_enforced",),
        types=(DOMAIN,),
        remediation="Set domainEndpointOptions: enforceHttps true, tlsSecurityPolicy Policy-Min-TLS-1-2-PFS-2023-10.",
        check=_tls,
    ),
    Rule(
        id="opensearch-in-vpc",
        title="Search domains are in the VPC",
        problem="The search domain has a public address",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        fsbp=("OpenSearch.2",),
        checkov=("CKV_AWS_137",),
        cdk_nag=(
            "AwsSolutions-OS1",
            "AwsSolutions-OS3",
        ),
        prowler=("opensearch_service_domains_not_publicly_accessible",),
        types=(DOMAIN,),
        remediation="Give vpcOptions.subnetIds private subnets.",
        check=_in_vpc,
    ),
    Rule(
        id="opensearch-own-security-group",
        title="Search domains have a security group of their own",
        problem="The search domain has the VPC's default security group",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        checkov=("CKV_AWS_248",),
        types=(DOMAIN,),
        remediation="Give vpcOptions.securityGroupIds a group that lets in those who search.",
        check=_own_group,
    ),
    Rule(
        id="opensearch-users-of-iam",
        title="Users of a search domain come from IAM or from an identity provider",
        problem="The search domain keeps users and passwords of its own",
        severity=Severity.MEDIUM,
        concern=Concern.PRIVILEGE,
        prowler=("opensearch_service_domains_internal_user_database_enabled",),
        types=(DOMAIN,),
        remediation="Set advancedSecurityOptions.internalUserDatabaseEnabled to false, and name a role as its master.",
        check=is_false("advancedSecurityOptions.internalUserDatabaseEnabled"),
    ),
    Rule(
        id="opensearch-not-public",
        title="Search domains are not open to the whole world",
        problem="Anybody in the world may use the search domain",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        cdk_nag=(
            "AwsSolutions-OS3",
            "AwsSolutions-OS5",
        ),
        prowler=("opensearch_service_domains_not_publicly_accessible",),
        types=(DOMAIN, DOMAIN_POLICY),
        remediation="Name the principal.",
        check=not_public("accessPolicies"),
    ),
    Rule(
        id="opensearch-fine-grained-access",
        title="Search domains control access to each index",
        problem="Whoever reaches the search domain may read every index",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        fsbp=("OpenSearch.7",),
        checkov=("CKV2_AWS_52",),
        cdk_nag=("AwsSolutions-OS5",),
        prowler=("opensearch_service_domains_access_control_enabled",),
        types=(DOMAIN,),
        remediation="Set advancedSecurityOptions.enabled to true.",
        check=is_true("advancedSecurityOptions.enabled"),
    ),
    Rule(
        id="opensearch-logs",
        title="Search domains publish their logs",
        problem="The search domain does not publish all its logs",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=(
            "OpenSearch.4",
            "OpenSearch.5",
        ),
        checkov=(
            "CKV_AWS_84",
            "CKV_AWS_317",
        ),
        cdk_nag=("AwsSolutions-OS9",),
        prowler=(
            "opensearch_service_domains_audit_logging_enabled",
            "opensearch_service_domains_cloudwatch_logging_enabled",
        ),
        types=(DOMAIN,),
        remediation="Give logPublishingOptions for AUDIT_LOGS, ES_APPLICATION_LOGS, INDEX_SLOW_LOGS, SEARCH_SLOW_LOGS.",
        check=_logs,
    ),
    Rule(
        id="opensearch-nodes",
        title="A search domain survives the loss of a zone",
        problem="The search domain has too few nodes, or is in one zone only",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        fsbp=("OpenSearch.6",),
        checkov=(
            "CKV2_AWS_59",
            "CKV_AWS_318",
        ),
        cdk_nag=(
            "AwsSolutions-OS4",
            "AwsSolutions-OS7",
        ),
        prowler=(
            "opensearch_service_domains_fault_tolerant_data_nodes",
            "opensearch_service_domains_fault_tolerant_master_nodes",
        ),
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
