"""Keys, topics, queues, secrets, repositories, vaults and logs: public access, encryption, TLS and dead letters."""

from collections.abc import Iterator

from policy.checks import given, is_false, is_given, is_none_of, is_own_key, is_true
from policy.documents import Statement, statements
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, ResourceCheck, Rule, Severity, Verdict, per_resource, violation
from policy.rules.plain_http import denies_plain_http
from policy.rules.secrets import SECRET
from policy.values import State

KEY = "aws:kms/key:Key"
OTHER_KEYS = (
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
    "aws:kms/replicaKey:ReplicaKey",
)
KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
LOG_RESOURCE_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
REDRIVE_POLICY = "aws:sqs/redrivePolicy:RedrivePolicy"
SECRET_POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"  # noqa: S105 - a resource type
PUBLIC_REPOSITORY = "aws:ecrpublic/repository:Repository"
REPOSITORY_POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
VAULT_POLICY = "aws:backup/vaultPolicy:VaultPolicy"


def not_public(property_: str) -> ResourceCheck:
    """Demand that a resource policy allows nothing to everybody.

    Args:
        property_: The property that holds the policy document.
    """

    def check(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
        for statement in statements(resource.at(property_)):
            if statement.public:
                yield violation(statement.path, f"{statement.path} allows anybody {_what(statement)}")

    return check


def _what(statement: Statement) -> str:
    if statement.not_actions:
        return f"everything but {', '.join(statement.not_actions)}"
    return ", ".join(statement.actions)


def _not_public_images(resource: ResourceView, config: Config) -> Iterator[Verdict]:
    if resource.type == PUBLIC_REPOSITORY:
        yield violation("repositoryName", "anybody in the world pulls images from a repository of ECR Public")
    else:
        yield from not_public("policy")(resource, config)


def _rotated(key: ResourceView, config: Config) -> Iterator[Verdict]:
    symmetric = key.text("customerMasterKeySpec") == "SYMMETRIC_DEFAULT"
    if symmetric and key.text("keyUsage") == "ENCRYPT_DECRYPT":
        yield from is_true("enableKeyRotation")(key, config)


def _queue_encrypted(queue: ResourceView, _config: Config) -> Iterator[Verdict]:
    managed = queue.at("sqsManagedSseEnabled")
    key = queue.at("kmsMasterKeyId")
    if not given(key) and not managed.flag():
        yield violation(managed.path, f"{managed}; it must be true, or kmsMasterKeyId given")


FAILING = {
    "aws:cloudwatch/eventBus:EventBus": "deadLetterConfig",
    "aws:cloudwatch/eventTarget:EventTarget": "deadLetterConfig",
    "aws:lambda/eventSourceMapping:EventSourceMapping": "destinationConfig",
    "aws:lambda/function:Function": "deadLetterConfig",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": "destinationConfig",
    "aws:scheduler/schedule:Schedule": "target",
    SUBSCRIPTION: "redrivePolicy",
}
"""Type -> the property that names its dead-letter queue."""


def _dead_letters(graph: Graph, queue: ResourceView, _config: Config) -> Iterator[Verdict]:
    if graph.dependents(queue, QUEUE, "redrivePolicy") or graph.dependents(queue, REDRIVE_POLICY, "redrivePolicy"):
        return  # it is itself a dead-letter queue
    if any(graph.dependents(queue, type_, property_) for type_, property_ in FAILING.items()):
        return
    for owner in (queue, *graph.dependents(queue, REDRIVE_POLICY, "queueUrl")):
        policy = owner.at("redrivePolicy")
        if policy.state is State.UNKNOWN or given(policy.document().at("deadLetterTargetArn")):
            return
    yield violation("redrivePolicy", "no redrivePolicy names a dead-letter queue for it, and it is not one itself")


RULES = (
    Rule(
        id="kms-rotation",
        title="Keys are rotated every year",
        problem="The key is not rotated",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("KMS.4",),
        checkov=("CKV_AWS_7",),
        cdk_nag=("AwsSolutions-KMS5",),
        prowler=("kms_cmk_rotation_enabled",),
        trivy=("AWS-0065",),
        types=(KEY,),
        remediation="Set enableKeyRotation to true.",
        check=_rotated,
        note="Asymmetric and HMAC keys cannot be rotated by KMS.",
    ),
    Rule(
        id="kms-not-public",
        title="Keys are not open to the whole world",
        problem="Anybody in the world may use the key",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        fsbp=("KMS.5",),
        checkov=(
            "CKV_AWS_33",
            "CKV_AWS_283",
        ),
        prowler=("kms_key_not_publicly_accessible",),
        types=(KEY, *OTHER_KEYS, KEY_POLICY),
        remediation="Name the role, the account, or the service with aws:SourceArn, or demand kms:CallerAccount.",
        check=not_public("policy"),
    ),
    Rule(
        id="kms-policy",
        title="Keys have a policy of their own",
        problem="The key has AWS's default policy, so that any IAM policy of the account can give access to it",
        severity=Severity.LOW,
        concern=Concern.PRIVILEGE,
        checkov=("CKV2_AWS_64",),
        types=(KEY,),
        remediation="Give policy, with the services and roles that use the key.",
        check=is_given("policy"),
    ),
    Rule(
        id="kms-enabled",
        title="Keys are enabled",
        problem="The key is disabled, so that nothing encrypted with it can be read",
        severity=Severity.HIGH,
        concern=Concern.AVAILABILITY,
        checkov=("CKV_AWS_227",),
        prowler=("kms_cmk_are_used",),
        types=(KEY,),
        remediation="Leave isEnabled true.",
        check=is_true("isEnabled"),
    ),
    Rule(
        id="kms-lockout-check",
        title="AWS checks that a key's policy leaves somebody to manage it",
        problem="AWS does not check that somebody can still manage the key",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        types=(KEY, KEY_POLICY),
        remediation="Leave bypassPolicyLockoutSafetyCheck false.",
        check=is_false("bypassPolicyLockoutSafetyCheck"),
    ),
    Rule(
        id="sns-encrypted",
        title="Topics are encrypted",
        problem="The topic is not encrypted",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("SNS.1",),
        checkov=("CKV_AWS_26",),
        prowler=("sns_topics_kms_encryption_at_rest_enabled",),
        trivy=(
            "AWS-0095",
            "AWS-0136",
        ),
        types=(TOPIC,),
        remediation="Give kmsMasterKeyId.",
        check=is_own_key("kmsMasterKeyId"),
    ),
    Rule(
        id="sns-not-public",
        title="Topics are not open to the whole world",
        problem="Anybody in the world may publish to the topic",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        fsbp=("SNS.4",),
        checkov=(
            "CKV_AWS_169",
            "CKV_AWS_283",
        ),
        prowler=("sns_topics_not_publicly_accessible",),
        types=(TOPIC, TOPIC_POLICY),
        remediation="Name the role, the account, or the service with aws:SourceArn or aws:SourceAccount.",
        check=not_public("policy"),
    ),
    Rule(
        id="sns-tls-only",
        title="Topics take requests with TLS only",
        problem="The topic takes requests without TLS",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        cdk_nag=("AwsSolutions-SNS3",),
        types=(TOPIC, TOPIC_POLICY),
        remediation="Deny sns:Publish to everybody where aws:SecureTransport is false.",
        check_graph=per_resource(denies_plain_http(TOPIC, TOPIC_POLICY, "arn", "sns:Publish"), TOPIC, TOPIC_POLICY),
    ),
    Rule(
        id="sqs-encrypted",
        title="Queues are encrypted",
        problem="The queue is not encrypted",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("SQS.1",),
        checkov=("CKV_AWS_27",),
        cdk_nag=("AwsSolutions-SQS2",),
        prowler=("sqs_queues_server_side_encryption_enabled",),
        trivy=("AWS-0096",),
        types=(QUEUE,),
        remediation="Leave sqsManagedSseEnabled true, or give kmsMasterKeyId.",
        check=_queue_encrypted,
    ),
    Rule(
        id="sqs-not-public",
        title="Queues are not open to the whole world",
        problem="Anybody in the world may use the queue",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        fsbp=("SQS.3",),
        checkov=(
            "CKV_AWS_72",
            "CKV_AWS_168",
            "CKV_AWS_283",
            "CKV_AWS_387",
        ),
        prowler=("sqs_queues_not_publicly_accessible",),
        trivy=("AWS-0097",),
        types=(QUEUE, QUEUE_POLICY),
        remediation="Name the role, the account, or the service with aws:SourceArn or aws:SourceAccount.",
        check=not_public("policy"),
    ),
    Rule(
        id="sqs-tls-only",
        title="Queues take requests with TLS only",
        problem="The queue takes requests without TLS",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        cdk_nag=("AwsSolutions-SQS4",),
        types=(QUEUE, QUEUE_POLICY),
        remediation="Deny sqs:* to everybody where aws:SecureTransport is false.",
        check_graph=per_resource(
            denies_plain_http(QUEUE, QUEUE_POLICY, "queueUrl", "sqs:SendMessage", "sqs:ReceiveMessage"),
            QUEUE,
            QUEUE_POLICY,
        ),
    ),
    Rule(
        id="sqs-dead-letters",
        title="Messages that a queue's readers cannot process go to a dead-letter queue",
        problem="Messages that the queue's readers cannot process are lost",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        cdk_nag=("AwsSolutions-SQS3",),
        types=(QUEUE, REDRIVE_POLICY),
        remediation="Name another queue in redrivePolicy.",
        check_graph=per_resource(_dead_letters, QUEUE),
    ),
    Rule(
        id="secret-not-public",
        title="Secrets are not open to the whole world",
        problem="Anybody in the world may read the secret",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        checkov=("CKV_AWS_283",),
        prowler=(
            "secretsmanager_has_restrictive_resource_policy",
            "secretsmanager_not_publicly_accessible",
        ),
        types=(SECRET_POLICY, SECRET),
        remediation="Name the principal.",
        check=not_public("policy"),
    ),
    Rule(
        id="ecr-not-public",
        title="Image repositories are not open to the whole world",
        problem="Anybody in the world may pull or push images",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        checkov=("CKV_AWS_32",),
        cdk_nag=("AwsSolutions-ECR1",),
        prowler=("ecr_repositories_not_publicly_accessible",),
        trivy=("AWS-0032",),
        types=(REPOSITORY_POLICY, PUBLIC_REPOSITORY),
        remediation="Name the principal; keep images in a private repository (aws.ecr.Repository).",
        check=_not_public_images,
    ),
    Rule(
        id="backup-vault-not-public",
        title="Backup vaults are not open to the whole world",
        problem="Anybody in the world may access the backup vault",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        types=(VAULT_POLICY,),
        remediation="Name the principal.",
        check=not_public("policy"),
    ),
    Rule(
        id="sns-subscriptions-encrypted",
        title="Notifications leave AWS with TLS",
        problem="Notifications leave AWS without TLS",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        prowler=("sns_subscription_not_using_http_endpoints",),
        types=(SUBSCRIPTION,),
        remediation="Set protocol to https instead of http.",
        check=is_none_of("protocol", "http"),
    ),
    Rule(
        id="logs-not-public",
        title="Logs are not open to the whole world",
        problem="Anybody in the world may write to the logs",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        prowler=("cloudwatch_log_group_not_publicly_accessible",),
        types=(LOG_RESOURCE_POLICY,),
        remediation="Name the principal.",
        check=not_public("policyDocument"),
    ),
)
