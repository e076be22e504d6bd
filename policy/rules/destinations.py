"""Destinations of events, logs, copies and messages: they must stay in accounts that are allowed."""

from collections.abc import Iterator
from typing import Final

from policy.checks import texts_setting
from policy.graph import BUCKET, Graph
from policy.iam.own_buckets import is_own
from policy.iam.parties import Kind, Known, Party, known, strangers
from policy.iam.principals import ACCOUNT, account_in_arn
from policy.paths import each
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, per_resource, undecided
from policy.rules import container_destinations, iam
from policy.rules.resource_policies import SUBSCRIPTION
from policy.rules.retention import REPLICATION
from policy.rules.spot import TASK_DEFINITION
from policy.secrets.in_text import top_of
from policy.values import State, Value

_DEAD_LETTERS: Final = "deadLetterConfig.arn"
_FIREHOSE: Final = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"

_HOSTS: Final[dict[str, tuple[str, ...]]] = {
    "aws:datasync/locationAzureBlob:LocationAzureBlob": ("containerUrl",),
    "aws:datasync/locationObjectStorage:LocationObjectStorage": ("serverHostname",),
    "aws:datasync/locationSmb:LocationSmb": ("serverHostname",),
    "aws:datasync/nfsLocation:NfsLocation": ("serverHostname",),
    "aws:dms/endpoint:Endpoint": ("serverName", "kinesisSettings.streamArn"),
}

SENT: Final[dict[str, tuple[str, ...]]] = {
    REPLICATION: (
        "rules[].destination.account",
        "rules[].destination.bucket",
        "rules[].destination.encryptionConfiguration.replicaKmsKeyId",
    ),
    BUCKET: (
        "replicationConfiguration.rules[].destination.accountId",
        "replicationConfiguration.rules[].destination.bucket",
    ),
    "aws:autoscaling/lifecycleHook:LifecycleHook": ("notificationTargetArn",),
    "aws:autoscaling/notification:Notification": ("topicArn",),
    "aws:backup/vaultNotifications:VaultNotifications": ("snsTopicArn",),
    "aws:budgets/budget:Budget": ("notifications[].subscriberSnsTopicArns[]",),
    "aws:cfg/deliveryChannel:DeliveryChannel": ("snsTopicArn",),
    "aws:cloudfront/realtimeLogConfig:RealtimeLogConfig": ("endpoint.kinesisStreamConfig.streamArn",),
    "aws:cloudtrail/trail:Trail": ("cloudWatchLogsGroupArn", "snsTopicName"),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": ("alarmActions[]", "okActions[]", "insufficientDataActions[]"),
    "aws:cloudwatch/eventBus:EventBus": (_DEAD_LETTERS,),
    "aws:cloudwatch/eventEndpoint:EventEndpoint": ("eventBuses[].eventBusArn",),
    "aws:cloudwatch/eventRule:EventRule": ("eventBusName",),
    "aws:cloudwatch/eventTarget:EventTarget": ("arn", _DEAD_LETTERS, "eventBusName"),
    "aws:cloudwatch/logAccountPolicy:LogAccountPolicy": ("policyDocument!.DestinationArn",),
    "aws:cloudwatch/logDelivery:LogDelivery": ("deliveryDestinationArn",),
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": (
        "deliveryDestinationConfiguration.destinationResourceArn",
    ),
    "aws:cloudwatch/logDestination:LogDestination": ("targetArn",),
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": ("destinationArn",),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("alarmActions[]", "okActions[]", "insufficientDataActions[]"),
    "aws:cloudwatch/metricStream:MetricStream": ("firehoseArn",),
    "aws:datasync/s3Location:S3Location": ("s3BucketArn",),
    "aws:datasync/task:Task": ("destinationLocationArn",),
    **_HOSTS,
    "aws:dms/s3Endpoint:S3Endpoint": ("expectedBucketOwner",),
    "aws:dynamodb/kinesisStreamingDestination:KinesisStreamingDestination": ("streamArn",),
    "aws:dynamodb/tableExport:TableExport": ("s3BucketOwner",),
    "aws:ebs/snapshotCopy:SnapshotCopy": ("kmsKeyId",),
    "aws:ec2/amiCopy:AmiCopy": ("kmsKeyId",),
    "aws:ec2/flowLog:FlowLog": ("logDestination",),
    "aws:ecr/replicationConfiguration:ReplicationConfiguration": (
        "replicationConfiguration.rules[].destinations[].registryId",
    ),
    "aws:efs/replicationConfiguration:ReplicationConfiguration": ("destination.fileSystemId",),
    "aws:guardduty/publishingDestination:PublishingDestination": ("destinationArn",),
    _FIREHOSE: (
        "extendedS3Configuration.bucketArn",
        "elasticsearchConfiguration.domainArn",
        "elasticsearchConfiguration.s3Configuration.bucketArn",
        "httpEndpointConfiguration.url",
        "httpEndpointConfiguration.s3Configuration.bucketArn",
        "icebergConfiguration.catalogArn",
        "icebergConfiguration.s3Configuration.bucketArn",
        "opensearchConfiguration.domainArn",
        "opensearchConfiguration.s3Configuration.bucketArn",
        "redshiftConfiguration.clusterJdbcurl",
        "redshiftConfiguration.s3Configuration.bucketArn",
        "snowflakeConfiguration.accountUrl",
        "splunkConfiguration.hecEndpoint",
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": ("destinationConfig.onFailure.destinationArn",),
    "aws:lambda/function:Function": ("deadLetterConfig.targetArn",),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (
        "destinationConfig.onFailure.destination",
        "destinationConfig.onSuccess.destination",
    ),
    "aws:oam/link:Link": ("sinkIdentifier",),
    "aws:pipes/pipe:Pipe": ("target", "enrichment"),
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": ("kmsKeyId",),
    "aws:rds/eventSubscription:EventSubscription": ("snsTopic",),
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": ("kmsKeyId",),
    "aws:rds/integration:Integration": ("targetArn",),
    "aws:rds/snapshotCopy:SnapshotCopy": ("kmsKeyId",),
    "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig": ("destinationArn",),
    "aws:s3/analyticsConfiguration:AnalyticsConfiguration": (
        "storageClassAnalysis.dataExport.destination.s3BucketDestination.bucketAccountId",
        "storageClassAnalysis.dataExport.destination.s3BucketDestination.bucketArn",
    ),
    "aws:s3/bucketNotification:BucketNotification": (
        "lambdaFunctions[].lambdaFunctionArn",
        "queues[].queueArn",
        "topics[].topicArn",
    ),
    "aws:s3/inventory:Inventory": ("destination.bucket.accountId", "destination.bucket.bucketArn"),
    "aws:s3control/storageLensConfiguration:StorageLensConfiguration": (
        "storageLensConfiguration.dataExport.s3BucketDestination.accountId",
        "storageLensConfiguration.dataExport.s3BucketDestination.arn",
    ),
    "aws:scheduler/schedule:Schedule": ("target.arn", f"target.{_DEAD_LETTERS}"),
    "aws:ses/eventDestination:EventDestination": ("kinesisDestination.streamArn", "snsDestination.topicArn"),
    "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination": (
        "eventDestination.eventBridgeDestination.eventBusArn",
        "eventDestination.kinesisFirehoseDestination.deliveryStreamArn",
        "eventDestination.snsDestination.topicArn",
    ),
    SUBSCRIPTION: ("endpoint", "redrivePolicy!.deadLetterTargetArn"),
    "aws:sqs/queue:Queue": ("redrivePolicy!.deadLetterTargetArn",),
    "aws:sqs/redrivePolicy:RedrivePolicy": ("redrivePolicy!.deadLetterTargetArn",),
    "aws:vpclattice/accessLogSubscription:AccessLogSubscription": ("destinationArn",),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": ("logDestinationConfigs[]",),
}
"""Type -> the paths, as `policy.paths.each` takes them, of the destinations that it sends events or data to, and of the
keys that it encrypts copies with."""

