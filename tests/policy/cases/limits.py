"""Cases of the rules on permissions that are wider than necessary, and on rarely used features of services."""

import json
from typing import Any

from policy.provider.endpoints import services
from policy.rules.destinations import REPLICATION, SENT
from policy.rules.instances import EVENTS
from policy.rules.sharing import EVENT_PERMISSION, LAYER_PERMISSION, OTHER_POLICIES, SHARED
from policy.rules.spot import SCHEDULED_ACTION
from tests.policy.cases.table import OK, WRONG_TYPE, Change, Impossible, Kind, Row, U, V, edge
from tests.policy.nodes import ABSENT, REMOVED, UNKNOWN, Json, Node, Ref

EMULATED = json.dumps([dict.fromkeys(sorted(services()), "http://127.0.0.1:5000")])
AWS_KEY = "alias/aws/x"
STRANGER = "999999999999"
ERRORS = [event for event in EVENTS if event.endswith("ERROR")]
AWS = "arn:aws:iam::aws:policy"


def _policy(**changes: Any) -> Json:
    return Json({"Statement": [{"Effect": "Allow", "Resource": "*", **changes}]})


def _nested(path: str, value: Any) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    inner = _nested(rest, value) if rest else value
    if first.endswith("[]"):
        inner = [inner]
    return {first.rstrip("[]!"): Json(inner) if "!" in first else inner}


SCHEME = {"type": "apiKey", "in": "header", "name": "x-api-key"}
VALIDATES = {"validateRequestBody": True, "validateRequestParameters": True}


def _body(scheme: dict[str, Any], validator: Any = "all", validates: dict[str, Any] = VALIDATES) -> Change:
    operation = {
        "security": [{"key": []}],
        "parameters": [{"name": "page", "in": "query", "required": True}],
        "x-amazon-apigateway-request-validator": validator,
    }
    return Change(
        "api",
        "body",
        {
            "paths": {"/x": {"get": operation}},
            "components": {"securitySchemes": {"key": scheme}},
            "x-amazon-apigateway-request-validators": {"all": validates},
        },
    )


def _plan(**changes: Any) -> Change:
    rule = {"targetVaultName": "first", "schedule": "rate(2 days)", **changes}
    return Change("backup-plan", "rules", [rule])


