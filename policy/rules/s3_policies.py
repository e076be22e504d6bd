"""Amazon S3: what bucket policies say."""

from collections.abc import Iterator

from policy.documents import Statement, statements
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, per_resource, violation
from policy.rules.s3 import BUCKET

BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"

READING = ("s3:GetObject", "s3:ListBucket", "s3:GetObjectVersion", "s3:GetBucketAcl", "s3:GetBucketPolicy")
WRITING = ("s3:PutObject", "s3:DeleteObject", "s3:PutBucketPolicy", "s3:PutObjectAcl", "s3:DeleteBucket")
NOT_FOR_OTHER_ACCOUNTS = (
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutEncryptionConfiguration",
    "s3:PutObjectAcl",
)
"""Those of control S3.6."""


def _tls_only(graph: Graph, bucket: ResourceView, _config: Config) -> Iterator[Verdict]:
    policies = graph.dependents(bucket, BUCKET_POLICY, "bucket")
    if not policies:
        yield violation("policy", "no BucketPolicy of the stack is for this bucket")
    elif not any(_denies_plain_http(item) for policy in policies for item in statements(policy.at("policy"))):
        yield violation("policy", "no statement denies requests without TLS", policies[0])


def _denies_plain_http(statement: Statement) -> bool:
    return (
        statement.refuses_plain_http
        and any(action in {"*", "s3:*"} for action in statement.actions)
        and any(resource.endswith("/*") or resource == "*" for resource in statement.resources)
        and any(not resource.endswith("/*") for resource in statement.resources)
    )


def _not_public_read(policy: ResourceView, _config: Config) -> Iterator[Verdict]:
    yield from _not_public(policy, READING)


def _not_public_write(policy: ResourceView, _config: Config) -> Iterator[Verdict]:
    yield from _not_public(policy, WRITING)


def _not_public(policy: ResourceView, actions: tuple[str, ...]) -> Iterator[Verdict]:
    for statement in statements(policy.at("policy")):
        open_to_all = [action for action in actions if statement.covers(action)]
        if statement.public and open_to_all:
            yield violation(statement.path, f"{statement.path} allows anybody {', '.join(open_to_all)}")


def _not_other_accounts(policy: ResourceView, _config: Config) -> Iterator[Verdict]:
    for statement in statements(policy.at("policy")):
        given = [action for action in NOT_FOR_OTHER_ACCOUNTS if statement.covers(action)]
        strangers = [identity for kind, identity in statement.principals if kind in {"AWS", "*"}]
        if statement.allows and given and strangers:
            yield violation(
                statement.path,
                f"{statement.path} allows {', '.join(strangers)} {', '.join(given)}",
            )


RULES = (
    Rule(
        id="s3-tls-only",
        title="Buckets take requests with TLS only",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("S3.5",),
        types=(BUCKET, BUCKET_POLICY),
        remediation="Deny s3:* to everybody on the bucket and its objects where aws:SecureTransport is false.",
        check_graph=per_resource(_tls_only, BUCKET),
    ),
    Rule(
        id="s3-no-public-read",
        title="Nobody in the world reads a bucket",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        fsbp=("S3.2",),
        types=(BUCKET_POLICY,),
        remediation="Name the principal, or narrow it with aws:SourceArn or aws:SourceAccount.",
        check=_not_public_read,
    ),
    Rule(
        id="s3-no-public-write",
        title="Nobody in the world writes to a bucket",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        fsbp=("S3.3",),
        types=(BUCKET_POLICY,),
        remediation="Name the principal, or narrow it with aws:SourceArn or aws:SourceAccount.",
        check=_not_public_write,
    ),
    Rule(
        id="s3-no-other-accounts",
        title="Bucket policies let nobody change the bucket's own protection",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("S3.6",),
        types=(BUCKET_POLICY,),
        remediation="Remove those actions; identity policies of the own account are enough.",
        check=_not_other_accounts,
        note="Stricter than the control: the own account needs no bucket policy for these actions either.",
    ),
)
