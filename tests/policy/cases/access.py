"""Cases of the rules on access: identity policies, other accounts, services, secrets in clear text."""

from typing import Any

from tests.policy.cases.table import OK, WRONG_TYPE, Change, Impossible, Kind, Row, U, V, edge
from tests.policy.nodes import ABSENT, UNKNOWN, Json, Node, Ref

STRANGER = "999999999999"


def _policy(**changes: Any) -> Json:
    return Json({"Statement": [{"Effect": "Allow", "Resource": "*", **changes}]})


GROUPS = {
    "iam-no-privilege-escalation": ("iam:PutRolePolicy", "lambda:Update*", "ecs:ExecuteCommand", "iam:*"),
    "iam-no-credentials-of-everything": ("iam:CreateAccessKey", "sts:AssumeRole", "rds-db:connect"),
    "iam-no-data-of-everything": ("s3:GetObject", "secretsmanager:GetSecretValue", "dynamodb:*", "s3:Get*"),
    "iam-no-permissions-of-everything": ("s3:PutBucketPolicy", "kms:CreateGrant", "sns:AddPermission"),
    "iam-no-writing-to-everything": ("s3:DeleteObject", "rds:*", "sqs:SendMessage"),
}

EVERY_ONE = {
    "iam-no-data-of-everything": {
        "s3:GetObject": (
            "arn:aws:s3:::*",
            "arn:aws:s3:::*/*",
            "arn:aws:s3:::?*/*",
            "arn:*:s3:::*",
            "arn:aws:s3:us-east-1:123456789012:accesspoint/*",
        ),
        "dynamodb:GetItem": (
            "arn:aws:dynamodb:*:*:table/*",
            "arn:aws:dynamodb:us-east-1:123456789012:table/*",
            "arn:aws:dynamodb:*:table/*",
        ),
        "dynamodb:Query": ("arn:aws:dynamodb:*:*:table/*/index/*",),
        "secretsmanager:GetSecretValue": (
            "arn:aws:secretsmanager:*:*:secret:*",
            "arn:aws:secretsmanager:*:secret:*",
            "arn:aws:secretsmanager:us-east-1:*",
        ),
        "ssm:GetParameter*": ("arn:aws:ssm:*:*:parameter/*", "arn:aws:ssm:us-east-1:123456789012:parameter/*"),
        "sqs:ReceiveMessage": ("arn:aws:sqs:*:*:*", "arn:aws:sqs:us-east-1:123456789012:*"),
        "rds-data:ExecuteStatement": ("arn:aws:rds:*:*:cluster:*",),
        "ebs:GetSnapshotBlock": ("arn:aws:ec2:*::snapshot/*",),
    },
    "iam-no-permissions-of-everything": {
        "kms:CreateGrant": ("arn:aws:kms:*:*:key/*", "arn:aws:kms:us-east-1:123456789012:key/*"),
        "s3:PutBucketPolicy": ("arn:aws:s3:::*",),
        "s3:PutObjectAcl": ("arn:aws:s3:::*/*",),
        "ecr:SetRepositoryPolicy": ("arn:aws:ecr:*:*:repository/*",),
        "lambda:AddPermission": ("arn:aws:lambda:*:*:function:*",),
        "iam:CreatePolicy": ("arn:aws:iam::123456789012:policy/*",),
    },
    "iam-no-writing-to-everything": {
        "s3:DeleteObject": ("arn:aws:s3:::*/*",),
        "sns:Publish": ("arn:aws:sns:*:*:*", "arn:aws:sns:us-east-1:123456789012:*"),
        "kms:ScheduleKeyDeletion": ("arn:aws:kms:*:*:key/*",),
        "rds:DeleteDBInstance": ("arn:aws:rds:*:*:db:*",),
        "ecs:UpdateService": ("arn:aws:ecs:us-east-1:123456789012:service/*",),
        "states:StartExecution": ("arn:aws:states:*:*:stateMachine:*",),
        "logs:DeleteLogGroup": ("arn:aws:logs:*:*:log-group:*", "arn:aws:logs:*:*:log-group:*:*"),
    },
    "iam-no-credentials-of-everything": {
        "sts:AssumeRole": ("arn:aws:iam::*:role/*", "arn:aws:iam::123456789012:role/*"),
        "rds-db:connect": ("arn:aws:rds-db:*:*:dbuser:*/*", "arn:aws:rds-db:us-east-1:123456789012:dbuser:*"),
        "iam:CreateAccessKey": ("arn:aws:iam::*:user/*",),
    },
    "iam-no-privilege-escalation": {
        "iam:AttachRolePolicy": ("arn:aws:iam::*:role/*",),
        "iam:AttachUserPolicy": ("arn:aws:iam::*:user/*",),
        "iam:CreatePolicyVersion": ("arn:aws:iam::123456789012:policy/*",),
        "ssm:SendCommand": ("arn:aws:ec2:*:*:instance/*",),
        "ecs:ExecuteCommand": ("arn:aws:ecs:*:*:task/*", "arn:aws:ecs:*:*:cluster/*"),
        "lambda:UpdateFunctionCode": ("arn:aws:lambda:*:*:function:*",),
    },
}
"""Rule -> action -> patterns that match every resource of a kind, at least in one account."""
SOME = {
    "iam-no-data-of-everything": {
        "s3:GetObject": (
            "arn:aws:s3:::ours/*",
            "arn:aws:s3:::ours-*/*",
            "arn:aws:s3:us-east-1:123456789012:accesspoint/ours/object/*",
        ),
        "dynamodb:GetItem": (
            "arn:aws:dynamodb:*:*:table/orders*",
            "arn:aws:dynamodb:*:table/orders*",
            "arn:aws:dynamodb:*:*:table/orders/index/*",
        ),
        "secretsmanager:GetSecretValue": (
            "arn:aws:secretsmanager:*:*:secret:app/*",
            "arn:aws:secretsmanager:*:secret:app*",
        ),
        "ssm:GetParameter*": ("arn:aws:ssm:*:*:parameter/app/*",),
        "sqs:ReceiveMessage": ("arn:aws:sqs:*:*:jobs-*",),
    },
    "iam-no-permissions-of-everything": {
        "s3:PutBucketPolicy": ("arn:aws:s3:::ours",),
        "kms:CreateGrant": ("arn:aws:kms:*:*:alias/*",),
    },
    "iam-no-writing-to-everything": {
        "ecs:UpdateService": ("arn:aws:ecs:us-east-1:123456789012:service/ours/*",),
        "logs:DeleteLogGroup": ("arn:aws:logs:*:*:log-group:/ours/*",),
    },
    "iam-no-credentials-of-everything": {"sts:AssumeRole": ("arn:aws:iam::*:role/ours-*",)},
    "iam-no-privilege-escalation": {"iam:AttachRolePolicy": ("arn:aws:iam::*:role/ours/*", "arn:aws:iam::*:policy/*")},
}
"""Rule -> action -> patterns that do not match every resource."""

