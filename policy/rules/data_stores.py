"""Data stores, streams and brokers that a team adds beside RDS, S3 and DynamoDB: one rule for each danger."""

from collections.abc import Iterator, Mapping
from typing import Final

from policy.checks import (
    every,
    is_at_least,
    is_false,
    is_none_of,
    is_one_of,
    is_true,
    number_setting,
)
from policy.resources import ResourceView
from policy.rule import Concern, Config, ResourceCheck, Rule, Severity, Verdict, violation
from policy.rules.rds import parameter_values
from policy.values import some

DOCUMENT_DB: Final = "aws:docdb/cluster:Cluster"
ELASTIC_DOCUMENT_DB: Final = "aws:docdb/elasticCluster:ElasticCluster"
DOCUMENT_DB_PARAMETERS: Final = "aws:docdb/clusterParameterGroup:ClusterParameterGroup"
NEPTUNE: Final = "aws:neptune/cluster:Cluster"
NEPTUNE_INSTANCE: Final = "aws:neptune/clusterInstance:ClusterInstance"
NEPTUNE_PARAMETERS: Final = "aws:neptune/clusterParameterGroup:ClusterParameterGroup"
REDSHIFT: Final = "aws:redshift/cluster:Cluster"
REDSHIFT_PARAMETERS: Final = "aws:redshift/parameterGroup:ParameterGroup"
REDSHIFT_WORKGROUP: Final = "aws:redshiftserverless/workgroup:Workgroup"
MEMORY_DB: Final = "aws:memorydb/cluster:Cluster"
SERVERLESS_CACHE: Final = "aws:elasticache/serverlessCache:ServerlessCache"
KAFKA: Final = "aws:msk/cluster:Cluster"
STREAM: Final = "aws:kinesis/stream:Stream"
DELIVERY_STREAM: Final = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
BROKER: Final = "aws:mq/broker:Broker"
REPLICATION: Final = "aws:dms/replicationInstance:ReplicationInstance"
SERVERLESS_POLICY: Final = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"
NOTEBOOK: Final = "aws:sagemaker/notebookInstance:NotebookInstance"
TRANSFER: Final = "aws:transfer/server:Server"
GRAPHQL: Final = "aws:appsync/graphQLApi:GraphQLApi"

PLAIN_PROTOCOL: Final = "FTP"
"""The only protocol of AWS Transfer without encryption."""


def of_types(checks: Mapping[str, ResourceCheck]) -> ResourceCheck:
    """Combine several checks into one; each is for one resource type.

    Args:
        checks: Type -> its check.
    """

    def check(resource: ResourceView, config: Config) -> Iterator[Verdict]:
        yield from checks[resource.type](resource, config)

    return check


def _parameter(name: str, *refused: str) -> ResourceCheck:
    """Refuse values of a parameter in a parameter group. A group without the parameter is right: the default is safe.

    Args:
        name: The parameter's name.
        refused: Values that it must not have, in lower case.
    """

    def check(group: ResourceView, _config: Config) -> Iterator[Verdict]:
        for value in parameter_values(group, name):
            if (value.text() or "").lower() in refused:
                yield violation(value.path, f"{value} for {name}; clients may then connect without TLS")

    return check


def _encrypts_by_itself(stream: ResourceView) -> bool:
    """Check whether a delivery stream must encrypt by itself: no source stream encrypts for it."""
    return not (stream.at("kinesisSourceConfiguration").present or stream.at("mskSourceConfiguration").present)


def _not_from_internet(policy: ResourceView, _config: Config) -> Iterator[Verdict]:
    if policy.text("type") != "network":
        return
    for entry in policy.at("policy").document().items():
        public = entry.at("AllowFromPublic")
        if public.flag():
            yield violation(public.path, f"{public}; the collection must be reached through VPC endpoints")


def _no_plain_protocol(server: ResourceView, _config: Config) -> Iterator[Verdict]:
    protocols = server.at("protocols")
    if some(protocols.items(), lambda item: item.text() == PLAIN_PROTOCOL):
        yield violation(protocols.path, f"{protocols}; it must be SFTP, FTPS or AS2")


