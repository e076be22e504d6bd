"""Cases of what an outsider tries with policies: conditions that bind nobody, wide names, foreign accounts by any name."""

from typing import Any

from tests.policy.cases.table import OK, Case, Change, Impossible, Row, U, V, edge
from tests.policy.nodes import UNKNOWN, Json, Node, Ref

STRANGER = "999999999999"
OWN = "123456789012"
GITHUB = "token.actions.githubusercontent.com"
POOL = f"arn:aws:iam::{OWN}:oidc-provider/{GITHUB}"


def _policy(**changes: Any) -> Json:
    return Json({"Statement": [{"Effect": "Allow", "Resource": "*", **changes}]})


def _identity(rule: str, name: str, expected: str, **statement: Any) -> Case:
    """A statement of an identity policy."""
    return edge(
        rule, name, expected, "policy" if expected == V else "", Change("policy", "policy", _policy(**statement))
    )


def _trust(rule: str, condition: Any, expected: str, issuer: str = GITHUB) -> Case:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{issuer}"},
        "Condition": condition,
    }
    return edge(
        rule,
        f"{condition}",
        expected,
        "task-role" if expected == V else "",
        Change("task-role", "assumeRolePolicy!Statement[0]", statement),
    )


DECRYPT = "iam-no-decryption-with-every-key"
CHOSEN_BY_THE_CALLER = (
    {"StringEquals": {"aws:RequestTag/team": "a"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}},
    {"StringLike": {"aws:UserAgent": "ours"}},
    {"StringLike": {"aws:Referer": "https://example.com/*"}},
    {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
    {"StringEqualsIfExists": {"aws:ResourceTag/team": "a"}},
    {"ForAllValues:StringEquals": {"aws:ResourceTag/team": "a"}},
    {"Null": {"aws:ResourceTag/team": "true"}},
    {"StringLike": {"aws:ResourceTag/team": "*"}},
    {"StringEquals": {"aws:ResourceTag/team": "${aws:RequestTag/team}"}},
)
OF_THE_RESOURCE = (
    {"StringEquals": {"aws:ResourceTag/team": "a"}},
    {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
    {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team, 'none'}"}},
    {"StringLike": {"aws:ResourceTag/owner": "team-*"}},
)
ONE_OF_EACH = {
    "iam-no-privilege-escalation": "ssm:StartSession",
    "iam-no-credentials-of-everything": "lambda:GetFunction",
    "iam-no-data-of-everything": "secretsmanager:GetSecretValue",
    "iam-no-permissions-of-everything": "kms:CreateGrant",
    "iam-no-writing-to-everything": "sqs:PurgeQueue",
    "iam-no-logs-of-everything": "logs:GetLogEvents",
    "iam-resources-named": "ec2:StopInstances",
    DECRYPT: "kms:Decrypt",
}

ROWS = (
    Row("iam-trust-one-project", "task-role", "assumeRolePolicy", absent=OK),
    Row("iam-trust-one-project", "task-role", "assumeRolePolicy!Statement[0].Condition", absent=OK, wrong_type=(7, V)),
)

EDGES = (
    *(_identity(rule, f"{condition}", V, Action=action, Condition=condition)
      for rule, action in ONE_OF_EACH.items() for condition in CHOSEN_BY_THE_CALLER),
    *(_identity(rule, f"{condition}", OK, Action=action, Condition=condition)
      for rule, action in ONE_OF_EACH.items() for condition in OF_THE_RESOURCE),
    *(_identity(DECRYPT, f"{condition}", expected, Action="kms:Decrypt", Resource=f"arn:aws:kms:*:{OWN}:key/*", Condition=condition)
      for condition, expected in (
          ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, OK), ({"StringLike": {"kms:ViaService": ["s3.*.amazonaws.com"]}}, OK), ({"StringLike": {"kms:ViaService": "*"}}, V),
          ({"StringEquals": {"kms:EncryptionContext:app": "orders"}}, OK), ({"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/app-*"}}, OK), ({"StringEquals": {"kms:CallerAccount": OWN}}, V),
          ({"StringEqualsIfExists": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, V))),
    *(_identity("iam-resources-named", f"{action} on {pattern}", expected, Action=action, Resource=["arn:aws:ec2:us-east-1:1:instance/i-0a", pattern])
      for action, pattern, expected in (
          ("ec2:StopInstances", "arn:aws:ec2:*:*:instance/i-*", V), ("ec2:StopInstances", "arn:aws:ec2:us-*:*:instance/*", V), ("ec2:RunInstances", "arn:aws:ec2:*:*:subnet/subnet-*", V),
          ("ec2:RunInstances", "arn:aws:ec2:*:*:image/ami-*", V), ("kms:Encrypt", f"arn:aws:kms:us-east-1:{OWN}:key/*", V), ("secretsmanager:TagResource", "arn:aws:secretsmanager:*:*:secret:*", V),
          ("ecs:StopTask", "arn:aws:ecs:*:*:task/*", V), ("logs:PutLogEvents", "arn:aws:logs:*:*:*", V), ("ebs:PutSnapshotBlock", "arn:aws:ec2:*::snapshot/*", V),
          ("elasticloadbalancing:DeregisterTargets", "arn:aws:elasticloadbalancing:*:*:targetgroup/*/*", V), ("s3:PutBucketTagging", "arn:aws:s3:::*", V),
          ("ec2:RunInstances", "arn:aws:ec2:*:*:instance/*", OK), ("ec2:RunInstances", "arn:aws:ec2:*:*:volume/*", OK), ("ec2:RunInstances", "arn:aws:ec2:us-east-1:1:subnet/subnet-0a", OK),
          ("ecs:StopTask", "arn:aws:ecs:us-east-1:1:task/ours/*", OK), ("logs:PutLogEvents", "arn:aws:logs:us-east-1:1:log-group:/ours/*:*", OK), ("logs:CreateLogGroup", "arn:aws:logs:*:*:log-group:*", OK),
          ("s3:PutBucketTagging", "arn:aws:s3:::ours", OK))),
    _identity("iam-resources-named", "what is made has the tags asked for", OK, Action="ec2:CreateVolume", Condition={"StringEquals": {"aws:RequestTag/team": "a"}}),
    _identity("iam-resources-named", "tags on what is made only", OK, Action="ec2:CreateTags", Condition={"StringEquals": {"ec2:CreateAction": "RunInstances"}}),
    *(_identity(rule, f"{action} on {pattern}", V, Action=action, Resource=pattern)
      for rule, action, pattern in (
          ("iam-no-privilege-escalation", "ssm:SendCommand", "arn:aws:ec2:*:*:instance/i-*"), ("iam-no-privilege-escalation", "ssm:StartSession", "arn:aws:ssm:*:*:managed-instance/mi-*"),
          ("iam-no-writing-to-everything", "ec2:DeleteVolume", "arn:aws:ec2:*:*:volume/vol-*"), ("iam-no-data-of-everything", "ebs:GetSnapshotBlock", "arn:aws:ec2:*::snapshot/snap-*"),
          ("iam-no-data-of-everything", "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:*-??????"), ("iam-no-writing-to-everything", "cloudfront:CreateInvalidation", "arn:aws:cloudfront::*:distribution/E*"),
          ("iam-no-writing-to-everything", "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z*"), ("iam-no-writing-to-everything", "elasticfilesystem:DeleteFileSystem", "arn:aws:elasticfilesystem:us-*:*:file-system/fs-*"))),
    *(_trust("iam-trust-one-project", {"StringLike": {f"{GITHUB}:{claim}": value}}, expected)
      for claim, value, expected in (
          ("sub", "repo:us/*", V), ("sub", "repo:us/it*", V), ("repository_owner", "us", V), ("job_workflow_ref", "us/it/.github/workflows/x.yml@refs/heads/main", V), ("sub", "repo:us/it:*", OK), ("sub", "repo:*", OK))),
    *(_trust("iam-trust", {"StringLike": {f"{GITHUB}:{claim}": value}}, expected)
      for claim, value, expected in (
          ("aud", "sts.amazonaws.com", V), ("repository_owner", "*", V), ("job_workflow_ref", "*/x.yml@*", V), ("environment", "prod", V), ("sub", "repo:us/*", OK), ("repository_owner", "us", OK))),
    _trust("iam-trust", {"StringLike": {"oidc.eks.us-east-1.amazonaws.com/id/A:sub": "system:serviceaccount:*:*"}}, V, "oidc.eks.us-east-1.amazonaws.com/id/A"),
    _trust("iam-trust", {"StringLike": {"app.terraform.io:sub": "organization:*"}}, V, "app.terraform.io"),
    edge("iam-trust", "every provider of identities", V, "task-role", Change("task-role", "assumeRolePolicy!Statement[0].Principal", {"Federated": "*"})),
    edge("iam-trust", "a wildcard in the place of an account", V, "task-role", Change("task-role", "assumeRolePolicy!Statement[0].Principal", {"AWS": "arn:aws:iam::*:root"}), Change("task-role", "assumeRolePolicy!Statement[0].Condition", {})),
)  # fmt: skip

IMPOSSIBLE: tuple[Impossible, ...] = ()
_ = (U, UNKNOWN, Node, Ref, STRANGER, POOL)
