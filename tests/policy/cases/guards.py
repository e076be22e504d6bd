"""Cases of the rules on IAM, keys, secrets, topics, queues, logs and alarms."""

# ruff: noqa: FBT003 - tables: one case a line, and values as they are

from tests.policy.cases.table import NO_OBJECT, OK, WRONG_TYPE, Change, Impossible, Kind, Row, U, V, edge
from tests.policy.nodes import ABSENT, REMOVED, UNKNOWN, Json, Node, Ref

PUBLIC_POLICIES = (
    ("kms-not-public", "key", "kms:Decrypt"),
    ("sns-not-public", "topic-policy", "sns:Publish"),
    ("sqs-not-public", "queue-policy", "sqs:SendMessage"),
    ("secret-not-public", "secret-policy", "secretsmanager:GetSecretValue"),
    ("ecr-not-public", "repository-policy", "ecr:BatchGetImage"),
    ("logs-not-public", "log-policy", "logs:PutLogEvents"),
    ("backup-vault-not-public", "backup-vault-policy", "backup:CopyIntoBackupVault"),
)


GITHUB = "token.actions.githubusercontent.com"
DOCUMENT = {"log-policy": "policyDocument"}
"""Resource -> property with its document, if it is not ``policy``."""


def _document(resource: str, path: str = "policy", **statement: object) -> Change:
    return Change(resource, path, Json({"Statement": [{"Effect": "Allow", "Resource": "*", **statement}]}))


def _identity(**statement: object) -> Change:
    return _document("policy", **statement)


IDENTITY_RULES = (
    "iam-no-full-access",
    "iam-no-service-wildcard",
    "iam-no-decryption-with-every-key",
    "iam-no-passing-of-every-role",
)

ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole"}

ROWS = (
    Row("kms-rotation", "key", "enableKeyRotation", wrong=(False, "false")),
    Row("kms-lockout-check", "key", "bypassPolicyLockoutSafetyCheck", wrong=(True, "true"), absent=OK),
    Row("sqs-dead-letters", "queue", "redrivePolicy", wrong=("{}", ""), unknown=OK),
    Row("sqs-dead-letters", "queue", "redrivePolicy!deadLetterTargetArn", wrong=("",), unknown=OK),
    Row("sns-encrypted", "topic", "kmsMasterKeyId", wrong=("", "alias/aws/sns"), unknown=OK, right=("alias/own",)),
    Row("sns-subscriptions-encrypted", "subscription", "protocol", wrong=("http",), right=("https", "email"), absent=OK),
    Row("secret-recovery-window", "secret", "recoveryWindowInDays", wrong=(0, 6), right=(7,), absent=OK),
    Row("sqs-encrypted", "queue", "sqsManagedSseEnabled", wrong=(False, "false"), absent=OK),
    Row("secret-encrypted", "secret", "kmsKeyId", wrong=("",), unknown=OK, right=("alias/own",)),
    Row("secret-rotated-often", "rotation", "rotationRules.automaticallyAfterDays", wrong=(91, 365), right=(1, 90)),
    Row("secret-rotated-often", "rotation", "rotationRules.automaticallyAfterDays", wrong=(30,), config={"maximum-days": 7}),
    Row("log-group-encrypted", "log-group", "kmsKeyId", wrong=("",), unknown=OK, right=("arn",)),
    Row("log-group-retention", "log-group", "retentionInDays", wrong=(0, 30, 364, "7"), right=(365, 400)),
    Row("log-group-retention", "log-group", "retentionInDays", wrong=(5,), right=(7,), config={"minimum-days": 7}),
    Row("state-machine-logs", "state-machine", "loggingConfiguration.level", wrong=("OFF", ""), right=("FATAL", "ALL")),
    Row("state-machine-logs", "state-machine", "loggingConfiguration.logDestination", wrong=("",), unknown=OK, right=("arn",)),
    Row("state-machine-logs", "state-machine", "loggingConfiguration", wrong_type=NO_OBJECT),
    Row("state-machine-tracing", "state-machine", "tracingConfiguration.enabled", wrong=(False, "false")),
    Row("state-machine-tracing", "state-machine", "tracingConfiguration", wrong_type=NO_OBJECT),
    Row("alarm-actions", "alarm", "alarmActions", wrong=([],), right=(["arn"],)),
    Row("alarm-actions-enabled", "alarm", "actionsEnabled", wrong=(False, "false"), right=(True,), absent=OK),
    Row("iam-no-managed-full-access", "attachment", "policyArn",
        wrong=("arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/PowerUserAccess"), absent=OK),
    *(Row(rule, resource, DOCUMENT.get(resource, "policy"), absent=OK) for rule, resource, _action in PUBLIC_POLICIES),
    *(Row(rule, "policy", "policy", absent=OK) for rule in IDENTITY_RULES),
    *(Row(rule, "policy", f"policy!Statement[0].{part}", absent=absent, wrong=(wrong,), wrong_type=(7, V))
      for rule in IDENTITY_RULES for part, wrong, absent in (("Effect", "allow", V), ("Action", [7], OK), ("Resource", [7], OK))),
    Row("iam-trust", "task-role", "assumeRolePolicy", absent=OK),
    Row("iam-trust", "task-role", "assumeRolePolicy!Statement[0].Principal", wrong=({"AWS": 7},), absent=OK, wrong_type=(7, V)),
    Row("iam-trust", "task-role", "assumeRolePolicy!Statement[0]", wrong=({**ASSUME, "Principal": "*"}, {**ASSUME, "Principal": {"AWS": "*"}}), absent=OK, wrong_type=(7, V)),
    Row("secret-rotated", "rotation", "secretId", unknown=V, at="secret"),
)  # fmt: skip

