"""Lists the provider's defaults for absent properties of the types in ``policy.rules.data_stores``.

``policy.provider.defaults`` explains the form, and names the sources.
"""

from collections.abc import Mapping
from typing import Final

Default = bool | float | str | None

BESIDE: Final[Mapping[str, Mapping[str, Default]]] = {
    "aws:appsync/graphQLApi:GraphQLApi": {
        "additionalAuthenticationProviders[].authenticationType": None,
        "authenticationType": None,
    },
    "aws:batch/jobDefinition:JobDefinition": {"containerProperties.privileged": False},
    "aws:cfg/recorderStatus:RecorderStatus": {"isEnabled": None},
    "aws:cloudtrail/trail:Trail": {
        "enableLogFileValidation": False,
        "enableLogging": True,
        "isMultiRegionTrail": False,
    },
    "aws:codebuild/project:Project": {"environment.privilegedMode": False, "projectVisibility": "PRIVATE"},
    "aws:dms/replicationInstance:ReplicationInstance": {"publiclyAccessible": False},
    "aws:docdb/cluster:Cluster": {
        "backupRetentionPeriod": 1,
        "deletionProtection": False,
        "enabledCloudwatchLogsExports[]": None,
        "skipFinalSnapshot": False,
        "storageEncrypted": False,
    },
    "aws:docdb/clusterParameterGroup:ClusterParameterGroup": {"parameters[].name": None, "parameters[].value": None},
    "aws:docdb/elasticCluster:ElasticCluster": {"backupRetentionPeriod": 1},
    "aws:elasticache/serverlessCache:ServerlessCache": {"engine": None, "snapshotRetentionLimit": 0},
    "aws:guardduty/detector:Detector": {"enable": True},
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": {"serverSideEncryption.enabled": False},
    "aws:kinesis/stream:Stream": {"encryptionType": "NONE"},
    "aws:memorydb/cluster:Cluster": {"aclName": None, "snapshotRetentionLimit": 0, "tlsEnabled": True},
    "aws:mq/broker:Broker": {"logs.general": False, "publiclyAccessible": False},
    "aws:msk/cluster:Cluster": {
        "brokerNodeGroupInfo.connectivityInfo.publicAccess.type": "DISABLED",
        "clientAuthentication.unauthenticated": False,
        **{f"loggingInfo.brokerLogs.{kind}.enabled": None for kind in ("cloudwatchLogs", "firehose", "s3")},
        "encryptionInfo.encryptionInTransit.clientBroker": "TLS",
        "encryptionInfo.encryptionInTransit.inCluster": True,
    },
    "aws:neptune/cluster:Cluster": {
        "backupRetentionPeriod": 1,
        "deletionProtection": False,
        "enableCloudwatchLogsExports[]": None,
        "iamDatabaseAuthenticationEnabled": False,
        "skipFinalSnapshot": False,
        "storageEncrypted": False,
    },
    "aws:neptune/clusterInstance:ClusterInstance": {"publiclyAccessible": False},
    "aws:neptune/clusterParameterGroup:ClusterParameterGroup": {"parameters[].name": None, "parameters[].value": None},
    "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy": {
        "policy[].AllowFromPublic": False,
        "type": None,
    },
    "aws:redshift/cluster:Cluster": {
        "automatedSnapshotRetentionPeriod": 1,
        "encrypted": True,
        "publiclyAccessible": False,
        "skipFinalSnapshot": False,
    },
    "aws:redshift/parameterGroup:ParameterGroup": {"parameters[].name": None, "parameters[].value": None},
    "aws:redshiftserverless/workgroup:Workgroup": {"publiclyAccessible": False},
    "aws:sagemaker/notebookInstance:NotebookInstance": {"directInternetAccess": "Enabled", "rootAccess": "Enabled"},
    "aws:transfer/server:Server": {"protocols[]": None},
}
"""Type -> property -> the provider's default. Redshift encrypts by default since version 6 of the Terraform provider,
which is version 7 of pulumi-aws."""
