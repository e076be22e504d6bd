"""Cases of attacks by policies: conditions that restrict nobody, wide patterns, foreign accounts in any form."""

from typing import Any

from tests.policy.cases.table import OK, Case, Change, Impossible, Row, U, V, edge
from tests.policy.nodes import UNKNOWN, Json, Node, Ref

STRANGER = "999999999999"
OWN = "123456789012"
GITHUB = "token.actions.githubusercontent.com"


def _policy(**changes: Any) -> Json:
    return Json({"Statement": [{"Effect": "Allow", "Resource": "*", **changes}]})


def _identity(rule: str, name: str, expected: str, **statement: Any) -> Case:
    """Make a case with a statement of an identity policy."""
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

ORGANIZATION = "o-a1b2c3d4e5"
CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
ORIGIN = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"
ENDPOINT = "vpce-0a1b2c3d4e5f60718"
EVERYBODY = {"AWS": "*"}
MINE = {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/administrator"}}
VPC_ONLY = {"StringNotEquals": {"aws:SourceVpce": ENDPOINT}}


def _open_to(
    name: str, expected: str, principal: Any, condition: Any, at: str = "repository-policy", **config: Any
) -> Case:
    """Make a case with a statement of a resource policy."""
    statement = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "*",
        "Principal": principal,
        "Condition": condition,
    }
    property_ = "assumeRolePolicy" if at == "task-role" else "policy"
    return edge(
        "no-foreign-accounts",
        f"{at} {name}",
        expected,
        at if expected == V else "",
        Change(at, f"{property_}!Statement[0]", statement),
        **config,
    )


def _made(
    rule: str, name: str, expected: str, type_: str, inputs: dict[str, Any], *more: Change, **config: Any
) -> Case:
    """Make a case with a further resource."""
    return edge(
        rule, name, expected, "new" if expected != OK else "", Change("new", node=Node(type_, inputs)), *more, **config
    )


def _denies(name: str, expected: str, at: str = "data-policy", **statement: Any) -> Case:
    given = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", **statement}
    if "NotPrincipal" in statement:
        del given["Principal"]
    if "NotAction" in statement:
        del given["Action"]
    return edge(
        "policies-lock-nobody-out",
        f"{at} {name}",
        expected,
        at if expected == V else "",
        Change(at, "policy!Statement[0]", given),
    )