ROWS = (
    Row("iam-resources-named", "policy", "policy", absent=OK,
        wrong=(_policy(Action="ecs:StopTask"), _policy(Action="ec2:Create*"), _policy(Action=["ecr:GetAuthorizationToken", "cloudwatch:PutMetricAlarm"]),
               _policy(Action="EC2:createroute"), _policy(Action="e*:RunInstances"), _policy(Action="logs:PutLogEvents", Condition={"StringEquals": {"aws:PrincipalTag/a": "b"}})),
        right=(_policy(Action="ecr:GetAuthorizationToken"), _policy(Action=["xray:Put*", "cloudwatch:PutMetricData", "ec2:DescribeInstances", "s3:ListAllMyBuckets"]),
               _policy(Action="ecs:StopTask", Resource="arn:aws:ecs:us-east-1:1:task/a/*"), _policy(Action="ecs:StopTask", Condition={"ArnEquals": {"ecs:cluster": "arn:aws:ecs:us-east-1:1:cluster/a"}}),
               _policy(Action="quicksight:UpdateDashboard"), _policy(Effect="Deny", Action="ecs:StopTask"))),
    Row("iam-no-logs-of-everything", "policy", "policy", absent=OK, wrong=(_policy(Action="logs:GetLogEvents"), _policy(Action="logs:Start*")),
        right=(_policy(Action="logs:DescribeLogGroups"), _policy(Action="logs:GetLogEvents", Resource="arn:aws:logs:us-east-1:123456789012:log-group:/app/*"))),
    Row("iam-resources-named", "role-policy", "policy", absent=OK, wrong=(_policy(Action="route53:DeleteHostedZone"),)),
    Row("iam-managed-policies-listed", "attachment", "policyArn", absent=OK,
        wrong=(f"{AWS}/AmazonEC2ReadOnlyAccess", f"{AWS}/AmazonSSMManagedInstanceCore", f"{AWS}/service-role/AWSLambdaRole", f"{AWS}/job-function/Billing"),
        right=(f"{AWS}/service-role/AmazonECSTaskExecutionRolePolicy", f"{AWS}/aws-service-role/AmazonECSServiceRolePolicy", "arn:aws:iam::123456789012:policy/Ours")),
    Row("iam-managed-policies-listed", "attachment", "policyArn", absent=OK, right=(f"{AWS}/AmazonEC2ReadOnlyAccess",), config={"allowed": ["AmazonEC2ReadOnlyAccess"]}),
    Row("s3-object-encrypted", "object", "kmsKeyId", absent=OK, unknown=OK, wrong=(AWS_KEY, "arn:aws:kms:us-east-1:1:alias/aws/s3"), right=("arn:aws:kms:us-east-1:1:key/x", "")),
    Row("s3-object-encrypted", "object", "serverSideEncryption", absent=OK, wrong=("AES256",), right=("aws:kms",)),
    Row("s3-object-encrypted", "object-copy", "kmsKeyId", absent=OK, unknown=OK, wrong=(AWS_KEY,)),
    Row("ec2-image-encrypted", "image", "ebsBlockDevices[0].encrypted", wrong=(False, "false")),
    Row("ec2-image-encrypted", "image", "ebsBlockDevices[1].snapshotId", wrong=("",), unknown=OK),
    Row("ec2-instance-role", "instance", "iamInstanceProfile", wrong=("",), unknown=OK),
    Row("ec2-group-cooldown", "group", "defaultCooldown", absent=OK, wrong=(0, "0"), right=(60,)),
    Row("opensearch-own-security-group", "search", "vpcOptions.securityGroupIds", wrong=([],)),
    Row("opensearch-users-of-iam", "search", "advancedSecurityOptions.internalUserDatabaseEnabled", absent=OK, wrong=(True,)),
    Row("state-machine-logs-every-step", "state-machine", "loggingConfiguration.level", wrong=("ERROR", "OFF", "FATAL")),
    Row("cloudfront-countries", "distribution", "restrictions.geoRestriction.restrictionType", wrong=("none", ""), right=("blacklist",)),
    Row("no-roles-of-foreign-accounts", "policy", "policy", absent=OK,
        wrong=(_policy(Action="sts:AssumeRole", Resource=f"arn:aws:iam::{STRANGER}:role/x"), _policy(Action="sts:*", Resource=["arn:aws:iam::123456789012:role/x", f"arn:aws:iam::{STRANGER}:role/*"])),
        right=(_policy(Action="sts:AssumeRole", Resource="arn:aws:iam::123456789012:role/x"), _policy(Action="sqs:SendMessage", Resource=f"arn:aws:sqs:us-east-1:{STRANGER}:x"),
               _policy(Effect="Deny", Action="sts:AssumeRole", Resource=f"arn:aws:iam::{STRANGER}:role/x"))),
    Row("no-roles-of-foreign-accounts", "policy", "policy", absent=OK, right=(_policy(Action="sts:AssumeRole", Resource=f"arn:aws:iam::{STRANGER}:role/x"),), config={"allowed-accounts": [STRANGER]}),
    Row("resource-policy-not-public", "access-point-policy", "policy", absent=OK, wrong=(_policy(Principal="*", Action="s3:GetObject"),)),
    Row("resource-policy-not-public", "event-permission", "principal", absent=OK, wrong=("*",)),
    Row("lambda-safeguards", "function", "deadLetterConfig.targetArn", unknown=OK, wrong=("",), wrong_type=({}, V)),
    Row("lambda-safeguards", "function", "vpcConfig.subnetIds", unknown=OK, wrong=([],), wrong_type=("", V)),
    Row("lambda-safeguards", "function", "reservedConcurrentExecutions", unknown=OK, wrong=(-1,), wrong_type=("", V)),
    Row("lambda-safeguards", "function", "codeSigningConfigArn", unknown=OK, wrong=("",), wrong_type=({}, V)),
    Row("nat-gateway-used", "private-route", "networkInterfaceId", absent=OK, unknown=V, wrong=("eni-1",), right=("",)),
    Row("nat-gateway-used", "private-table", "routes", absent=OK, wrong=([{"cidrBlock": "0.0.0.0/0", "networkInterfaceId": "eni-1"}], [{"ipv6CidrBlock": "::/0", "cidrBlock": "0.0.0.0/0", "networkInterfaceId": Ref("nat")}]),
        right=([{"cidrBlock": "10.9.0.0/16", "networkInterfaceId": "eni-1"}], [{"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"}])),
    Row("domain-transfer-locked", "domain-name", "transferLock", absent=OK, wrong=(False,)),
    *(Row("domain-privacy", "domain-name", name, absent=OK, wrong=(False,)) for name in ("adminPrivacy", "billingPrivacy", "registrantPrivacy", "techPrivacy")),
    Row("dax-nodes", "dax", "replicationFactor", wrong=(1, 0), right=(2,)),
    Row("aurora-mysql-logs", "aurora-mysql", "enabledCloudwatchLogsExports", wrong=([], ["error", "general", "slowquery"], ["audit", "error", "slowquery"])),
    Row("aurora-mysql-logs", "aurora-mysql", "enabledCloudwatchLogsExports", wrong=(["error", "slowquery"],), right=(["audit", "error", "slowquery"],), config={"logs": ["audit", "error", "slowquery"]}),
    Row("aurora-mysql-logs", "aurora-mysql", "engine", absent=OK, right=("aurora-postgresql",)),
    Row("aurora-mysql-backtrack", "aurora-mysql", "backtrackWindow", wrong=(0, 3599), right=(3600, 259200)),
)  # fmt: skip

