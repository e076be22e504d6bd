"""Amazon S3: buckets and the resources that configure them."""

from collections.abc import Iterator

from policy.documents import names_every_site
from policy.graph import BUCKET, Graph
from policy.provider.further_defaults import PUBLIC_ACCESS_BLOCKS
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, per_resource, violation
from policy.values import some

PUBLIC_ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT_PUBLIC_ACCESS_BLOCK = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
ACL = "aws:s3/bucketAcl:BucketAcl"
CORS = "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"
WEBSITE = "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration"


def takes_logs(graph: Graph, bucket: ResourceView) -> bool:
    """Check whether a bucket receives the access logs of other buckets or of load balancers.

    S3 does not deliver access logs to a bucket with a KMS key of its own, and such a bucket should not log access to
    itself ("Enabling Amazon S3 server access logging").

    Args:
        graph: The stack.
        bucket: A bucket of it.
    """
    return bool(graph.dependents(bucket, LOGGING, "targetBucket") or _takes_logs_of_balancers(graph, bucket))


def _takes_logs_of_balancers(graph: Graph, bucket: ResourceView) -> bool:
    # Load balancers too deliver only to buckets with AES256 ("Enable access logs for your Application Load Balancer").
    return bool(graph.dependents(bucket, "aws:lb/loadBalancer:LoadBalancer", "accessLogs"))