EDGES = (
    *(edge(rule, name, expected, resource, _document(resource, DOCUMENT.get(resource, "policy"), Action=action, **statement))
      for rule, resource, action in PUBLIC_POLICIES
      for name, statement, expected in (
          ("anybody", {"Principal": "*"}, V),
          ("anybody under AWS", {"Principal": {"AWS": "*"}}, V),
          ("all but one", {"NotPrincipal": {"AWS": "123456789012"}}, V),
          ("anybody in the account", {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}}, OK),
          ("anybody, if the key is there", {"Principal": "*", "Condition": {"StringEqualsIfExists": {"aws:SourceAccount": "1"}}}, V),
          ("anybody with a wildcard", {"Principal": "*", "Condition": {"ArnLike": {"aws:SourceArn": ["arn:aws:s3:::x", "*"]}}}, V),
          ("an account", {"Principal": {"AWS": "123456789012"}}, OK),
          ("a service", {"Principal": {"Service": ["events.amazonaws.com"]}}, OK),
          ("anybody is denied", {"Effect": "Deny", "Principal": "*"}, OK))),
    *(edge(rule, "no JSON", V, resource, Change(resource, DOCUMENT.get(resource, "policy"), "nobody")) for rule, resource, _action in PUBLIC_POLICIES),
    edge("kms-not-public", "a caller's account", OK, "", _document("key", Action="kms:*", Principal={"AWS": "*"}, Condition={
        "StringEquals": {"kms:CallerAccount": "123456789012", "kms:ViaService": "sns.us-east-1.amazonaws.com"}})),
    edge("kms-not-public", "by any service", V, "key", _document("key", Action="kms:*", Principal={"AWS": "*"}, Condition={
        "StringEquals": {"kms:ViaService": "sns.us-east-1.amazonaws.com"}})),
    edge("kms-rotation", "an asymmetric key", OK, "", Change("key", "customerMasterKeySpec", "RSA_2048"), Change("key", "enableKeyRotation", False)),
    edge("kms-rotation", "an HMAC key", OK, "", Change("key", "keyUsage", "GENERATE_VERIFY_MAC"), Change("key", "enableKeyRotation", ABSENT)),
    edge("kms-rotation", "perhaps an asymmetric key", U, "key", Change("key", "customerMasterKeySpec", UNKNOWN)),
    edge("sns-tls-only", "no policy", V, "topic", Change("topic-policy", value=REMOVED)),
    edge("sns-tls-only", "no such statement", V, "topic", _document("topic-policy", Action="sns:Publish", Principal={"Service": "a"})),
    *(edge(f"{service}-tls-only", "another action only", V, resource, _document(f"{resource}-policy", Effect="Deny", Action=action,
           Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}}))
      for service, resource, action in (("sns", "topic", "sns:AddPermission"), ("sqs", "queue", "sqs:SendMessage"))),
    edge("sns-tls-only", "in the topic itself", OK, "", Change("topic-policy", value=REMOVED), _document("topic", Effect="Deny", Action="sns:Publish",
         Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})),
    edge("sns-tls-only", "another topic's", V, "topic", Change("topic-policy", "arn", "arn:theirs")),
    *(edge(f"{service}-tls-only", name, V, at or resource, Change(at or f"{resource}-policy", path, WRONG_TYPE))
      for service, resource, link in (("sns", "topic", "arn"), ("sqs", "queue", "queueUrl"))
      for name, at, path in (("a policy of a wrong type", f"{resource}-policy", "policy"), ("for a resource of a wrong type", "", link))),
    edge("sns-tls-only", "unknown", U, "topic-policy", Change("topic-policy", "policy", UNKNOWN)),
    *(edge(rule, f"a second policy that {name}", expected, at if expected == V else "", Change("second", node=Node(type_, {link: Ref(owner), "policy": policy})))
      for rule, type_, link, owner, at, denied, arns in (
          ("sqs-tls-only", "aws:sqs/queuePolicy:QueuePolicy", "queueUrl", "queue", "queue", "sqs:*", "*"), ("sns-tls-only", "aws:sns/topicPolicy:TopicPolicy", "arn", "topic", "topic", "sns:Publish", "*"),
          ("s3-tls-only", "aws:s3/bucketPolicy:BucketPolicy", "bucket", "data", "second", "s3:*", ["arn:aws:s3:::x", "arn:aws:s3:::x/*"]))
      for name, expected, policy in (
          ("denies nothing", V, Json({"Statement": [{"Effect": "Allow", "Action": denied, "Resource": "*", "Principal": {"AWS": "123456789012"}}]})),
          ("denies plain HTTP too", OK, Json({"Statement": [{"Effect": "Deny", "Action": denied, "Resource": arns, "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]})))),
    *(edge(rule, "a policy of what is named by its id", V, "second", Change("second", node=Node(type_, {link: "theirs", "policy": Json({"Statement": []})})))
      for rule, type_, link in (
          ("sqs-tls-only", "aws:sqs/queuePolicy:QueuePolicy", "queueUrl"), ("sns-tls-only", "aws:sns/topicPolicy:TopicPolicy", "arn"), ("s3-tls-only", "aws:s3/bucketPolicy:BucketPolicy", "bucket"))),
    edge("sqs-tls-only", "a policy of its own that denies nothing, beside the other", V, "queue", _document("queue", Action="sqs:*", Principal={"AWS": "123456789012"})),
    edge("s3-tls-only", "a policy of its own that denies nothing, beside the other", V, "data", Change("data", "policy", Json({"Statement": []}))),
    edge("sqs-tls-only", "no policy", V, "queue", Change("queue-policy", value=REMOVED)),
    edge("sqs-tls-only", "another queue's", V, "queue", Change("queue-policy", "queueUrl", "https://theirs")),
    edge("sqs-tls-only", "no such statement", V, "queue", _document("queue-policy", Action="sqs:*", Principal={"Service": "a"})),
    edge("sqs-tls-only", "unknown", U, "queue-policy", Change("queue-policy", "policy", UNKNOWN)),
    *(edge("sqs-dead-letters", f"by a resource of its own with {policy}", expected, "queue", Change("queue", "redrivePolicy", ABSENT),
           Change("redrive", node=Node("aws:sqs/redrivePolicy:RedrivePolicy", {"queueUrl": Ref("queue"), "redrivePolicy": policy})))
      for policy, expected in (('{"deadLetterTargetArn": "arn"}', OK), (UNKNOWN, OK), ("{}", V))),
    edge("sqs-dead-letters", "takes another's", OK, "", Change("dead", node=Node("aws:sqs/queue:Queue", {})),
         Change("queue", "redrivePolicy", Json({"deadLetterTargetArn": Ref("dead")}))),
    edge("sqs-encrypted", "with an empty key", V, "queue", Change("queue", "sqsManagedSseEnabled", False), Change("queue", "kmsMasterKeyId", "")),
    edge("secret-not-public", "in the secret itself", V, "secret", _document("secret", Action="secretsmanager:GetSecretValue", Principal="*")),
    edge("kms-not-public", "a replica's", V, "replica", Change("replica", node=Node("aws:kms/replicaKey:ReplicaKey", {
        "policy": Json({"Statement": {"Effect": "Allow", "Action": "kms:*", "Principal": "*", "Resource": "*"}})}))),
    edge("sqs-encrypted", "with a key", OK, "", Change("queue", "sqsManagedSseEnabled", False), Change("queue", "kmsMasterKeyId", Ref("key"))),
    edge("secret-rotated", "not rotated", V, "secret", Change("rotation", value=REMOVED)),
    edge("secret-rotated", "another's rotation", V, "secret", Change("rotation", "secretId", "arn:theirs")),
    edge("secret-rotated", "an unknown schedule is one", OK, "", Change("rotation", "rotationRules", UNKNOWN)),
    edge("secret-rotated", "a second secret", V, "second", Change("second", node=Node("aws:secretsmanager/secret:Secret", {}))),
    *(edge("secret-rotated-often", schedule, expected, "rotation" if expected != OK else "", Change("rotation", "rotationRules", {"scheduleExpression": schedule}))
      for schedule, expected in (("rate(7 days)", OK), ("rate(4 hours)", OK), ("rate(1 day)", OK), ("rate(365 days)", V), ("weekly", V),
                                 ("cron(0 8 1 * ? *)", U))),
    edge("alarm-actions", "a composite alarm", V, "composite", Change("composite", node=Node("aws:cloudwatch/compositeAlarm:CompositeAlarm", {}))),
    edge("alarm-actions", "an unknown topic is one", OK, "", Change("alarm", "alarmActions", [UNKNOWN])),
    edge("alarm-actions-enabled", "a composite alarm", V, "composite", Change("composite", node=Node("aws:cloudwatch/compositeAlarm:CompositeAlarm", {"actionsEnabled": False}))),
    edge("iam-no-full-access", "s3:*", OK, "", _identity(Action="s3:*")),
    edge("iam-no-full-access", "*:*", V, "policy", _identity(Action="*")),
    edge("iam-no-full-access", "one of several", V, "policy", _identity(Action=["s3:GetObject", "*"])),
    edge("iam-no-full-access", "everything on one bucket", OK, "", _identity(Action="*", Resource="arn:aws:s3:::x")),
    edge("iam-no-full-access", "everything but one action", V, "policy", _identity(NotAction="iam:*")),
    edge("iam-no-full-access", "everywhere but there", V, "policy", _identity(Action="*", Resource=ABSENT, NotResource="arn:aws:s3:::x")),
    edge("iam-no-full-access", "denied", OK, "", _identity(Effect="Deny", Action="*")),
    edge("iam-no-full-access", "inline of a role", V, "task-role", Change("task-role", "inlinePolicies", [
        {"policy": Json({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})}])),
    edge("iam-no-full-access", "of a role", V, "role-policy", _document("role-policy", Action="*")),
    edge("iam-no-full-access", "as an object", V, "policy", Change("policy", "policy", {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})),
    *(edge("iam-no-full-access", f"{action} on {resource}", V, "policy", _identity(Action=action, Resource=resource))
      for action, resource in (("**", "*"), ("*", "arn:aws:*"), ("*:*", "arn:aws:*:*:*:*"))),
    edge("iam-no-service-wildcard", "s3:*", V, "policy", _identity(Action="s3:*", Resource="arn:aws:s3:::x")),
    *(edge("iam-no-service-wildcard", f"{kind} {action}", V, "policy", _identity(**{"Action": ABSENT, kind: action}, Resource="arn:aws:s3:::x"))
      for kind, action in (("Action", "*"), ("Action", "s3:**"), ("NotAction", "s3:DeleteBucket"))),
    edge("iam-no-service-wildcard", "s3:Get*", OK, "", _identity(Action="s3:Get*", Resource="arn:aws:s3:::x")),
    edge("iam-no-service-wildcard", "of a role", V, "role-policy", _document("role-policy", Action=["logs:PutLogEvents", "ecs:*"])),
    edge("iam-no-service-wildcard", "denied", OK, "", _identity(Effect="Deny", Action="s3:*")),
    edge("iam-no-decryption-with-every-key", "every key", V, "policy", _identity(Action="kms:Decrypt")),
    edge("iam-no-decryption-with-every-key", "by a wildcard", V, "policy", _identity(Action="kms:*crypt", Resource="arn:aws:kms:us-east-1:1:key/*")),
    edge("iam-no-decryption-with-every-key", "re-encryption", V, "policy", _identity(Action=["kms:ReEncrypt*"])),
    edge("iam-no-decryption-with-every-key", "every key of an account", V, "policy", _identity(Action="kms:Decrypt", Resource="arn:aws:kms:us-east-1:1:*")),
    edge("iam-no-decryption-with-every-key", "encryption only", OK, "", _identity(Action="kms:GenerateDataKey")),
    edge("iam-no-decryption-with-every-key", "all but deletion", V, "policy", _identity(NotAction="kms:ScheduleKeyDeletion")),
    edge("iam-no-passing-of-every-role", "every role", V, "policy", _identity(Action="iam:PassRole")),
    edge("iam-no-passing-of-every-role", "by a pattern", V, "policy", _identity(Action="iam:Pass*", Resource="arn:aws:iam::123456789012:role/*")),
    edge("iam-no-passing-of-every-role", "everything of IAM", V, "policy", _identity(Action="iam:PassRole", Resource="arn:aws:iam::*")),
    edge("iam-no-passing-of-every-role", "one role", OK, "", _identity(Action="iam:PassRole", Resource="arn:aws:iam::123456789012:role/task")),
    edge("iam-no-managed-full-access", "in the role itself", V, "task-role", Change("task-role", "managedPolicyArns", ["arn:aws:iam::aws:policy/IAMFullAccess"])),
    edge("iam-no-managed-full-access", "unknown", U, "attachment", Change("attachment", "policyArn", UNKNOWN)),
    *(edge("iam-no-managed-full-access", f"by a {kind}", V, "given", Change("given", node=Node(
          f"aws:iam/{kind}:{kind[0].upper()}{kind[1:]}", {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})))
      for kind in ("policyAttachment", "groupPolicyAttachment", "userPolicyAttachment")),
    edge("iam-trust", "anybody", V, "task-role", _document("task-role", "assumeRolePolicy", Action="sts:AssumeRole", Principal="*")),
    edge("iam-trust", "anybody under AWS", V, "task-role", _document("task-role", "assumeRolePolicy", Action="sts:AssumeRole", Principal={"AWS": "*"})),
    edge("iam-trust", "an organization", OK, "", _document("task-role", "assumeRolePolicy", Action="sts:AssumeRole", Principal={"AWS": "*"},
         Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})),
    edge("iam-trust", "an external id alone", V, "task-role", _document("task-role", "assumeRolePolicy", Action="sts:AssumeRole", Principal={"AWS": "*"},
         Condition={"StringEquals": {"sts:ExternalId": "x"}})),
    *(edge("iam-trust", f"workflows of GitHub {sub}", expected, "task-role", _document("task-role", "assumeRolePolicy", Action="sts:AssumeRoleWithWebIdentity",
          Principal={"Federated": f"arn:aws:iam::123456789012:oidc-provider/{GITHUB}"}, Condition={"StringEquals": {f"{GITHUB}:aud": "a"}, **sub}))
      for sub, expected in (({}, V), ({"StringLike": {f"{GITHUB}:sub": "repo:*"}}, V), ({"StringLike": {f"{GITHUB}:sub": "repo:us/it:*"}}, OK))),
    edge("iam-no-users", "a user", V, "person", Change("person", node=Node("aws:iam/user:User", {}))),
    edge("iam-no-users", "an unknown user is one", V, "person", Change("person", node=Node("aws:iam/user:User", {"name": UNKNOWN}))),
    edge("iam-no-users", "a user whose name is none", V, "person", Change("person", node=Node("aws:iam/user:User", {"name": WRONG_TYPE}))),
    edge("iam-no-users", "a key", V, "ci", Change("ci", node=Node("aws:iam/accessKey:AccessKey", {"user": "ci"}))),
    edge("iam-no-users", "a role", OK, "", Change("ci", node=Node("aws:iam/role:Role", {}))),
)  # fmt: skip

IMPOSSIBLE: tuple[Impossible, ...] = (
    Impossible("iam-no-users", Kind.ABSENT, "to be there at all is the violation, whatever is left out"),
)
