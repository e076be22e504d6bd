"""Compliant data stores and monitoring services that a team adds beside the components."""

from tests.policy.nodes import Json, Node, Ref, Stack


def data_stores() -> Stack:
    return {
        "document-db": Node(
            "aws:docdb/cluster:Cluster",
            {
                "storageEncrypted": True,
                "backupRetentionPeriod": 7,
                "deletionProtection": True,
                "skipFinalSnapshot": False,
                "enabledCloudwatchLogsExports": ["audit"],
            },
        ),
        "elastic-document-db": Node("aws:docdb/elasticCluster:ElasticCluster", {"backupRetentionPeriod": 7}),
        "document-db-parameters": Node(
            "aws:docdb/clusterParameterGroup:ClusterParameterGroup",
            {"parameters": [{"name": "tls", "value": "enabled"}]},
        ),
        "graph-db": Node(
            "aws:neptune/cluster:Cluster",
            {
                "storageEncrypted": True,
                "backupRetentionPeriod": 7,
                "deletionProtection": True,
                "skipFinalSnapshot": False,
                "enableCloudwatchLogsExports": ["audit"],
                "iamDatabaseAuthenticationEnabled": True,
            },
        ),
        "graph-db-instance": Node("aws:neptune/clusterInstance:ClusterInstance", {"publiclyAccessible": False}),
        "graph-db-parameters": Node(
            "aws:neptune/clusterParameterGroup:ClusterParameterGroup",
            {"parameters": [{"name": "neptune_enforce_ssl", "value": "1"}]},
        ),
        "warehouse": Node(
            "aws:redshift/cluster:Cluster",
            {
                "encrypted": True,
                "publiclyAccessible": False,
                "automatedSnapshotRetentionPeriod": 7,
                "skipFinalSnapshot": False,
            },
        ),
        "warehouse-parameters": Node(
            "aws:redshift/parameterGroup:ParameterGroup", {"parameters": [{"name": "require_ssl", "value": "true"}]}
        ),
        "warehouse-workgroup": Node("aws:redshiftserverless/workgroup:Workgroup", {"publiclyAccessible": False}),
        "memory-db": Node(
            "aws:memorydb/cluster:Cluster", {"aclName": "orders", "tlsEnabled": True, "snapshotRetentionLimit": 7}
        ),
        "serverless-cache": Node(
            "aws:elasticache/serverlessCache:ServerlessCache", {"engine": "valkey", "snapshotRetentionLimit": 7}
        ),
        "kafka": Node(
            "aws:msk/cluster:Cluster",
            {
                "brokerNodeGroupInfo": {"connectivityInfo": {"publicAccess": {"type": "DISABLED"}}},
                "clientAuthentication": {"unauthenticated": False},
                "encryptionInfo": {"encryptionInTransit": {"clientBroker": "TLS", "inCluster": True}},
                "loggingInfo": {"brokerLogs": {"cloudwatchLogs": {"enabled": True, "logGroup": Ref("log-group")}}},
            },
        ),
        "stream": Node("aws:kinesis/stream:Stream", {"encryptionType": "KMS", "kmsKeyId": Ref("key")}),
        "delivery-stream": Node(
            "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", {"serverSideEncryption": {"enabled": True}}
        ),
        "broker": Node("aws:mq/broker:Broker", {"publiclyAccessible": False, "logs": {"general": True}}),
        "replication-instance": Node("aws:dms/replicationInstance:ReplicationInstance", {"publiclyAccessible": False}),
        "collection-network": Node(
            "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy",
            {"type": "network", "policy": Json([{"AllowFromPublic": False, "SourceVPCEs": ["vpce-1"]}])},
        ),
        "notebook": Node(
            "aws:sagemaker/notebookInstance:NotebookInstance",
            {"directInternetAccess": "Disabled", "rootAccess": "Disabled"},
        ),
        "file-server": Node("aws:transfer/server:Server", {"protocols": ["SFTP"]}),
        "graphql": Node(
            "aws:appsync/graphQLApi:GraphQLApi",
            {
                "authenticationType": "AMAZON_COGNITO_USER_POOLS",
                "additionalAuthenticationProviders": [{"authenticationType": "AWS_IAM"}],
            },
        ),
    }


def watching() -> Stack:
    return {
        "trail": Node(
            "aws:cloudtrail/trail:Trail",
            {"enableLogging": True, "enableLogFileValidation": True, "isMultiRegionTrail": True},
        ),
        "recorder": Node("aws:cfg/recorderStatus:RecorderStatus", {"isEnabled": True}),
        "detector": Node("aws:guardduty/detector:Detector", {"enable": True}),
        "builds": Node(
            "aws:codebuild/project:Project",
            {"environment": {"privilegedMode": False}, "projectVisibility": "PRIVATE"},
        ),
        "job": Node("aws:batch/jobDefinition:JobDefinition", {"containerProperties": Json({"privileged": False})}),
    }
