"""Amazon S3: bucket policies, and no access control lists beside them."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from policy.documents import Statement, statements
from policy.graph import BUCKET, Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, per_resource, violation
from policy.rules.s3 import ACL, OWNERSHIP
from policy.values import State, Value

BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"

READING: Final = ("get", "list", "describe")
"""Prefixes of the names of actions that change nothing."""
DELETE: Final = "delete"
"""The only other verb of S3 actions that shares first letters with a verb of `READING`: ``s3:De*`` covers both."""
NOT_FOR_OTHER_ACCOUNTS = (
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutEncryptionConfiguration",
    "s3:PutObjectAcl",
)
"""The actions of control S3.6."""


def _tls_only(graph: Graph, resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    if resource.type == BUCKET:
        if not graph.dependents(resource, BUCKET_POLICY, "bucket"):
            yield violation("policy", "no BucketPolicy of the stack is for this bucket")
        if not resource.at("policy").present:
            return
    # S3 keeps only the policy that is written last, and the order is not known: each is checked by itself.
    if not any(map(_denies_plain_http, statements(resource.at("policy")))):
        yield violation("policy", "no statement denies requests without TLS")


def _denies_plain_http(statement: Statement) -> bool:
    names = [resource.split(":::")[-1] for resource in statement.resources]
    return (
        statement.refuses_plain_http
        and statement.every_action_of("s3")
        and any("/" not in name for name in names)
        and any(map(_names_every_object, names))
    )


def _names_every_object(name: str) -> bool:
    bucket, slash, key = name.partition("/")
    return key == "*" if slash else bucket.endswith("*")


def _not_public_read(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    yield from _not_public(resource, _may_read)


def _not_public_write(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    yield from _not_public(resource, _may_write)


def _may_read(action: str) -> bool:
    begins = _beginning(action)
    return begins.startswith(READING) or any(verb.startswith(begins) for verb in READING)


def _may_write(action: str) -> bool:
    begins = _beginning(action)
    if any(verb.startswith(begins) for verb in READING):
        return DELETE.startswith(begins)
    return not begins.startswith(READING)


def _beginning(action: str) -> str:
    """Return an action's name before its first wildcard, in lower case: ``get`` for ``s3:Get*``."""
    return re.split(r"[*?]", action.rpartition(":")[2].lower())[0]


def _not_public(resource: ResourceView, concerns: Callable[[str], bool]) -> Iterator[Verdict]:
    for statement in statements(resource.at("policy")):
        given = [action for action in statement.actions if concerns(action)]
        if statement.not_actions:
            given = [f"all but {', '.join(statement.not_actions)}"]
        if statement.public and given:
            yield violation(statement.path, f"{statement.path} allows anybody {', '.join(given)}")


def _not_other_accounts(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    for statement in statements(resource.at("policy")):
        given = [action for action in NOT_FOR_OTHER_ACCOUNTS if statement.covers(action)]
        strangers = [identity for kind, identity in statement.principals if kind != "Service"]
        strangers += ["all the others" for _principal in statement.not_principals[:1]]
        if statement.allows and given and strangers:
            yield violation(
                statement.path,
                f"{statement.path} allows {', '.join(strangers)} {', '.join(given)}",
            )


def _no_acls(_graph: Graph, resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    if resource.type == BUCKET:
        for inline in (resource.at("acl"), resource.at("grants")):
            if inline.present:
                yield violation(inline.path, _of_acl(inline))
    elif resource.type == ACL:
        policy = resource.at("accessControlPolicy")
        shown = resource.at("acl") if resource.at("acl").present or not policy.present else policy
        yield violation(shown.path, _of_acl(shown))
    else:
        ownership = resource.at("rule.objectOwnership")
        if ownership.text() != "BucketOwnerEnforced":
            yield violation(ownership.path, f"{ownership}; it must be BucketOwnerEnforced")


def _of_acl(given: Value) -> str:
    """Return the message about an access control list. It states whether the list lets everybody in."""
    if given.state is State.KNOWN and any(group in str(given.content) for group in EVERYBODY):
        return f"{given}: anybody in the world may use the bucket; policies say who may do what, not ACLs"
    return f"{given}; policies say who may do what, not ACLs"


EVERYBODY: Final = ("public-read", "authenticated-read", "/groups/global/AllUsers", "/groups/global/AuthenticatedUsers")
"""Canned ACLs and groups that mean everybody; an authenticated user is anybody with any AWS account."""


RULES = (
    Rule(
        id="s3-no-acls",
        title="Buckets use no access control lists",
        problem="The bucket uses access control lists",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        fsbp=("S3.12",),
        checkov=(
            "CKV2_AWS_43",
            "CKV2_AWS_65",
            "CKV_AWS_20",
            "CKV_AWS_57",
            "CKV_AWS_375",
        ),
        prowler=(
            "s3_bucket_acl_prohibited",
            "s3_bucket_public_list_acl",
            "s3_bucket_public_write_acl",
        ),
        trivy=("AWS-0092",),
        types=(BUCKET, ACL, OWNERSHIP),
        remediation="Remove ACLs; keep objectOwnership BucketOwnerEnforced, S3's default.",
        check_graph=per_resource(_no_acls, BUCKET, ACL, OWNERSHIP),
    ),
    Rule(
        id="s3-tls-only",
        title="Buckets take requests with TLS only",
        problem="The bucket takes requests without TLS",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("S3.5",),
        checkov=("CKV_AWS_379",),
        cdk_nag=("AwsSolutions-S10",),
        prowler=("s3_bucket_secure_transport_policy",),
        types=(BUCKET, BUCKET_POLICY),
        remediation="Deny s3:* to everybody on the bucket and its objects where aws:SecureTransport is false.",
        check_graph=per_resource(_tls_only, BUCKET, BUCKET_POLICY),
        note="S3 keeps only the policy that is written last, so each of several policies must deny it.",
    ),
    Rule(
        id="s3-no-public-read",
        title="Buckets cannot be read by the whole world",
        problem="Anybody in the world may read the bucket",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        fsbp=("S3.2",),
        checkov=(
            "CKV_AWS_20",
            "CKV_AWS_70",
            "CKV_AWS_283",
        ),
        prowler=("s3_bucket_public_access",),
        types=(BUCKET_POLICY, BUCKET),
        remediation=(
            "Name who may read: a role, an account, or cloudfront.amazonaws.com with aws:SourceArn of the distribution."
        ),
        check=_not_public_read,
    ),
    Rule(
        id="s3-no-public-write",
        title="Buckets cannot be written by the whole world",
        problem="Anybody in the world may write to the bucket",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        fsbp=("S3.3",),
        checkov=(
            "CKV_AWS_57",
            "CKV_AWS_70",
        ),
        prowler=(
            "s3_bucket_policy_public_write_access",
            "s3_bucket_public_access",
        ),
        types=(BUCKET_POLICY, BUCKET),
        remediation="Name who may write: a role, an account, or a service with aws:SourceArn or aws:SourceAccount.",
        check=_not_public_write,
    ),
    Rule(
        id="s3-no-other-accounts",
        title="Bucket policies let nobody change the bucket's own protection",
        problem="The bucket policy lets others change the bucket's own protection",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("S3.6",),
        prowler=("s3_bucket_cross_account_access",),
        types=(BUCKET_POLICY, BUCKET),
        remediation="Remove those actions; identity policies of the own account are enough.",
        check=_not_other_accounts,
        note="Stricter than the control: the bucket's own account needs no bucket policy for these actions either.",
    ),
)