ROWS = (
    Row("ram-share-inside-organization", "share", "allowExternalPrincipals", wrong=(True, "true")),
    Row(
        "no-policies-of-foreign-accounts",
        "attachment",
        "policyArn",
        absent=OK,
        unknown=OK,
        wrong=(f"arn:aws:iam::{STRANGER}:policy/theirs",),
        right=(f"arn:aws:iam::{OWN}:policy/ours", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
    ),
    Row(
        "no-policies-of-foreign-accounts",
        "task-role",
        "permissionsBoundary",
        absent=OK,
        unknown=OK,
        wrong=(f"arn:aws:iam::{STRANGER}:policy/theirs",),
    ),
    Row(
        "no-policies-of-foreign-accounts",
        "task-role",
        "managedPolicyArns",
        absent=OK,
        wrong=([f"arn:aws:iam::{STRANGER}:policy/theirs"],),
        wrong_type=("text", V),
    ),
    Row(
        "http-api-route-authorized",
        "http-api",
        "target",
        absent=OK,
        unknown=V,
        wrong=("arn:aws:lambda:us-east-1:1:function:x",),
        right=("",),
    ),
    Row("iam-trust-one-project", "task-role", "assumeRolePolicy", absent=OK),
    Row("iam-trust-one-project", "task-role", "assumeRolePolicy!Statement[0].Condition", absent=OK, wrong_type=(7, V)),
)

EDGES = (
    *(_open_to(f"{principal}", expected, principal, {})
      for principal, expected in (
          ({"CanonicalUser": CANONICAL}, V), ({"AWS": "AIDACKCEVSQ6C2EXAMPLE"}, V), ({"AWS": "AROADBQP57FF2AEXAMPLE"}, V), ({"AWS": ORIGIN}, V), ({"AWS": [f"arn:aws:iam::{OWN}:root", ORIGIN]}, V),
          ({"AWS": f"arn:aws:iam::{OWN}:role/AROA"}, OK), ({"Service": "cloudfront.amazonaws.com"}, OK))),
    *(_open_to(f"{condition}", expected, EVERYBODY, condition)
      for condition, expected in (
          ({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}, V), ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/r-x/*"}}, V),
          ({"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}, OK), ({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION, "aws:PrincipalAccount": OWN}}, OK),
          ({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION, "aws:PrincipalAccount": STRANGER}}, V), ({"StringEquals": {"aws:SourceVpce": ENDPOINT}}, V),
          ({"StringEquals": {"aws:SourceVpc": "vpc-0a1b2c3d"}}, V), ({"StringEquals": {"aws:SourceVpce": ENDPOINT, "aws:PrincipalAccount": OWN}}, OK),
          ({"StringEquals": {"aws:VpceAccount": STRANGER}}, V), ({"StringEquals": {"aws:VpceAccount": OWN}}, OK), ({"StringLike": {"aws:userid": "AROADBQP57FF2AEXAMPLE:*"}}, V), ({"StringEquals": {"aws:userid": STRANGER}}, V),
          ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{STRANGER}:role/*"}}, V), ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/*"}}, OK),
          ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, V), ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringEquals": {"aws:PrincipalAccount": OWN}}, OK))),
    *(_open_to(f"allowed, {condition}", expected, EVERYBODY, condition, allowed_organizations=[ORGANIZATION], allowed_networks=[ENDPOINT, "203.0.113.0/24", "2001:db8::/32"])
      for condition, expected in (
          ({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}, OK), ({"StringEquals": {"aws:PrincipalOrgID": [ORGANIZATION, "o-other"]}}, V), ({"StringEquals": {"aws:SourceVpce": ENDPOINT}}, OK),
          ({"IpAddress": {"aws:SourceIp": ["203.0.113.7", "2001:db8:1::/48"]}}, OK), ({"IpAddress": {"aws:SourceIp": ["203.0.112.0/23"]}}, V))),
    *(_open_to("an organization", V, EVERYBODY, {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}, at) for at in ("data-policy", "key", "topic-policy", "queue-policy", "secret-policy", "task-role")),
    *(_open_to("a network", V, EVERYBODY, {"StringEquals": {"aws:SourceVpce": ENDPOINT}}, at) for at in ("data-policy", "key", "topic-policy", "queue-policy", "secret-policy")),
    _open_to("whom a service acts for, an organization", V, {"Service": "sns.amazonaws.com"}, {"StringEquals": {"aws:SourceOrgID": ORGANIZATION}}),
    _open_to("load balancers that write logs", V, {"AWS": "arn:aws:iam::127311923021:root"}, {}, "data-policy"),
    *(edge("no-foreign-accounts", f"load balancers, {action}", expected, "data-policy" if expected == V else "",
           Change("data-policy", "policy!Statement[0]", {"Effect": "Allow", "Principal": {"AWS": "127311923021"}, "Action": action, "Resource": "*"}))
      for action, expected in (("s3:PutObject", OK), (["s3:PutObject", "s3:GetObject"], V), ("s3:*", V))),
    *(edge("no-foreign-accounts", f"names of the stack's own, {made.type}", OK, "", Change("own", node=made),
           Change("new", node=Node("aws:s3/bucketPolicy:BucketPolicy", {"bucket": Ref("data"), "policy": _policy(Principal=principal, Action="s3:GetObject", Resource=Ref("own"), Condition=condition)})))
      for made, principal, condition in (
          (Node("aws:cloudfront/originAccessIdentity:OriginAccessIdentity", {}), {"AWS": ORIGIN}, {}), (Node("aws:cloudfront/originAccessIdentity:OriginAccessIdentity", {}), {"CanonicalUser": CANONICAL}, {}),
          (Node("aws:ec2/vpcEndpoint:VpcEndpoint", {}), "*", {"StringEquals": {"aws:SourceVpce": ENDPOINT}}), (Node("aws:iam/role:Role", {}), "*", {"StringLike": {"aws:userid": "AROADBQP57FF2AEXAMPLE:*"}}))),
    *(_made("no-foreign-accounts", f"{type_} {inputs}", expected, type_, inputs)
      for type_, inputs, expected in (
          ("aws:lambda/permission:Permission", {"principal": "*", "principalOrgId": ORGANIZATION}, V), ("aws:lambda/layerVersionPermission:LayerVersionPermission", {"principal": "*", "organizationId": ORGANIZATION}, V),
          ("aws:cloudwatch/eventPermission:EventPermission", {"principal": "*", "condition": {"key": "aws:PrincipalOrgID", "type": "StringEquals", "value": ORGANIZATION}}, V),
          ("aws:ram/principalAssociation:PrincipalAssociation", {"principal": f"arn:aws:organizations::{STRANGER}:organization/{ORGANIZATION}"}, V),
          ("aws:ram/principalAssociation:PrincipalAssociation", {"principal": f"arn:aws:organizations::{STRANGER}:ou/{ORGANIZATION}/ou-x-1"}, V),
          ("aws:ec2/amiLaunchPermission:AmiLaunchPermission", {"organizationArn": f"arn:aws:organizations::{STRANGER}:organization/{ORGANIZATION}"}, V),
          ("aws:s3/bucketAcl:BucketAcl", {"accessControlPolicy": {"owner": {"id": "a"}, "grants": [{"permission": "READ", "grantee": {"type": "CanonicalUser", "id": CANONICAL}}]}}, V),
          ("aws:s3/bucketAcl:BucketAcl", {"accessControlPolicy": {"owner": {"id": CANONICAL}, "grants": [{"permission": "READ", "grantee": {"type": "CanonicalUser", "id": CANONICAL}}]}}, OK),
          ("aws:s3/bucket:Bucket", {"grants": [{"type": "CanonicalUser", "id": CANONICAL, "permissions": ["READ"]}]}, V),
          ("aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy", {"policy": Json([{"Rules": [], "Principal": [f"arn:aws:iam::{OWN}:role/a", f"arn:aws:iam::{STRANGER}:role/b"]}])}, V))),
    *(_made(rule, f"{inputs}", V, "aws:lambda/permission:Permission", inputs)
      for rule, inputs in (
          ("lambda-not-public", {"principal": "*", "sourceArn": "*"}), ("lambda-not-public", {"principal": "*", "principalOrgId": "o-*"}), ("service-principals-say-for-whom", {"principal": "s3.amazonaws.com", "sourceArn": "arn:aws:s3:::*"}),
          ("no-foreign-accounts", {"principal": "s3.amazonaws.com", "sourceAccount": STRANGER}), ("no-foreign-accounts", {"principal": "events.amazonaws.com", "sourceArn": f"arn:aws:events:us-east-1:{STRANGER}:rule/x"}))),
    *(_made("resource-policy-not-public", f"restricted by {condition}", expected, "aws:cloudwatch/eventPermission:EventPermission", {"principal": "*", "condition": condition})
      for condition, expected in (
          ({"key": "aws:UserAgent", "type": "StringEquals", "value": "ours"}, V), ({"key": "aws:PrincipalOrgID", "type": "StringLike", "value": "o-*"}, V), ({"key": "aws:PrincipalOrgID", "type": "StringEquals", "value": ORGANIZATION}, OK))),
    *(edge("service-principals-say-for-whom", f"load balancers that write logs to {resource}", expected, "data-policy" if expected == V else "",
           Change("data-policy", "policy!Statement[1]", {"Effect": "Allow", "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}, "Action": action, "Resource": resource}))
      for action, resource, expected in (
          ("s3:PutObject", f"arn:aws:s3:::logs/balancer/AWSLogs/{OWN}/*", OK), ("s3:PutObject", "arn:aws:s3:::logs/*", V), ("s3:*", f"arn:aws:s3:::logs/AWSLogs/{OWN}/*", V))),
    *(_made("no-destinations-of-foreign-accounts", f"{type_} {inputs}", expected, type_, inputs)
      for type_, inputs, expected in (
          ("aws:s3/bucketNotification:BucketNotification", {"bucket": Ref("data"), "topics": [{"topicArn": f"arn:aws:sns:us-east-1:{STRANGER}:x", "events": ["s3:ObjectCreated:*"]}]}, V),
          ("aws:s3/bucketNotification:BucketNotification", {"queues": [{"queueArn": Ref("queue")}, {"queueArn": f"arn:aws:sqs:us-east-1:{STRANGER}:x"}]}, V),
          ("aws:s3/bucketReplicationConfig:BucketReplicationConfig", {"bucket": Ref("data"), "rules": [{"destination": {"bucket": "arn:aws:s3:::theirs"}}]}, U),
          ("aws:s3/bucketReplicationConfig:BucketReplicationConfig", {"bucket": Ref("data"), "rules": [{"destination": {"bucket": Ref("uploads")}}]}, OK),
          ("aws:s3/bucketReplicationConfig:BucketReplicationConfig", {"bucket": Ref("data"), "rules": [{"destination": {"bucket": Ref("uploads"), "account": STRANGER}}]}, V),
          ("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", {"destination": "http_endpoint", "httpEndpointConfiguration": {"url": "https://collector.example.com"}}, U),
          ("aws:datasync/nfsLocation:NfsLocation", {"serverHostname": "files.example.com"}, U), ("aws:datasync/nfsLocation:NfsLocation", {"serverHostname": Ref("database")}, OK),
          ("aws:dms/endpoint:Endpoint", {"serverName": "203.0.113.7"}, U), ("aws:datasync/task:Task", {"destinationLocationArn": f"arn:aws:datasync:us-east-1:{STRANGER}:location/loc-1"}, V),
          ("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", {"destinationConfig": {"onSuccess": {"destination": f"arn:aws:events:us-east-1:{STRANGER}:event-bus/x"}}}, V),
          ("aws:ecr/replicationConfiguration:ReplicationConfiguration", {"replicationConfiguration": {"rules": [{"destinations": [{"region": "us-east-1", "registryId": OWN}, {"region": "us-east-1", "registryId": STRANGER}]}]}}, V),
          ("aws:sqs/queue:Queue", {"redrivePolicy": Json({"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{STRANGER}:x"})}, V), ("aws:sqs/queue:Queue", {"redrivePolicy": "{"}, V),
          ("aws:cloudwatch/metricAlarm:MetricAlarm", {"alarmActions": [Ref("topic"), f"arn:aws:sns:us-east-1:{STRANGER}:x"]}, V),
          ("aws:cloudwatch/metricAlarm:MetricAlarm", {"alarmActions": ["arn:aws:automate:us-east-1:ec2:recover", Ref("topic")]}, OK))),
    *(_made("no-policies-of-foreign-accounts", f"{type_} {inputs}", expected, type_, inputs)
      for type_, inputs, expected in (
          ("aws:iam/policyAttachment:PolicyAttachment", {"policyArn": f"arn:aws:iam::{STRANGER}:policy/x"}, V), ("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", {"policyArn": f"arn:aws:iam::{STRANGER}:policy/x"}, V),
          ("aws:iam/userPolicyAttachment:UserPolicyAttachment", {"policyArn": f"arn:aws:iam::{STRANGER}:policy/x"}, V), ("aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", {"policyArns": [f"arn:aws:iam::{STRANGER}:policy/x"]}, V),
          ("aws:iam/user:User", {"permissionsBoundary": f"arn:aws:iam::{STRANGER}:policy/x"}, V), ("aws:iam/policyAttachment:PolicyAttachment", {"policyArn": UNKNOWN}, OK))),
    edge("no-policies-of-foreign-accounts", "allowed", OK, "", Change("attachment", "policyArn", f"arn:aws:iam::{STRANGER}:policy/x"), allowed_accounts=[STRANGER]),
    edge("no-policies-of-foreign-accounts", "which policies is not known", U, "task-role", Change("task-role", "managedPolicyArns", UNKNOWN)),
    *(_made("iam-no-managed-full-access", f"administrators by {type_}", V, type_, inputs)
      for type_, inputs in (
          ("aws:iam/policyAttachment:PolicyAttachment", {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}), ("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
          ("aws:iam/userPolicyAttachment:UserPolicyAttachment", {"policyArn": "arn:aws-cn:iam::aws:policy/AdministratorAccess"}), ("aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment", {"managedPolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
          ("aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive", {"policyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}))),
    _made("iam-no-full-access", "of a permission set", V, "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy", {"inlinePolicy": _policy(Action="*")}),
    *(_made("http-api-route-authorized", f"{inputs}", expected, "aws:apigatewayv2/api:Api", {"protocolType": "HTTP", **inputs}, open_paths=["/health"])
      for inputs, expected in (
          ({"target": Ref("function")}, V), ({"target": "https://example.com", "routeKey": "POST /orders"}, V), ({"target": "https://example.com", "routeKey": "$default"}, V),
          ({"target": "https://example.com", "routeKey": "GET /health"}, OK), ({"target": "https://example.com", "routeKey": UNKNOWN}, U), ({}, OK),
          ({"body": Json({"paths": {"/orders": {"get": {}}}})}, V), ({"body": Json({"paths": {"/orders": {"get": {"security": []}}}, "security": [{"jwt": []}]})}, V),
          ({"body": Json({"paths": {"/orders": {"get": {"security": [{"jwt": []}]}, "options": {}}, "/health": {"get": {}}, "/a": {"post": {"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}}}})}, OK),
          ({"body": Json({"paths": {"/orders": {"get": {}}}, "security": [{"jwt": []}]})}, OK))),
    edge("http-api-route-authorized", "a default route that asks nobody", V, "new", Change("new", node=Node("aws:apigatewayv2/route:Route", {"apiId": Ref("http-api"), "routeKey": "$default", "authorizationType": "NONE"}))),
    _denies("all but through an endpoint", V, Condition=VPC_ONLY),
    _denies("all but through an endpoint, if there is one", V, Condition={"StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}),
    _denies("all but through an endpoint, services not", V, Condition={**VPC_ONLY, "Bool": {"aws:PrincipalIsAWSService": "false"}, "BoolIfExists": {"aws:ViaAWSService": "false"}}),
    _denies("what has no endpoint", V, Condition={"Null": {"aws:SourceVpce": "true"}}),
    _denies("all but through an endpoint, administrators not", OK, Condition={**VPC_ONLY, **MINE}),
    _denies("all but for one source", V, Condition={"StringNotEquals": {"aws:SourceAccount": OWN}}),
    _denies("data but through an endpoint", OK, Action=["s3:GetObject", "s3:PutObject"], Condition=VPC_ONLY),
    _denies("all but from private addresses", V, Condition={"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
    _denies("all but from the office", OK, Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
    _denies("all other organizations", OK, Condition={"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}),
    _denies("all with TLS", V, Condition={"Bool": {"aws:SecureTransport": "true"}}),
    _denies("all of the account", V, Condition={"StringEquals": {"aws:PrincipalAccount": OWN}}),
    _denies("all principals there are", V, Condition={"StringLike": {"aws:PrincipalArn": "*"}}),
    _denies("all that came by another service", OK, Condition={"ForAnyValue:StringNotEquals": {"aws:CalledVia": "athena.amazonaws.com"}}),
    _denies("the account", V, Principal={"AWS": f"arn:aws:iam::{OWN}:root"}),
    _denies("another account", OK, Principal={"AWS": f"arn:aws:iam::{STRANGER}:root"}),
    _denies("one role", OK, Principal={"AWS": f"arn:aws:iam::{OWN}:role/x"}),
    _denies("everybody but a role", V, NotPrincipal={"AWS": f"arn:aws:iam::{OWN}:role/x"}),
    _denies("everybody but a service", V, NotPrincipal={"Service": "cloudfront.amazonaws.com"}),
    _denies("everybody but the account", OK, NotPrincipal={"AWS": [f"arn:aws:iam::{OWN}:root", f"arn:aws:iam::{OWN}:role/x"]}),
    _denies("changes of the policy", V, Action=["s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]),
    _denies("one change of the policy", OK, Action="s3:DeleteBucketPolicy"),
    _denies("all but reading", V, NotAction="s3:Get*"),
    _denies("all but administration", OK, NotAction=["s3:*"]),
    *(_denies("changes of the policy", V, at, Action=action)
      for at, action in (("key", "kms:PutKeyPolicy"), ("key", "kms:P*"), ("topic-policy", "sns:Set*"), ("queue-policy", "sqs:SetQueueAttributes"), ("secret-policy", "secretsmanager:*ResourcePolicy"), ("backup-vault-policy", "backup:*"))),
    *(_denies("all but through an endpoint", V, at, Action=action, Condition=VPC_ONLY)
      for at, action in (("key", "kms:*"), ("topic-policy", "sns:*"), ("queue-policy", "sqs:*"), ("secret-policy", "secretsmanager:*"))),
    *(edge("policies-lock-nobody-out", f"a key that {name}", expected, "key" if expected == V else "", Change("key", "policy", _policy(**statement)))
      for name, expected, statement in (
          ("nobody can change", V, {"Principal": {"AWS": f"arn:aws:iam::{OWN}:role/x"}, "Action": "kms:Decrypt"}), ("a service alone can change", V, {"Principal": {"Service": "s3.amazonaws.com"}, "Action": "kms:*"}),
          ("the account can change", OK, {"Principal": {"AWS": f"arn:aws:iam::{OWN}:root"}, "Action": "kms:*"}), ("a role can change", OK, {"Principal": {"AWS": f"arn:aws:iam::{OWN}:role/admin"}, "Action": "kms:Put*"}))),
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
    *(_identity("iam-resources-named", f"{actions} where {key} is {value}", expected, Action=actions, Condition={"StringLike": {key: value}})
      for actions, key, value, expected in (
          (["ses:SendEmail", "ses:SendRawEmail"], "ses:FromAddress", "no-reply@example.com", OK),
          (["ses:SendEmail"], "ses:FromAddress", "*@example.com", OK),
          (["ses:SendEmail"], "ses:FromAddress", "*", V), (["ses:SendEmail"], "ses:FromAddress", "no-reply@*", V),
          (["ses:SendEmail"], "ses:FromDisplayName", "Shop", V),
          (["ec2:CreateNetworkInterface"], "ec2:Vpc", "arn:aws:ec2:us-east-1:1:vpc/vpc-0a1b2c3d", OK),
          (["ec2:CreateNetworkInterface"], "ec2:Vpc", "arn:aws:ec2:us-east-1:1:vpc/*", V),
          (["ecs:StopTask"], "ecs:cluster", "arn:aws:ecs:us-east-1:1:cluster/shop", OK),
          (["ecs:StopTask"], "ecs:cluster", "arn:aws:ecs:us-east-1:123456789012:cluster/*", V),
          (["bedrock:InvokeModel"], "bedrock:InferenceProfileArn", "arn:aws:bedrock:us-east-1:1:application-inference-profile/a1", OK),
          (["bedrock:InvokeModel"], "bedrock:InferenceProfileArn", "*", V))),
    *(_identity("iam-resources-named", f"interfaces of a function in a VPC: {actions}", expected, Action=actions)
      for actions, expected in (
          (["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"], OK),
          (["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"], OK),
          (["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:AttachNetworkInterface"], V),
          (["ec2:DeleteNetworkInterface"], V), (["ec2:*NetworkInterface"], V))),
    *(_identity("iam-resources-named", f"models {resource}", expected, Action=["bedrock:InvokeModel"], Resource=resource)
      for resource, expected in (
          ("arn:aws:bedrock:us-east-1::foundation-model/*", OK), ("arn:aws:bedrock:*::foundation-model/anthropic.*", OK),
          ("arn:aws:bedrock:*:*:inference-profile/*", V), ("arn:aws:bedrock:*:*:*", V), ("*", V))),
    *(_identity("iam-no-privilege-escalation", f"{action} of {resource}", expected, Action=action, Resource=resource)
      for action, resource, expected in (
          ("cloudformation:*", "*", V), ("cloudformation:UpdateStack", "arn:aws:cloudformation:*:*:stack/*", V),
          ("cloudformation:UpdateStack", "arn:aws:cloudformation:us-east-1:1:stack/shop/*", OK), ("cloudformation:CreateStack", "*", OK),
          ("cloudformation:UpdateStackSet", "arn:aws:cloudformation:*:*:stackset/*", V), ("codebuild:StartBuild", "arn:aws:codebuild:*:*:project/*", V),
          ("codebuild:StartBuild", "arn:aws:codebuild:us-east-1:1:project/site", OK), ("states:Update*", "*", V))),
    _identity("iam-no-writing-to-everything", "messages to telephones only", OK, Action="sns:Publish", Resource=(), NotResource="arn:aws:sns:*:*:*"),
    _identity("iam-no-writing-to-everything", "all topics but one", V, Action="sns:Publish", Resource=(), NotResource="arn:aws:sns:us-east-1:1:alarms"),
    *(_identity("iam-no-privilege-escalation", f"a role that {variable} names", expected, Action="iam:PutRolePolicy", Resource=f"arn:aws:iam::123456789012:role/{variable}")
      for variable, expected in (("${aws:RequestTag/r}", V), ("${aws:PrincipalTag/r}", OK), ("${aws:username}", OK))),
    *(edge(rule, f"a statement that AWS does not take: {statement}", V, node, Change(node, path, Json({"Statement": [statement]})))
      for rule, node, path, statement in (
          ("iam-no-full-access", "policy", "policy", {"Effect": "Allow", "action": "s3:*", "Resource": "*"}),
          ("iam-no-full-access", "policy", "policy", {"effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}),
          ("sqs-not-public", "queue-policy", "policy", {"Effect": "Allow", "Action": "sqs:*", "Principal": {"aws": "*"}}))),
    *(_identity(rule, f"{action} of {resource}", expected, Action=action, Resource=resource)
      for rule, action, resource, expected in (
          ("iam-resources-named", "execute-api:Invoke", "*", V), ("iam-resources-named", "execute-api:Invoke", "arn:aws:execute-api:us-east-1:1:a1b2c3/*", OK),
          ("iam-no-data-of-everything", "cognito-idp:ListUsers", "arn:aws:cognito-idp:*:*:userpool/*", V),
          ("iam-no-data-of-everything", "cognito-idp:ListUsers", "arn:aws:cognito-idp:us-east-1:1:userpool/us-east-1_a1", OK),
          ("iam-no-data-of-everything", "codecommit:GitPull", "*", V), ("iam-no-data-of-everything", "codecommit:GitPull", "arn:aws:codecommit:us-east-1:1:site", OK),
          ("iam-no-data-of-everything", "s3express:CreateSession", "arn:aws:s3express:*:*:bucket/*", V),
          ("iam-no-data-of-everything", "redshift-data:ExecuteStatement", "*", V),
          ("iam-no-writing-to-everything", "codecommit:GitPush", "*", V))),
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
