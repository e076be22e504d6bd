"""Cases of the rules on data stores, streams, brokers and monitoring services that a team adds."""

from tests.policy.cases.table import NO_OBJECT, OK, Change, Impossible, Row, V, edge
from tests.policy.nodes import ABSENT, UNKNOWN, Json

DISABLED = [{"name": "tls", "value": "disabled"}]

ROWS = (
    Row("data-stores-encrypted", "document-db", "storageEncrypted", wrong=(False, "false"), right=("true",)),
    Row("data-stores-encrypted", "graph-db", "storageEncrypted", wrong=(False,)),
    Row("data-stores-encrypted", "warehouse", "encrypted", absent=OK, wrong=(False, "false"), right=("true",)),
    Row("data-stores-encrypted", "stream", "encryptionType", wrong=("NONE",)),
    Row("data-stores-encrypted", "delivery-stream", "serverSideEncryption", wrong=({"enabled": False}, {}), wrong_type=NO_OBJECT),
    Row("data-stores-not-public", "graph-db-instance", "publiclyAccessible", absent=OK, wrong=(True,)),
    Row("data-stores-not-public", "warehouse", "publiclyAccessible", absent=OK, wrong=(True,)),
    Row("data-stores-not-public", "warehouse-workgroup", "publiclyAccessible", absent=OK, wrong=(True,)),
    Row("data-stores-not-public", "broker", "publiclyAccessible", absent=OK, wrong=(True,)),
    Row("data-stores-not-public", "replication-instance", "publiclyAccessible", absent=OK, wrong=(True,)),
    Row("data-stores-not-public", "kafka", "brokerNodeGroupInfo.connectivityInfo.publicAccess.type", absent=OK, wrong=("SERVICE_PROVIDED_EIPS",)),
    Row("data-stores-not-public", "collection-network", "policy", absent=OK, wrong=(Json([{"AllowFromPublic": True}]),), right=(Json([]), Json([{"SourceServices": ["x"]}])), wrong_type=(7, V)),
    Row("data-stores-not-public", "notebook", "directInternetAccess", wrong=("Enabled",)),
    Row("data-stores-tls-only", "memory-db", "tlsEnabled", absent=OK, wrong=(False,)),
    Row("data-stores-tls-only", "kafka", "encryptionInfo.encryptionInTransit", absent=OK, wrong=({"clientBroker": "TLS_PLAINTEXT"}, {"inCluster": False}), wrong_type=NO_OBJECT),
    Row("data-stores-tls-only", "document-db-parameters", "parameters", absent=OK, wrong=(DISABLED,), right=([{"name": "ttl_monitor", "value": "disabled"}],)),
    Row("data-stores-tls-only", "graph-db-parameters", "parameters", absent=OK, wrong=([{"name": "neptune_enforce_ssl", "value": "0"}],)),
    Row("data-stores-tls-only", "warehouse-parameters", "parameters", absent=OK, wrong=([{"name": "require_ssl", "value": "False"}],)),
    Row("data-stores-tls-only", "file-server", "protocols", absent=OK, wrong=(["SFTP", "FTP"],), right=(["FTPS"], ["AS2"])),
    Row("data-stores-backed-up", "document-db", "backupRetentionPeriod", wrong=(1, 6), right=(35, "8")),
    Row("data-stores-backed-up", "elastic-document-db", "backupRetentionPeriod", wrong=(1,)),
    Row("data-stores-backed-up", "graph-db", "backupRetentionPeriod", wrong=(1,)),
    Row("data-stores-backed-up", "warehouse", "automatedSnapshotRetentionPeriod", wrong=(0, 1)),
    Row("data-stores-backed-up", "memory-db", "snapshotRetentionLimit", wrong=(0,)),
    Row("data-stores-backed-up", "serverless-cache", "snapshotRetentionLimit", wrong=(0,)),
    Row("data-stores-kept", "document-db", "deletionProtection", wrong=(False,)),
    Row("data-stores-kept", "document-db", "skipFinalSnapshot", absent=OK, wrong=(True,)),
    Row("data-stores-kept", "graph-db", "deletionProtection", wrong=(False,)),
    Row("data-stores-kept", "graph-db", "skipFinalSnapshot", absent=OK, wrong=(True,)),
    Row("data-stores-kept", "warehouse", "skipFinalSnapshot", absent=OK, wrong=(True,)),
    Row("data-stores-logged", "document-db", "enabledCloudwatchLogsExports", wrong=([], ["profiler"]), right=(["profiler", "audit"],)),
    Row("data-stores-logged", "graph-db", "enableCloudwatchLogsExports", wrong=([], ["slowquery"])),
    Row("data-stores-logged", "kafka", "loggingInfo", wrong=({}, {"brokerLogs": {"s3": {"enabled": False}}}), right=({"brokerLogs": {"s3": {"enabled": True}}},), wrong_type=NO_OBJECT),
    Row("data-stores-logged", "broker", "logs.general", wrong=(False,)),
    Row("data-stores-ask-who", "memory-db", "aclName", absent=OK, wrong=("open-access",)),
    Row("data-stores-ask-who", "kafka", "clientAuthentication", absent=OK, wrong=({"unauthenticated": True},), wrong_type=NO_OBJECT),
    Row("data-stores-ask-who", "graph-db", "iamDatabaseAuthenticationEnabled", wrong=(False,)),
    Row("data-stores-ask-who", "graphql", "authenticationType", absent=OK, wrong=("API_KEY",), right=("AWS_IAM", "AWS_LAMBDA")),
    Row("data-stores-ask-who", "graphql", "additionalAuthenticationProviders", absent=OK, wrong=([{"authenticationType": "API_KEY"}],), right=([],)),
    Row("watching-switched-on", "trail", "enableLogging", absent=OK, wrong=(False,)),
    Row("watching-switched-on", "trail", "enableLogFileValidation", wrong=(False,)),
    Row("watching-switched-on", "trail", "isMultiRegionTrail", wrong=(False,)),
    Row("watching-switched-on", "recorder", "isEnabled", wrong=(False,)),
    Row("watching-switched-on", "detector", "enable", absent=OK, wrong=(False, "false")),
    Row("builds-not-privileged", "builds", "environment.privilegedMode", absent=OK, wrong=(True,)),
    Row("builds-not-privileged", "job", "containerProperties!privileged", absent=OK, wrong=(True,)),
    Row("builds-not-privileged", "notebook", "rootAccess", wrong=("Enabled",)),
    Row("builds-not-public", "builds", "projectVisibility", absent=OK, wrong=("PUBLIC_READ",), right=("PRIVATE",)),
)  # fmt: skip

EDGES = (
    *(edge("data-stores-encrypted", f"reads from a {name}", OK, "", Change("delivery-stream", "serverSideEncryption", ABSENT), Change("delivery-stream", name, {"roleArn": "x"}))
      for name in ("kinesisSourceConfiguration", "mskSourceConfiguration")),
    edge("data-stores-not-public", "an encryption policy", OK, "", Change("collection-network", "type", "encryption"), Change("collection-network", "policy", Json({"AWSOwnedKey": True}))),
    edge("data-stores-not-public", "a policy of an unknown type", "undecided", "collection-network", Change("collection-network", "type", UNKNOWN)),
    edge("data-stores-backed-up", "Memcached", OK, "", Change("serverless-cache", "engine", "memcached"), Change("serverless-cache", "snapshotRetentionLimit", ABSENT)),
    edge("data-stores-backed-up", "as long as the configuration asks", V, "memory-db", minimum_days=8),
    edge("builds-not-privileged", "a job of several containers", OK, "", Change("job", "containerProperties", ABSENT)),
)  # fmt: skip
IMPOSSIBLE: tuple[Impossible, ...] = ()