ROWS = (
    *(Row(rule, "policy", "policy", absent=OK, wrong=tuple(_policy(Action=action) for action in actions),
          right=(_policy(Action="logs:DescribeLogGroups"), _policy(Action="ecr:GetAuthorizationToken"), _policy(Action="xray:PutTraceSegments")))
      for rule, actions in GROUPS.items()),
    *(Row(rule, "role-policy", "policy", absent=OK, wrong=(_policy(Action=actions[0]), _policy(Action=[actions[0]], Resource=["*", "arn:x"])))
      for rule, actions in GROUPS.items()),
    Row("no-foreign-accounts", "repository-policy", "policy!Statement[0].Principal", absent=OK, wrong_type=(7, V),
        wrong=({"AWS": STRANGER}, {"AWS": ["123456789012", f"arn:aws:iam::{STRANGER}:root"]}, {"AWS": f"arn:aws:sts::{STRANGER}:assumed-role/a/b"}),
        right=({"AWS": "arn:aws:iam::123456789012:role/x"}, {"Service": "ecs.amazonaws.com"}, "*")),
    Row("no-foreign-accounts", "task-role", "assumeRolePolicy!Statement[0].Principal", absent=OK, wrong_type=(7, V),
        wrong=({"AWS": f"arn:aws:iam::{STRANGER}:root"},), right=({"AWS": "arn:aws:iam::123456789012:root"},)),
    Row("no-foreign-accounts", "task-role", "assumeRolePolicy!Statement[0].Principal", absent=OK, wrong_type=(7, V),
        right=({"AWS": f"arn:aws:iam::{STRANGER}:root"},), config={"allowed-accounts": [STRANGER]}),
    *(Row("no-foreign-accounts", resource, path, absent=OK, wrong=(_policy(Principal={"AWS": STRANGER}, Action="x:Y"),))
      for resource, path in (("data-policy", "policy"), ("key", "policy"), ("topic-policy", "policy"), ("queue-policy", "policy"), ("secret-policy", "policy"),
                             ("backup-vault-policy", "policy"), ("log-policy", "policyDocument"), ("api-policy", "policy"))),
    Row("no-foreign-accounts", "backup-plan", "rules[0].copyActions[0].destinationVaultArn", absent=OK,
        wrong=(f"arn:aws:backup:us-east-1:{STRANGER}:backup-vault:x",), right=("arn:aws:backup:us-east-1:123456789012:backup-vault:x",)),
    Row("no-foreign-accounts", "permission", "principal", absent=OK, wrong=(STRANGER, f"arn:aws:iam::{STRANGER}:role/x"), right=("123456789012", "s3.amazonaws.com")),
    Row("service-principals-say-for-whom", "data-policy", "policy!Statement[1].Condition", wrong_type=(7, V),
        wrong=({}, {"StringEquals": {"aws:PrincipalTag/x": "y"}}, {"StringEqualsIfExists": {"aws:SourceAccount": "123456789012"}}, {"ArnLike": {"aws:SourceArn": "*"}}),
        right=({"StringEquals": {"aws:SourceAccount": "123456789012"}}, {"StringEquals": {"aws:SourceOrgID": "o-1"}})),
    Row("service-principals-say-for-whom", "task-role", "assumeRolePolicy!Statement[0].Condition", wrong_type=(7, V)),
    Row("service-principals-say-for-whom", "permission", "sourceArn", wrong=(None,), right=("arn:aws:s3:::x",), unknown=OK),
    Row("policies-lock-nobody-out", "data-policy", "policy", absent=OK,
        wrong=(_policy(Effect="Deny", Principal="*", Action="s3:*"), _policy(Effect="Deny", Principal={"AWS": "*"}, Action="*")),
        right=(_policy(Effect="Deny", Principal="*", Action="s3:DeleteBucket"), _policy(Effect="Deny", Principal="*", Action="s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}}))),
    Row("policies-lock-nobody-out", "key", "policy", absent=OK, wrong=(_policy(Effect="Deny", Principal="*", Action="kms:*"),)),
    Row("no-secret-in-variables", "stage", "variables", absent=OK, wrong=({"SMTP_PASS": "x"}, {"apiKey": "abc-def"}, {"dbPassword": UNKNOWN}),
        right=({"backendHost": "x"}, {"DB_PASSWORD": "arn:aws:secretsmanager:us-east-1:1:secret:x"}, {"tokenLifetime": "x"}), wrong_type=("text", V)),
    Row("no-secret-in-variables", "function", "environment.variables", absent=OK, wrong=({"STRIPE_SECRET": "x"},), wrong_type=("text", V)),
    Row("no-secret-in-variables", "parameter", "type", wrong=("String", "StringList"), right=("SecureString",)),
    Row("no-secret-in-variables", "instance", "userData", absent=OK, unknown=OK, wrong=("#!/bin/sh\nexport DB_PASSWORD=hunter22", "ZXhwb3J0IFRPS0VOPWFiY2RlZmdoaWo="),
        right=("#!/bin/sh\ncurl https://example.com", "export DB_PASSWORD=$(aws secretsmanager get-secret-value)"), wrong_type=(7, V)),
    Row("no-secret-in-variables", "launch-template", "userData", absent=OK, unknown=OK, wrong=("mysql --password=hunter22",), wrong_type=(7, V)),
)  # fmt: skip

SECRETS = (
    "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "ghp_" + "a" * 36,
    "AKIA" + "A" * 16,
    "-----BEGIN RSA PRIVATE " + "KEY-----",
    "postgres://app:hunter2@db:5432/x",
    "xoxb-" + "1234567890-abcdef",
    "AIza" + "a" * 35,
    "SG." + "a" * 22 + "." + "b" * 43,
    "sk-ant-" + "a" * 30,
    "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
    "dckr_pat_" + "a" * 27,
    "hf_" + "a" * 34,
    "shpat_" + "a1" * 16,
    "ATATT3" + "x" * 40,
    "dapi" + "a1" * 16,
    "NRAK-" + "A" * 27,
    "Bearer " + "a" * 32,
)
PLAIN = (
    "postgres://app:${PASSWORD}@db/x",
    "https://example.com:443/a@b",
    "arn:aws:secretsmanager:us-east-1:1:secret:sk",
    "sk-learn",
    "Bearer",
)

_BY_STRANGER = Change("repository-policy", "policy!Statement[0].Principal", {"AWS": STRANGER})

EDGES = (
    *(edge(rule, "restricted by a tag", OK, "", Change("policy", "policy", _policy(Action=actions[0], Condition={"StringEquals": {"aws:ResourceTag/team": "a"}})))
      for rule, actions in GROUPS.items()),
    *(edge(rule, "a condition on the caller narrows nothing", V, "policy", Change("policy", "policy", _policy(Action=actions[0], Condition={"StringEquals": {"aws:PrincipalTag/team": "a"}})))
      for rule, actions in GROUPS.items()),
    *(edge(rule, "everything but one thing", V, "policy", Change("policy", "policy", Json({"Statement": [{"Effect": "Allow", "Action": actions[0], "NotResource": "arn:aws:x:::y"}]})))
      for rule, actions in GROUPS.items()),
    *(edge(rule, "NotAction", V, "policy", Change("policy", "policy", Json({"Statement": [{"Effect": "Allow", "NotAction": "a:B", "Resource": "*"}]})))
      for rule in GROUPS),
    *(edge(rule, "a Deny", OK, "", Change("policy", "policy", _policy(Effect="Deny", Action=actions[0]))) for rule, actions in GROUPS.items()),
    *(edge(rule, "one resource", OK, "", Change("policy", "policy", _policy(Action=actions[0], Resource="arn:aws:x:us-east-1:1:one"))) for rule, actions in GROUPS.items()),
    edge("iam-no-privilege-escalation", "every role of the account", V, "policy", Change("policy", "policy", _policy(Action="iam:PutRolePolicy", Resource="arn:aws:iam::123456789012:role/*"))),
    *(edge(rule, f"{action} on {pattern}", V, "policy", Change("policy", "policy", _policy(Action=action, Resource=["arn:aws:s3:::one", pattern])))
      for rule, on in EVERY_ONE.items() for action, patterns in on.items() for pattern in patterns),
    *(edge(rule, f"{action} on {pattern}", OK, "", Change("policy", "policy", _policy(Action=action, Resource=pattern)))
      for rule, on in SOME.items() for action, patterns in on.items() for pattern in patterns),
    *(edge(rule, "every action on every object", V, "policy", Change("policy", "policy", _policy(Action="*", Resource="arn:aws:s3:::*"))) for rule in ("iam-no-data-of-everything", "iam-no-writing-to-everything")),
    edge("iam-no-full-access", "everything in one account", V, "policy", Change("policy", "policy", _policy(Action="*", Resource="arn:aws:*:*:123456789012:*"))),
    edge("iam-no-writing-to-everything", "one service of a cluster", OK, "",
         Change("policy", "policy", _policy(Action="ecs:UpdateService", Condition={"ArnEquals": {"ecs:cluster": "arn:aws:ecs:us-east-1:123456789012:cluster/a"}}))),
    edge("iam-no-managed-full-access", "reading all buckets", V, "attachment", Change("attachment", "policyArn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")),
    *(edge("iam-no-managed-full-access", name, V, "attachment", Change("attachment", "policyArn", f"arn:aws:iam::aws:policy/{name}"))
      for name in ("AmazonS3FullAccess", "AWSLambda_FullAccess", "ReadOnlyAccess", "SecretsManagerReadWrite", "job-function/SystemAdministrator")),
    *(edge("iam-no-managed-full-access", f"not {arn}", OK, "", Change("attachment", "policyArn", arn))
      for arn in ("arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy", "arn:aws:iam::123456789012:policy/OurFullAccess")),
    edge("no-foreign-accounts", "an open principal that a condition binds to another account", V, "repository-policy",
         Change("repository-policy", "policy", _policy(Principal="*", Action="ecr:BatchGetImage", Condition={"StringEquals": {"aws:PrincipalAccount": STRANGER}}))),
    edge("no-foreign-accounts", "the stack's account is not known", U, "repository-policy", Change("provider", "allowedAccountIds", ABSENT), _BY_STRANGER, allowed_accounts=["123456789012"]),
    edge("no-foreign-accounts", "the provider's accounts as a list", OK, "", Change("provider", "allowedAccountIds", ["123456789012"])),
    edge("no-foreign-accounts", "the provider's accounts are not known", U, "repository-policy", Change("provider", "allowedAccountIds", UNKNOWN), _BY_STRANGER, allowed_accounts=["123456789012"]),
    edge("no-foreign-accounts", "one of the provider's accounts is not known", U, "repository-policy", Change("provider", "allowedAccountIds", ["123456789012", UNKNOWN]), _BY_STRANGER),
    edge("no-foreign-accounts", "none of the provider's accounts is known", U, "repository-policy", Change("provider", "allowedAccountIds", [UNKNOWN]), _BY_STRANGER, allowed_accounts=["123456789012"]),
    edge("service-principals-say-for-whom", "a service that cannot say", OK, "",
         Change("task-role", "assumeRolePolicy", Json({"Statement": [{"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))),
    edge("service-principals-say-for-whom", "an encryption context", OK, "",
         Change("key", "policy", _policy(Principal={"Service": "logs.amazonaws.com"}, Action="kms:Decrypt",
                                         Condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:123456789012:*"}}))),
    edge("service-principals-say-for-whom", "making a log stream", OK, "",
         Change("log-policy", "policyDocument", _policy(Principal={"Service": "events.amazonaws.com"}, Action="logs:CreateLogStream"))),
    *(edge("no-secret-in-clear", f"{secret[:9]}... in {resource}", V, resource, Change(resource, path, secret))
      for secret in SECRETS for resource, path in (("stage", "variables.X"),)),
    *(edge("no-secret-in-clear", f"in {path} of {resource}", V, resource, Change(resource, path, SECRETS[0]))
      for resource, path in (("task-group", "description"), ("function", "environment.variables.A"), ("parameter", "value"), ("instance", "userData"), ("topic", "tags.x"))),
    *(edge("no-secret-in-clear", text, OK, "", Change("stage", "variables.X", text)) for text in PLAIN),
    edge("no-secret-in-clear", "Base64 of a script", V, "instance", Change("instance", "userData", "dG9rZW4gZ2hwX2FhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=")),
    edge("no-secret-in-clear", "not known", OK, "", Change("stage", "variables.X", UNKNOWN)),
    edge("no-secret-in-clear", "where secrets belong", OK, "", Change("cache", "authToken", SECRETS[0])),
    edge("no-secret-in-clear", "no variables", OK, "", Change("stage", "variables", ABSENT)),
    edge("rds-password-managed", "in the program", V, "database", Change("database", "password", "hunter2")),
    edge("rds-password-managed", "from the configuration, not known", V, "database", Change("database", "password", UNKNOWN)),
    edge("rds-password-managed", "by its other name", V, "database", Change("database", "passwordWo", "hunter2")),
    edge("rds-password-managed", "of a cluster", V, "aurora", Change("aurora", "masterPassword", "hunter2")),
    edge("rds-password-managed", "made by a resource", OK, "", Change("database", "password", Ref("secret"))),
    edge("rds-password-managed", "none", OK, "", Change("database", "password", ABSENT)),
    edge("rds-password-managed", "of a wrong type", V, "database", Change("database", "password", WRONG_TYPE)),
    edge("ecs-no-secret-in-environment", "a secret's ARN", OK, "", Change("task", "containerDefinitions![0].environment", [{"name": "DB_SECRET", "value": "arn:aws:secretsmanager:us-east-1:1:secret:x"}])),
)  # fmt: skip

IMPOSSIBLE = (Impossible("no-secret-in-clear", Kind.WRONG_TYPE, "it looks at texts, wherever they stand"),)
_ = Node
