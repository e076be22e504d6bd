"""Cases of the rules on destinations of data, by the name of a bucket or a host, and on sources of images."""

from typing import Any

from tests.policy.cases.table import OK, Case, Change, Impossible, Row, U, V, edge
from tests.policy.nodes import UNKNOWN, Json, Node, Ref

RULE = "no-destinations-of-foreign-accounts"
OURS = Change("named", node=Node("aws:s3/bucket:Bucket", {"bucket": "our-logs"}))
TASK = "aws:ecs/taskDefinition:TaskDefinition"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"


def _nested(path: str, value: Any) -> dict[str, Any]:
    name, _, rest = path.partition(".")
    inner = _nested(rest, value) if rest else value
    return {name.removesuffix("[]"): [inner] if name.endswith("[]") else inner}


BY_NAME = (
    ("aws:cloudtrail/trail:Trail", "s3BucketName"),
    ("aws:ecs/cluster:Cluster", "configuration.executeCommandConfiguration.logConfiguration.s3BucketName"),
    ("aws:cloudfront/distribution:Distribution", "loggingConfig.bucket"),
    ("aws:s3/bucketLogging:BucketLogging", "targetBucket"),
    ("aws:s3/bucket:Bucket", "logging.targetBucket"),
    ("aws:lb/loadBalancer:LoadBalancer", "accessLogs.bucket"),
    ("aws:lb/loadBalancer:LoadBalancer", "connectionLogs.bucket"),
    ("aws:cfg/deliveryChannel:DeliveryChannel", "s3BucketName"),
    ("aws:ssm/resourceDataSync:ResourceDataSync", "s3Destination.bucketName"),
    ("aws:ses/receiptRule:ReceiptRule", "s3Actions[].bucketName"),
)


def _named(type_: str, path: str, bucket: Any, expected: str, *more: Change) -> Case:
    made = Change("new", node=Node(type_, _nested(path, bucket)))
    return edge(RULE, f"{type_} {path} {bucket}", expected, "new" if expected != OK else "", made, *more)


def _task(name: str, expected: str, container: dict[str, Any], *more: Change) -> Case:
    made = Change("new", node=Node(TASK, {"containerDefinitions": Json([container])}))
    return edge(RULE, f"a task's container with {name}", expected, "new" if expected != OK else "", made, *more)


def _firelens(**options: Any) -> dict[str, Any]:
    return {"logConfiguration": {"logDriver": "awsfirelens", "options": options}}


ROWS = (
    Row("ecr-pull-through-known", "pull-through", "upstreamRegistryUrl", absent=OK, wrong=("999999999999.dkr.ecr.us-east-1.amazonaws.com",),
        right=("123456789012.dkr.ecr.us-east-1.amazonaws.com", "registry-1.docker.io", "ghcr.io")),
)  # fmt: skip

EDGES = (
    *(_named(type_, path, bucket, expected, OURS)
      for type_, path in BY_NAME
      for bucket, expected in (("their-bucket", U), ("our-logs", OK), (Ref("uploads"), OK), (UNKNOWN, U))),
    *(_named("aws:cloudfront/distribution:Distribution", "loggingConfig.bucket", bucket, expected, OURS)
      for bucket, expected in (("our-logs.s3.amazonaws.com", OK), ("our-logs.s3.us-east-1.amazonaws.com", OK), ("theirs.s3.amazonaws.com", U), ("our-logs.theirs.s3.amazonaws.com", U))),
    _named("aws:athena/workgroup:Workgroup", "configuration.resultConfiguration.outputLocation", "s3://our-logs/queries/", OK, OURS),
    _named("aws:athena/workgroup:Workgroup", "configuration.resultConfiguration.outputLocation", "s3://theirs/our-logs/", U, OURS),
    *(_named(SUBSCRIPTION, "endpoint", endpoint, expected)
      for endpoint, expected in (("https://evil.example/", U), ("http://evil.example/", U), ("team@example.com", OK))),
    edge(RULE, "a URL that the stack file names", OK, "", Change("new", node=Node(SUBSCRIPTION, {"endpoint": "https://alerts.example.com/"},
         urn=f"urn:pulumi:test::spot-platform::spot-platform:index:AlertTopic${SUBSCRIPTION}::new"))),
    _task("a host that takes its logs", U, _firelens(Name="http", Host="evil.example")),
    _task("a URL that takes its logs", U, {"logConfiguration": {"logDriver": "splunk", "options": {"splunk-url": "https://evil.example"}}}),
    _task("logs for CloudWatch", OK, _firelens(Name="cloudwatch_logs", log_group_name="x")),
    _task("logs for a stream", OK, _firelens(Name="firehose", delivery_stream="x")),
    _task("a file of variables from their bucket", U, {"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::theirs/x.env"}]}),
    _task("a file of variables from a bucket of the stack", OK, {"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::our-logs/x.env"}]}, OURS),
    edge("ecr-pull-through-known", "an allowed account", OK, "", Change("pull-through", "upstreamRegistryUrl", "999999999999.dkr.ecr.us-east-1.amazonaws.com"), allowed_accounts=["999999999999"]),
    edge("ecr-pull-through-known", "another account", V, "pull-through", Change("pull-through", "upstreamRegistryUrl", "999999999999.dkr.ecr.eu-west-1.amazonaws.com")),
)  # fmt: skip

IMPOSSIBLE: tuple[Impossible, ...] = ()