BUCKETS: Final[dict[str, tuple[str, ...]]] = {
    "aws:athena/workgroup:Workgroup": ("configuration.resultConfiguration.outputLocation",),
    BUCKET: ("logging.targetBucket",),
    "aws:cfg/deliveryChannel:DeliveryChannel": ("s3BucketName",),
    "aws:cloudfront/distribution:Distribution": ("loggingConfig.bucket",),
    "aws:cloudtrail/trail:Trail": ("s3BucketName",),
    "aws:codebuild/project:Project": ("logsConfig.s3Logs.location",),
    "aws:cur/reportDefinition:ReportDefinition": ("s3Bucket",),
    "aws:dynamodb/tableExport:TableExport": ("s3Bucket",),
    "aws:ec2/spotDatafeedSubscription:SpotDatafeedSubscription": ("bucket",),
    "aws:ecs/cluster:Cluster": ("configuration.executeCommandConfiguration.logConfiguration.s3BucketName",),
    "aws:lb/loadBalancer:LoadBalancer": ("accessLogs.bucket", "connectionLogs.bucket", "healthCheckLogs.bucket"),
    "aws:msk/cluster:Cluster": ("loggingInfo.brokerLogs.s3.bucket",),
    "aws:rds/exportTask:ExportTask": ("s3BucketName",),
    "aws:redshift/logging:Logging": ("bucketName",),
    "aws:s3/bucketLogging:BucketLogging": ("targetBucket",),
    "aws:ses/receiptRule:ReceiptRule": ("s3Actions[].bucketName",),
    "aws:ssm/association:Association": ("outputLocation.s3BucketName",),
    "aws:ssm/resourceDataSync:ResourceDataSync": ("s3Destination.bucketName",),
}
"""The same as `SENT`, for destinations that are buckets, given by name, address (``s3://``) or DNS name."""
_TYPES: Final = tuple(dict.fromkeys((*SENT, *BUCKETS, TASK_DEFINITION)))
_ANY_BUCKETS: Final = "the bucket is not part of this stack, and its name does not say whose it is"
_ANY_HOSTS: Final = "nobody can tell from a URL or a host whose account the data goes to"