EDGES = (
    *(edge("s3-object-encrypted", f"the bucket's key is {key}", expected, at, Change("data-encryption", "rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId", key))
      for key, expected, at in ((ABSENT, V, "object"), (AWS_KEY, V, "object"), ("", V, "object"), (UNKNOWN, OK, ""), (WRONG_TYPE, V, "data-encryption"))),
    edge("s3-object-encrypted", "no encryption of the bucket", V, "object", Change("data-encryption", value=REMOVED)),
    edge("s3-object-encrypted", "a bucket of another stack", U, "object", Change("object", "bucket", "theirs")),
    edge("s3-object-encrypted", "a bucket that encrypts with keys of S3", V, "object", Change("data-encryption", "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm", "AES256")),
    *(edge("s3-outlives-region", str(resources), expected, at, Change("backup-selection", "resources", resources))
      for resources, expected, at in (([], V, "uploads"), (UNKNOWN, V, "uploads"), (ABSENT, V, "uploads"), ([WRONG_TYPE], V, "backup-selection"), (["arn:aws:s3:::*"], OK, ""))),
    edge("s3-outlives-region", "replicated", OK, "", Change("backup-selection", "resources", []),
         Change("replication", node=Node("aws:s3/bucketReplicationConfig:BucketReplicationConfig", {"bucket": Ref("uploads"), "role": "x", "rules": []}))),
    edge("s3-outlives-region", "another bucket is replicated", V, "uploads", Change("backup-selection", "resources", []),
         Change("replication", node=Node("aws:s3/bucketReplicationConfig:BucketReplicationConfig", {"bucket": Ref("data"), "role": "x", "rules": []}))),
    edge("s3-outlives-region", "files of a site", OK, "", Change("backup-selection", "resources", []), Change("distribution", "origins", [{"originId": "files", "domainName": Ref("uploads")}, {"originId": "site", "domainName": Ref("data")}])),
    edge("s3-outlives-region", "logs of a site", OK, "", Change("backup-selection", "resources", []),
         Change("logs-of-site", node=Node("aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination", {"deliveryDestinationConfiguration": {"destinationResourceArn": Ref("uploads")}}))),
    edge("s3-outlives-region", "no selection", V, "uploads", Change("backup-selection", value=REMOVED)),
    edge("ec2-instance-role", "of the NAT instance too", V, "nat-instance", Change("nat-instance", node=Node("aws:ec2/instance:Instance", {}))),
    *(edge("ec2-group-notifies", str(events), expected, at, Change("group-notification", "notifications", events))
      for events, expected, at in (([], V, "group"), (EVENTS[:3], V, "group"), (UNKNOWN, U, "group-notification"), ([WRONG_TYPE], V, "group-notification"), ([*EVENTS, "autoscaling:TEST_NOTIFICATION"], OK, ""))),
    *(edge("ec2-group-notifies", f"the errors asked for, {events}", expected, at, Change("group-notification", "notifications", events), events=ERRORS)
      for events, expected, at in ((ERRORS, OK, ""), (EVENTS[:1], V, "group"))),
    edge("ec2-group-notifies", "none", V, "group", Change("group-notification", value=REMOVED)),
    edge("ec2-group-notifies", "of another group", V, "group", Change("group-notification", "groupNames", ["theirs"])),
    edge("cloudfront-countries", "a site for everybody", OK, "", Change("distribution", "restrictions", ABSENT), distributions=[]),
    edge("cloudfront-countries", "one of the sites by name", V, "distribution", Change("distribution", "restrictions", ABSENT), distributions=["shop", "distr*"]),
    edge("lambda-safeguards", "none asked for", OK, "", Change("function", "deadLetterConfig", ABSENT), Change("function", "codeSigningConfigArn", ABSENT), safeguards=[]),
    edge("lambda-safeguards", "one asked for", V, "function", Change("function", "deadLetterConfig", ABSENT), safeguards=["dead-letters"]),
    edge("lambda-safeguards", "another than the one asked for", OK, "", Change("function", "codeSigningConfigArn", ABSENT), safeguards=["dead-letters"]),
    edge("nat-gateway-used", "to a network of the company", OK, "", Change("private-route", "networkInterfaceId", "eni-1"), Change("private-route", "destinationCidrBlock", "10.0.0.0/8")),
    *(edge("aurora-mysql-backtrack", f"without, {name}", OK, "", Change("aurora-mysql", "backtrackWindow", ABSENT), Change("aurora-mysql", name, value))
      for name, value in (("engine", "aurora-postgresql"), ("globalClusterIdentifier", "g"), ("replicationSourceIdentifier", "arn"), ("engineMode", "serverless"))),
    *(edge("rds-event-subscriptions", f"of clusters, {categories}", expected, at, Change("events-db-cluster", "eventCategories", categories))
      for categories, expected, at in ((["failure"], V, "aurora"), (ABSENT, OK, ""), (["maintenance", "failure", "failover"], OK, ""), (UNKNOWN, U, "events-db-cluster"))),
    edge("rds-event-subscriptions", "no subscription to clusters", V, "aurora", Change("events-db-cluster", value=REMOVED)),
    edge("rds-backup-plan", "of a cluster", V, "aurora", Change("cluster-selection", "resources", ["arn:aws:rds:*:*:db:*"])),
    edge("rds-backup-plan", "every cluster", OK, "", Change("cluster-selection", "resources", ["arn:aws:rds:*:*:cluster:*"])),
    *(edge("iam-no-users", type_.rsplit(":", maxsplit=1)[-1], V, "new", Change("new", node=Node(type_, {"name": "x"})))
      for type_ in ("aws:iam/group:Group", "aws:iam/groupMembership:GroupMembership", "aws:iam/userGroupMembership:UserGroupMembership", "aws:iam/userLoginProfile:UserLoginProfile",
                    "aws:iam/sshKey:SshKey", "aws:iam/serviceSpecificCredential:ServiceSpecificCredential", "aws:iam/signingCertificate:SigningCertificate")),
    *(edge("no-foreign-accounts", f"{type_.rsplit(':', maxsplit=1)[-1]} {path} {expected}", expected, "new" if expected != OK else "", Change("new", node=Node(type_, _nested(path, value))))
      for type_, paths in SHARED.items() for path in paths
      for value, expected in ((STRANGER, V), (f"arn:aws:iam::{STRANGER}:role/x", V), ("123456789012", OK), (UNKNOWN, U))),
    *(edge("no-foreign-accounts", f"{name} with a list", V, "new", Change("new", node=Node(type_, _nested(SHARED[type_][0].rstrip("[]"), value))))
      for name, type_, value in (("a snapshot", "aws:rds/snapshot:Snapshot", ["123456789012", STRANGER]), ("an endpoint service", "aws:ec2/vpcEndpointService:VpcEndpointService", [f"arn:aws:iam::{STRANGER}:root"]),
                                 ("a document", "aws:ssm/document:Document", f"123456789012, {STRANGER}"))),
    edge("no-foreign-accounts", "shared with an account that is allowed", OK, "", Change("new", node=Node("aws:kms/grant:Grant", {"granteePrincipal": f"arn:aws:iam::{STRANGER}:root"})), allowed_accounts=[STRANGER]),
    edge("no-foreign-accounts", "a canonical user", V, "repository-policy", Change("repository-policy", "policy!Statement[0].Principal", {"CanonicalUser": "79a59df900b949e55d96a1e698fbaced"})),
    *(edge("resource-policy-not-public", type_.rsplit(":", maxsplit=1)[-1], V, "new", Change("new", node=Node(type_, _nested(path, _policy(Principal="*", Action="x:Y")))))
      for type_, path in OTHER_POLICIES.items()),
    edge("resource-policy-not-public", "restricted to an organization", OK, "", Change("new", node=Node(EVENT_PERMISSION, {"principal": "*", "condition": {"key": "aws:PrincipalOrgID", "value": "o-1"}}))),
    edge("resource-policy-not-public", "a layer for an organization", OK, "", Change("new", node=Node(LAYER_PERMISSION, {"principal": "*", "organizationId": "o-1"}))),
    edge("resource-policy-not-public", "a layer for everybody", V, "new", Change("new", node=Node(LAYER_PERMISSION, {"principal": "*"}))),
    *(edge("iam-trust", name, expected, "task-role" if expected == V else "", Change("task-role", "assumeRolePolicy!Statement[0]", {"Effect": "Allow", "Action": "sts:AssumeRole", **statement}))
      for name, expected, statement in (
          ("every service", V, {"Principal": {"Service": "*"}}),
          ("every user of Google", V, {"Principal": {"Federated": "accounts.google.com"}}),
          ("every user of any identity pool", V, {"Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Condition": {"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "*"}}}),
          ("users of one identity pool", OK, {"Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:1"}}}))),
    *(edge("no-way-round", type_, V, "new", Change("new", node=Node(type_, {}))) for type_ in (
        "pulumi-python:dynamic/buckets:Bucket", "pulumi-nodejs:dynamic/x:Y", "aws:serverlessrepository/cloudFormationStack:CloudFormationStack", "aws:cloudformation/stackSetInstance:StackSetInstance")),
    *(edge("ecs-minimum-tasks", f"on schedule {action}", expected, "at-night" if expected == V else "", Change("at-night", node=Node(SCHEDULED_ACTION, {"resourceId": Ref("scaling"), "scalableTargetAction": action})))
      for action, expected in (({"minCapacity": 0, "maxCapacity": 4}, V), ({"minCapacity": 2}, OK), ({"maxCapacity": 4}, OK))),
    *(edge("scaling-within-budget", f"on schedule {most}", expected, "at-noon" if expected == V else "", Change("at-noon", node=Node(SCHEDULED_ACTION, {"resourceId": Ref("scaling"), "scalableTargetAction": {"maxCapacity": most}})))
      for most, expected in ((1000, V), (10, OK))),
    *(edge("no-secret-in-clear", f"by its name in {type_}", V, "new", Change("new", node=Node(type_, inputs)))
      for type_, inputs in (
          ("aws:codebuild/project:Project", {"environment": {"environmentVariables": [{"name": "DB_PASSWORD", "value": "hunter22"}]}}),
          ("aws:apprunner/service:Service", {"imageConfiguration": {"runtimeEnvironmentVariables": {"DB_PASSWORD": "hunter22"}}}),
          ("aws:batch/jobDefinition:JobDefinition", {"containerProperties": Json({"environment": [{"name": "DB_PASSWORD", "value": "hunter22"}]})}),
          ("aws:cloudwatch/eventTarget:EventTarget", {"input": Json({"containerOverrides": [{"environment": [{"name": "DB_PASSWORD", "value": "hunter22"}]}]})}))),
    *(edge("no-secret-in-clear", name, OK, "", Change("new", node=Node("aws:codebuild/project:Project", inputs)))
      for name, inputs in (
          ("where it is kept", {"environment": {"environmentVariables": [{"name": "DB_PASSWORD", "value": "app:password", "type": "SECRETS_MANAGER"}]}}),
          ("its ARN", {"environment": {"environmentVariables": [{"name": "DB_PASSWORD", "value": "arn:aws:secretsmanager:us-east-1:1:secret:x"}]}}),
          ("a tag", {"tags": {"Token": "x"}, "environment": {"environmentVariables": [{"name": "LEVEL", "value": "info"}]}}),
          ("a name that is none", {"environment": {"environmentVariables": [{"name": {"x": 1}, "value": "y"}, {"value": "y"}, 7]}}))),
    *(edge("ecs-no-secret-in-environment", f"in the command {command}", expected, "task" if expected == V else "", Change("task", f"containerDefinitions![0].{place}", command))
      for place, command, expected in (
          ("command", ["sh", "-c", "DB_PASSWORD=hunter22 run"], V), ("entryPoint", ["run", "--password", "hunter22"], V), ("command", ["run", "--token", "$TOKEN"], OK),
          ("command", ["run", "ghp_" + "a" * 36], V), ("healthCheck", {"command": ["CMD-SHELL", "curl -H x --api-key=abcdef123 localhost"]}, V),
          ("command", ["run", "--port", "3333", "--password-file", "/run/secret"], OK), ("command", [], OK))),
    *(edge("provider-bound-to-account", f"bound to {accounts}", expected, at, Change("provider", "allowedAccountIds", accounts))
      for accounts, expected, at in ((ABSENT, V, "provider"), ([], V, "provider"), ("[]", V, "provider"), (WRONG_TYPE, V, "provider"), (UNKNOWN, OK, ""), ([UNKNOWN], OK, ""), (["123456789012"], OK, ""))),
    edge("provider-bound-to-account", "an emulator", OK, "", Change("provider", "allowedAccountIds", ABSENT), Change("provider", "endpoints", EMULATED)),
    edge("provider-bound-to-account", "an emulator of one service", V, "provider", Change("provider", "allowedAccountIds", ABSENT), Change("provider", "endpoints", '[{"s3":"http://127.0.0.1:5000"}]')),
    edge("provider-speaks-to-aws", "an emulator of one service, without looking at certificates", V, "provider", Change("provider", "insecure", "true"), Change("provider", "endpoints", '[{"s3":"http://127.0.0.1:5000"}]')),
    *(edge("provider-speaks-to-aws", f"to {host}", expected, "provider" if expected == V else "", Change("provider", "endpoints", json.dumps([{"s3": f"https://{host}"}])))
      for expected, hosts in (
          (V, ("x-1.us-east-1.elb.amazonaws.com", "x.elb.us-east-1.amazonaws.com", "x.elb.cn-north-1.amazonaws.com.cn", "abc.execute-api.us-east-1.amazonaws.com", "b.s3-website-us-east-1.amazonaws.com",
               "b.s3-website.us-east-2.amazonaws.com", "ec2-1-2-3-4.compute-1.amazonaws.com", "b.s3.amazonaws.com", "vpce-1.vpce-svc-2.us-east-1.vpce.amazonaws.com", "x.y.us-east-1.rds.amazonaws.com")),
          (OK, ("s3.amazonaws.com", "s3.dualstack.us-east-1.amazonaws.com", "rds.us-east-1.amazonaws.com", "es.us-east-1.amazonaws.com", "api.ecr.us-east-1.amazonaws.com", "s3-control.us-east-1.amazonaws.com",
                "elasticloadbalancing.us-east-1.amazonaws.com", "ec2.us-east-1.api.aws", "streams.dynamodb.us-east-1.amazonaws.com", "bucket.vpce-1-2.s3.us-east-1.vpce.amazonaws.com", "compute-optimizer.us-east-1.amazonaws.com")))
      for host in hosts),
    *(edge("provider-speaks-to-aws", f"endpoints {endpoints}", expected, at, Change("provider", "endpoints", endpoints))
      for endpoints, expected, at in (
          ('[{"s3":"https://example.com"}]', V, "provider"), ('[{"s3":"http://s3.us-east-1.amazonaws.com"}]', V, "provider"), ('[{"s3":"https://amazonaws.com.example.com"}]', V, "provider"),
          ('[{"s3":"https://s3-fips.us-east-1.amazonaws.com","sts":"https://sts.us-east-1.amazonaws.com/"}]', OK, ""), ('[{"s3":"http://127.0.0.1:5000"}]', V, "provider"), (EMULATED, OK, ""), (ABSENT, OK, ""), (UNKNOWN, U, "provider"), (WRONG_TYPE, V, "provider"))),
    edge("provider-speaks-to-aws", "without looking at certificates", V, "provider", Change("provider", "insecure", "true")),
    *(edge("budget-present", f"tells at {threshold} {kind}", expected, "budget" if expected == V else "", Change("budget", "notifications", [{"threshold": threshold, "thresholdType": kind, "subscriberEmailAddresses": ["a@example.com"]}]))
      for threshold, kind, expected in ((80, "PERCENTAGE", OK), (100, "PERCENTAGE", OK), (1000, "PERCENTAGE", V), (1000, "ABSOLUTE_VALUE", OK))),
    *(edge("efs-private-subnets", f"in {subnet}", expected, at, Change("files-mounted", "subnetId", subnet))
      for subnet, expected, at in ((Ref("public"), V, "files-mounted"), (Ref("isolated"), OK, ""), ("subnet-1", U, "files-mounted"), (UNKNOWN, U, "files-mounted"), (ABSENT, U, "files-mounted"))),
    *(edge("efs-two-zones", f"the second in {subnet}", expected, at, Change("files-mounted-too", "subnetId", subnet))
      for subnet, expected, at in ((Ref("second"), V, "files"), (Ref("isolated"), OK, ""), ("subnet-1", OK, ""), (UNKNOWN, OK, ""))),
    edge("efs-two-zones", "the second is gone", V, "files", Change("files-mounted-too", value=REMOVED)),
    edge("efs-two-zones", "in one zone", V, "files", Change("files", "availabilityZoneName", "us-east-1a")),
    edge("iam-no-data-of-everything", "buckets that begin like an access point", OK, "", Change("policy", "policy", _policy(Action="s3:GetObject", Resource=["arn:aws:s3:::a*", "arn:aws:s3:::b*"]))),
    edge("iam-no-logs-of-everything", "every log group", V, "policy", Change("policy", "policy", _policy(Action="logs:FilterLogEvents", Resource="arn:aws:logs:*:*:log-group:*"))),
    *(edge("no-foreign-accounts", f"a condition on {key}, {operator}", expected, "repository-policy" if expected == V else "",
           Change("repository-policy", "policy!Statement[0]", {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": principal, "Condition": {operator: {key: value}}}))
      for key, value, operator, principal, expected in (
          ("aws:PrincipalArn", f"arn:aws:iam::{STRANGER}:role/*", "ArnLike", "*", V), ("aws:SourceAccount", STRANGER, "StringEquals", {"Service": "logging.s3.amazonaws.com"}, V),
          ("aws:SourceArn", f"arn:aws:cloudfront::{STRANGER}:distribution/E", "StringEquals", {"Service": "cloudfront.amazonaws.com"}, V),
          ("aws:SourceArn", ["arn:aws:cloudfront::123456789012:distribution/E", "arn:aws:s3:::x"], "StringEquals", {"Service": "cloudfront.amazonaws.com"}, OK),
          ("aws:PrincipalAccount", STRANGER, "StringNotEquals", "*", OK), ("aws:SourceAccount", STRANGER, "StringEquals", {"AWS": "123456789012"}, OK))),
    *(edge("no-destinations-of-foreign-accounts", f"{type_.rsplit(':', maxsplit=1)[-1]} {inputs} to {value}", expected, "new" if expected != OK else "", Change("new", node=Node(type_, inputs)))
      for type_, value, inputs, expected in (
          *((type_, value, _nested(path, value), expected) for type_, paths in SENT.items() for path in paths
            for value, expected in ((f"arn:aws:sqs:us-east-1:{STRANGER}:x", V), ("arn:aws:sqs:us-east-1:123456789012:x", OK), (Ref("queue"), OK), (UNKNOWN, U))),
          (REPLICATION, STRANGER, {"rules": [{"destination": {"bucket": "arn:aws:s3:::theirs", "account": STRANGER}}]}, V), (REPLICATION, "a list", {"rules": 7}, V))),
    edge("no-destinations-of-foreign-accounts", "a mail address", OK, "", Change("subscription", "endpoint", "team@example.com")),
    edge("no-destinations-of-foreign-accounts", "nowhere", OK, "", Change("event-target", "arn", ABSENT)),
    edge("no-destinations-of-foreign-accounts", "of a wrong type", V, "event-target", Change("event-target", "arn", WRONG_TYPE)),
    edge("no-destinations-of-foreign-accounts", "an account that is allowed", OK, "", Change("event-target", "arn", f"arn:aws:sqs:us-east-1:{STRANGER}:x"), allowed_accounts=[STRANGER]),
    # An unknown value is neither a wrong nor a right text.
    edge("ecs-stop-timeout", "whether a container is essential is not known", U, "task", Change("task", "containerDefinitions", [{"name": "x", "essential": UNKNOWN, "stopTimeout": 5}])),
    edge("load-balancer-tls-listener", "whether it redirects is not known", U, "listener", Change("listener", "protocol", "HTTP"),
         Change("listener", "defaultActions", [{"type": "redirect", "redirect": {"protocol": UNKNOWN}}])),
    edge("waf-managed-groups", "one of the groups is not known", U, "web-acl",
         Change("web-acl", "rules", [{"name": "x", "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": UNKNOWN}}}])),
    *(edge("api-gateway-operations-authorized", f"the scheme's {part} is not known", U, "api", _body({**SCHEME, part: UNKNOWN})) for part in SCHEME),
    edge("api-gateway-operations-authorized", "a part of the scheme is wrong whatever its name is", V, "api", _body({**SCHEME, "in": "query", "name": UNKNOWN})),
    edge("api-gateway-operations-authorized", "a scheme that is known", OK, "", _body(SCHEME)),
    edge("api-gateway-request-validation", "which validator is not known", U, "api", _body(SCHEME, UNKNOWN)),
    edge("api-gateway-request-validation", "what the validator does is not known", U, "api", _body(SCHEME, validates={"validateRequestParameters": UNKNOWN})),
    edge("api-gateway-request-validation", "a validator that is known", OK, "", _body(SCHEME)),
    edge("backup-often", "whether it is continuous is not known", U, "backup-plan", _plan(enableContinuousBackup=UNKNOWN)),
    edge("backup-often", "not continuous, in a string", V, "backup-plan", _plan(enableContinuousBackup="false")),
    edge("backup-often", "continuous, in a string", OK, "", _plan(enableContinuousBackup="true")),
)  # fmt: skip

IMPOSSIBLE = (
    Impossible("efs-private-subnets", Kind.WRONG_TYPE, "it looks at what the subnet is, and reads no value"),
    Impossible("efs-two-zones", Kind.WRONG_TYPE, "it looks at what the subnets are, and reads no value"),
)