def _logs_of_brokers(cluster: ResourceView, _config: Config) -> Iterator[Verdict]:
    logs = cluster.at("loggingInfo.brokerLogs")
    if not some(("cloudwatchLogs", "firehose", "s3"), lambda kind: logs.at(f"{kind}.enabled").flag()):
        yield violation(logs.path, f"{logs}; it must name a log group, a stream or a bucket")


def _logs_audit(path: str) -> ResourceCheck:
    def check(cluster: ResourceView, _config: Config) -> Iterator[Verdict]:
        logs = cluster.at(path)
        if not some(logs.items(), lambda item: item.text() == "audit"):
            yield violation(logs.path, f"{logs}; audit must be one of them")

    return check


def _signs_in(api: ResourceView, config: Config) -> Iterator[Verdict]:
    yield from is_none_of("authenticationType", "API_KEY")(api, config)
    for provider in api.at("additionalAuthenticationProviders").items():
        kind = provider.at("authenticationType")
        if kind.text() == "API_KEY":
            yield violation(kind.path, f"{kind}; an API key is in every copy of the client")


ENCRYPTED: Final = {
    DOCUMENT_DB: is_true("storageEncrypted"),
    NEPTUNE: is_true("storageEncrypted"),
    REDSHIFT: is_true("encrypted"),
    STREAM: is_one_of("encryptionType", "KMS"),
    DELIVERY_STREAM: is_true("serverSideEncryption.enabled", when=_encrypts_by_itself),
}
NOT_PUBLIC: Final = {
    NEPTUNE_INSTANCE: is_false("publiclyAccessible"),
    REDSHIFT: is_false("publiclyAccessible"),
    REDSHIFT_WORKGROUP: is_false("publiclyAccessible"),
    BROKER: is_false("publiclyAccessible"),
    REPLICATION: is_false("publiclyAccessible"),
    KAFKA: is_one_of("brokerNodeGroupInfo.connectivityInfo.publicAccess.type", "DISABLED"),
    SERVERLESS_POLICY: _not_from_internet,
    NOTEBOOK: is_one_of("directInternetAccess", "Disabled"),
}
TLS_ONLY: Final = {
    MEMORY_DB: is_true("tlsEnabled"),
    KAFKA: every(
        is_one_of("encryptionInfo.encryptionInTransit.clientBroker", "TLS"),
        is_true("encryptionInfo.encryptionInTransit.inCluster"),
    ),
    DOCUMENT_DB_PARAMETERS: _parameter("tls", "disabled"),
    NEPTUNE_PARAMETERS: _parameter("neptune_enforce_ssl", "0"),
    REDSHIFT_PARAMETERS: _parameter("require_ssl", "false"),
    TRANSFER: _no_plain_protocol,
}
BACKED_UP: Final = {
    DOCUMENT_DB: is_at_least("backupRetentionPeriod", "minimum-days"),
    ELASTIC_DOCUMENT_DB: is_at_least("backupRetentionPeriod", "minimum-days"),
    NEPTUNE: is_at_least("backupRetentionPeriod", "minimum-days"),
    REDSHIFT: is_at_least("automatedSnapshotRetentionPeriod", "minimum-days"),
    MEMORY_DB: is_at_least("snapshotRetentionLimit", "minimum-days"),
    SERVERLESS_CACHE: is_at_least(
        "snapshotRetentionLimit", "minimum-days", when=lambda cache: cache.text("engine") != "memcached"
    ),
}
KEPT: Final = {
    DOCUMENT_DB: every(is_true("deletionProtection"), is_false("skipFinalSnapshot")),
    NEPTUNE: every(is_true("deletionProtection"), is_false("skipFinalSnapshot")),
    REDSHIFT: is_false("skipFinalSnapshot"),
}
LOGGED: Final = {
    DOCUMENT_DB: _logs_audit("enabledCloudwatchLogsExports"),
    NEPTUNE: _logs_audit("enableCloudwatchLogsExports"),
    KAFKA: _logs_of_brokers,
    BROKER: is_true("logs.general"),
}
ASKING: Final = {
    MEMORY_DB: is_none_of("aclName", "open-access"),
    KAFKA: is_false("clientAuthentication.unauthenticated"),
    NEPTUNE: is_true("iamDatabaseAuthenticationEnabled"),
    GRAPHQL: _signs_in,
}