def _blocked(graph: Graph, resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    # Each block is checked by itself, since its bucket may be outside the stack.
    if resource.type == PUBLIC_ACCESS_BLOCK:
        yield from _all_four(resource)
    elif not graph.dependents(resource, PUBLIC_ACCESS_BLOCK, "bucket"):
        yield violation("bucket", "no BucketPublicAccessBlock of the stack is for this bucket")


def _account_blocked(block: ResourceView, _config: Config) -> Iterator[Verdict]:
    yield from _all_four(block)


def _all_four(block: ResourceView) -> Iterator[Verdict]:
    for property_ in PUBLIC_ACCESS_BLOCKS:
        yield from guarded(_is_on(block, property_))


def _is_on(block: ResourceView, property_: str) -> Iterator[Verdict]:
    value = block.at(property_)
    if not value.flag():
        yield violation(value.path, f"{value}; it must be true", block)


def _encrypted(graph: Graph, bucket: ResourceView, _config: Config) -> Iterator[Verdict]:
    configurations = graph.dependents(bucket, ENCRYPTION, "bucket")
    if not configurations:
        yield violation("bucket", "no BucketServerSideEncryptionConfiguration of the stack is for this bucket")
    enough = {"aws:kms", "aws:kms:dsse"}
    if takes_logs(graph, bucket):
        enough.add("AES256")
    for configuration in configurations:
        rules = configuration.at("rules")
        if not rules.items():
            yield violation(rules.path, f"{rules}; it must name an algorithm", configuration)
        for rule in rules.items():
            algorithm = rule.at("applyServerSideEncryptionByDefault.sseAlgorithm")
            if algorithm.text() not in enough:
                yield violation(algorithm.path, f"{algorithm}; it must be {' or '.join(sorted(enough))}", configuration)


def _versioned(graph: Graph, resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    if resource.type == VERSIONING:
        status = resource.at("versioningConfiguration.status")
        if status.text() != "Enabled":
            yield violation(status.path, f"{status}; it must be Enabled")
    elif not graph.dependents(resource, VERSIONING, "bucket"):
        yield violation("bucket", "no BucketVersioning of the stack is for this bucket")


def _logged(graph: Graph, bucket: ResourceView, _config: Config) -> Iterator[Verdict]:
    if takes_logs(graph, bucket) or graph.dependents(bucket, "aws:ec2/flowLog:FlowLog", "logDestination"):
        return
    if not graph.dependents(bucket, LOGGING, "bucket"):
        yield violation("bucket", "no BucketLogging of the stack is for this bucket")


def _lifecycle(graph: Graph, bucket: ResourceView, _config: Config) -> Iterator[Verdict]:
    owners = graph.dependents(bucket, LIFECYCLE, "bucket")
    if not owners:
        yield violation("bucket", "no BucketLifecycleConfiguration of the stack is for this bucket")
    for owner in owners:
        rules = owner.at("rules")
        if not some(rules.items(), lambda rule: rule.at("status").text() == "Enabled"):
            yield violation(rules.path, f"{rules}; at least one rule must be Enabled", owner)


def _aborts_uploads(lifecycle: ResourceView, _config: Config) -> Iterator[Verdict]:
    rules = lifecycle.at("rules")
    if not some(rules.items(), lambda rule: rule.at("abortIncompleteMultipartUpload.daysAfterInitiation").present):
        yield violation(rules.path, f"{rules.path} has no abortIncompleteMultipartUpload")


def _no_website(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    if resource.type == WEBSITE or resource.at("website").present:
        yield violation("bucket", "a website endpoint of S3 has no TLS; CloudFront serves the site")


def _named_origins(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    for rule in resource.at("corsRules").items():
        origins = rule.at("allowedOrigins")
        if names_every_site(origins):
            yield violation(origins.path, f"{origins}; every site in the world may use the bucket through a browser")


RULES = (
    Rule(
        id="s3-public-access-block",
        title="Buckets refuse public access",
        problem="The bucket does not refuse public access",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("S3.8",),
        checkov=(
            "CKV2_AWS_6",
            "CKV_AWS_53",
            "CKV_AWS_54",
            "CKV_AWS_55",
            "CKV_AWS_56",
        ),
        cdk_nag=("AwsSolutions-S2",),
        prowler=(
            "s3_bucket_level_public_access_block",
            "s3_bucket_public_access",
        ),
        trivy=(
            "AWS-0086",
            "AWS-0087",
            "AWS-0091",
            "AWS-0093",
            "AWS-0094",
        ),
        types=(BUCKET, PUBLIC_ACCESS_BLOCK),
        remediation="Add a BucketPublicAccessBlock with all four properties true.",
        check_graph=per_resource(_blocked, BUCKET, PUBLIC_ACCESS_BLOCK),
    ),
    Rule(
        id="s3-account-public-access-block",
        title="The account's public access block is fully on, where a stack sets it",
        problem="The account's public access block is not fully on",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        fsbp=("S3.1",),
        prowler=("s3_account_level_public_access_blocks",),
        types=(ACCOUNT_PUBLIC_ACCESS_BLOCK,),
        remediation="Set all four properties to true.",
        check=_account_blocked,
        note="This is a setting of the account: the rule checks only stacks that have it as a resource.",
    ),
    Rule(
        id="s3-encrypted",
        title="Buckets are encrypted with a KMS key",
        problem="The bucket is not encrypted with a KMS key",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("S3.17",),
        checkov=(
            "CKV_AWS_19",
            "CKV_AWS_145",
        ),
        prowler=(
            "s3_bucket_default_encryption",
            "s3_bucket_kms_encryption",
        ),
        trivy=(
            "AWS-0088",
            "AWS-0132",
        ),
        types=(BUCKET, ENCRYPTION),
        remediation="Add a BucketServerSideEncryptionConfiguration with sseAlgorithm aws:kms.",
        check_graph=per_resource(_encrypted, BUCKET),
        note="A bucket that takes access logs of S3 or of a load balancer may use AES256 only.",
    ),
    Rule(
        id="s3-versioned",
        title="Buckets keep former versions",
        problem="The bucket does not keep former versions",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        fsbp=("S3.14",),
        checkov=("CKV_AWS_21",),
        prowler=("s3_bucket_object_versioning",),
        trivy=("AWS-0090",),
        types=(BUCKET, VERSIONING),
        remediation="Add a BucketVersioning with status Enabled.",
        check_graph=per_resource(_versioned, BUCKET, VERSIONING),
    ),
    Rule(
        id="s3-access-logs",
        title="Access to buckets is logged",
        problem="Access to the bucket is not logged",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=("S3.9",),
        checkov=("CKV_AWS_18",),
        cdk_nag=("AwsSolutions-S1",),
        prowler=("s3_bucket_server_access_logging_enabled",),
        trivy=("AWS-0089",),
        types=(BUCKET, LOGGING),
        remediation="Add a BucketLogging to a bucket of logs.",
        check_graph=per_resource(_logged, BUCKET),
        note="Not required for a bucket of access logs or flow logs: it would log its own logging for ever.",
    ),
    Rule(
        id="s3-lifecycle",
        title="Buckets have a lifecycle",
        problem="The bucket has no lifecycle",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        fsbp=(
            "S3.10",
            "S3.13",
        ),
        checkov=("CKV2_AWS_61",),
        prowler=("s3_bucket_lifecycle_enabled",),
        types=(BUCKET, LIFECYCLE),
        remediation="Add a BucketLifecycleConfiguration with an enabled rule.",
        check_graph=per_resource(_lifecycle, BUCKET),
    ),
    Rule(
        id="s3-abort-uploads",
        title="Uploads that nobody finishes are removed",
        problem="Parts of uploads that nobody finishes are kept, and paid for, for ever",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        checkov=("CKV_AWS_300",),
        types=(LIFECYCLE,),
        remediation="Give a rule abortIncompleteMultipartUpload.daysAfterInitiation.",
        check=_aborts_uploads,
    ),
    Rule(
        id="s3-no-website",
        title="No bucket serves a website itself",
        problem="The bucket serves a website itself",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        cdk_nag=("AwsSolutions-S5",),
        types=(WEBSITE, BUCKET),
        remediation="Serve the site through CloudFront with origin access control.",
        check=_no_website,
    ),
    Rule(
        id="s3-cors-origins",
        title="Browsers reach buckets from named sites only",
        problem="Pages of any site reach the bucket",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        checkov=("CKV2_AWS_75",),
        types=(CORS, BUCKET),
        remediation="Name the origins in allowedOrigins.",
        check=_named_origins,
    ),
)