_BUCKETS: Final = ("arn:aws:s3:::", "arn:aws-cn:s3:::", "arn:aws-us-gov:s3:::")
_SCHEMES: Final = ("http://", "https://")
OUTSIDE: Final = frozenset({_FIREHOSE, *_HOSTS})
"""Types that send everything to a URL or a host, which does not reveal the account behind it. Subscriptions with a mail
address are not listed: they are for people, and the owner of the address has to confirm them."""


def _stays_inside(graph: Graph, resource: ResourceView, config: Config) -> Iterator[Verdict]:
    whom = known(graph, config)
    if resource.type == TASK_DEFINITION:
        yield from container_destinations.outside(graph, resource)
    for path in SENT.get(resource.type, ()):
        for value in _not_the_stacks(graph, resource, path):
            yield from guarded(_goes_to(graph, resource, value, whom))
    for path in BUCKETS.get(resource.type, ()):
        for value in _not_the_stacks(graph, resource, path):
            yield from guarded(_ends_in_own_bucket(graph, resource, value))


def _not_the_stacks(graph: Graph, resource: ResourceView, path: str) -> Iterator[Value]:
    """Yield the values at a path, except unknown values that come from a resource of the stack."""
    for value in each(resource.whole, path):
        if value.state is not State.UNKNOWN or not graph.targets(resource, top_of(path).rstrip("!")):
            yield value


def _goes_to(graph: Graph, resource: ResourceView, value: Value, whom: Known) -> Iterator[Verdict]:
    place = value.text() or ""
    account = place if ACCOUNT.fullmatch(place) else account_in_arn(place)
    if account:
        yield from strangers(value.path, [Party(place, Kind.ACCOUNT, account)], whom, does="sends data to")
    elif place.startswith(_BUCKETS):
        yield from _ends_in_own_bucket(graph, resource, value)
    elif place and _leads_anywhere(graph, resource, value):
        yield undecided(value.path, _ANY_HOSTS)


def _leads_anywhere(graph: Graph, resource: ResourceView, value: Value) -> bool:
    """Check whether a destination is a URL or a host that may belong to anybody."""
    is_url = (value.text() or "").startswith(_SCHEMES)
    if resource.type == SUBSCRIPTION:
        # The URLs of this library's components come from the stack file (observability.alarm_urls).
        return is_url and not resource.component
    return resource.type in OUTSIDE and (is_url or not _comes_from(graph, resource, value))


def _ends_in_own_bucket(graph: Graph, resource: ResourceView, value: Value) -> Iterator[Verdict]:
    place = value.text() or ""
    if place and not is_own(graph, resource, top_of(value.path), place):
        yield undecided(value.path, _ANY_BUCKETS)


def _comes_from(graph: Graph, resource: ResourceView, value: Value) -> bool:
    return bool(graph.targets(resource, top_of(value.path)))


def _policies_of_foreign_accounts(graph: Graph, resource: ResourceView, config: Config) -> Iterator[Verdict]:
    whom = known(graph, config)
    values = [*iam.managed(resource)] if resource.type in iam.ATTACHING else []
    values += [resource.at(BOUNDARY)] if resource.type in BOUNDED else []
    for value in values:
        if value.state is State.KNOWN:
            yield from guarded(_is_of(value, whom))


def _is_of(value: Value, whom: Known) -> Iterator[Verdict]:
    arn = value.text() or ""
    account = account_in_arn(arn)
    found = [Party(arn, Kind.ACCOUNT, account)] if account else []
    yield from strangers(value.path, found, whom, does="gives the rights of")


BOUNDARY: Final = "permissionsBoundary"
BOUNDED: Final = (iam.ROLE, iam.USER)

RULES = (
    Rule(
        id="no-destinations-of-foreign-accounts",
        title="Events, logs, messages and copies stay in the accounts that are allowed",
        problem="Events, logs, messages or copies go to another account",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        types=_TYPES,
        remediation="Send it elsewhere, or allow the account in the section policy of the stack file.",
        check_graph=per_resource(_stays_inside, *_TYPES),
        config={"allowed-accounts": texts_setting([], "Ids of other accounts that may receive them.")},
        note=(
            "Neither the ARN nor the name of a bucket reveals its account, so a bucket outside the stack is undecided. "
            "So is a URL or a host that messages or container logs are sent to, except those of "
            "observability.alarm_urls. no-foreign-accounts checks copies of backups, and what is shared by name."
        ),
    ),
    Rule(
        id="no-policies-of-foreign-accounts",
        title="Policies and permissions boundaries come from AWS or from accounts that are allowed",
        problem="Another account decides what a role, user or group may do",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        types=tuple(dict.fromkeys((*iam.ATTACHING, *BOUNDED))),
        remediation=(
            "Attach a policy of the account's own or of AWS, or allow the account in the section policy of the stack "
            "file."
        ),
        check_graph=per_resource(_policies_of_foreign_accounts, *dict.fromkeys((*iam.ATTACHING, *BOUNDED))),
        config={"allowed-accounts": texts_setting([], "Ids of other accounts whose policies may be attached.")},
        note="iam-no-managed-full-access and iam-managed-policies-listed check policies of AWS.",
    ),
)