RULES = (
    Rule(
        id="data-stores-encrypted",
        title="Data stores and streams encrypt their data",
        problem="The data store or stream does not encrypt its data",
        severity=Severity.HIGH,
        concern=Concern.ENCRYPTION,
        fsbp=(
            "DocumentDB.1",
            "Kinesis.1",
            "Neptune.1",
            "Redshift.10",
        ),
        checkov=(
            "CKV_AWS_43",
            "CKV_AWS_44",
            "CKV_AWS_64",
            "CKV_AWS_74",
            "CKV_AWS_240",
        ),
        types=tuple(ENCRYPTED),
        remediation="Set the property that the message names; most stores can be encrypted only when they are made.",
        check=of_types(ENCRYPTED),
        note="A delivery stream that reads from another stream is encrypted by that stream.",
    ),
    Rule(
        id="data-stores-not-public",
        title="Data stores, brokers and notebooks are not reached from the internet",
        problem="The data store, broker or notebook is reached from the internet, or reaches it directly",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        fsbp=(
            "DMS.1",
            "Redshift.1",
            "SageMaker.1",
        ),
        checkov=(
            "CKV_AWS_69",
            "CKV_AWS_87",
            "CKV_AWS_89",
            "CKV_AWS_102",
            "CKV_AWS_122",
            "CKV_AWS_291",
        ),
        types=tuple(NOT_PUBLIC),
        remediation="Set the property that the message names, and reach the store from inside the VPC.",
        check=of_types(NOT_PUBLIC),
    ),
    Rule(
        id="data-stores-tls-only",
        title="Data stores, brokers and file servers take connections with TLS only",
        problem="The data store, broker or file server takes connections without TLS",
        severity=Severity.HIGH,
        concern=Concern.ENCRYPTION,
        fsbp=(
            "MSK.1",
            "Redshift.2",
        ),
        checkov=(
            "CKV_AWS_81",
            "CKV_AWS_90",
            "CKV_AWS_105",
            "CKV_AWS_202",
        ),
        types=tuple(TLS_ONLY),
        remediation="Set the property or parameter that the message names.",
        check=of_types(TLS_ONLY),
        note="In a parameter group only a value that turns TLS off is refused: without the parameter TLS is on.",
    ),
    Rule(
        id="data-stores-backed-up",
        title="Backups of data stores are kept long enough",
        problem="Backups of the data store are not kept long enough, or not made",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        fsbp=(
            "DocumentDB.2",
            "Neptune.5",
            "Redshift.3",
        ),
        checkov=(
            "CKV_AWS_343",
            "CKV_AWS_360",
            "CKV_AWS_361",
        ),
        types=tuple(BACKED_UP),
        remediation="Set the property that the message names to at least the configured number.",
        check=of_types(BACKED_UP),
        config={"minimum-days": number_setting(7, "Least retention in days.", least=1)},
        note="Memcached has no backups.",
    ),
    Rule(
        id="data-stores-kept",
        title="Data stores cannot be deleted by mistake, and leave a snapshot",
        problem="The data store can be deleted by mistake, or leaves no snapshot",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        fsbp=(
            "DocumentDB.5",
            "Neptune.4",
        ),
        types=tuple(KEPT),
        remediation="Set deletionProtection to true and leave skipFinalSnapshot false.",
        check=of_types(KEPT),
    ),
    Rule(
        id="data-stores-logged",
        title="Data stores and brokers log what is done to them",
        problem="The data store or broker logs nothing",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=(
            "DocumentDB.4",
            "Neptune.2",
        ),
        checkov=(
            "CKV_AWS_48",
            "CKV_AWS_80",
            "CKV_AWS_85",
            "CKV_AWS_101",
        ),
        types=tuple(LOGGED),
        remediation="Set the property that the message names.",
        check=of_types(LOGGED),
    ),
    Rule(
        id="data-stores-ask-who",
        title="Data stores, brokers and GraphQL APIs authenticate their clients",
        problem="Whoever reaches the data store, broker or API may use it",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        fsbp=("Neptune.7",),
        checkov=("CKV_AWS_359",),
        types=tuple(ASKING),
        remediation="Set the property that the message names: an access list, IAM, or a user pool.",
        check=of_types(ASKING),
        note="An API key of AppSync is in every copy of the client, so it authenticates nobody.",
    ),
)
