"""Cases of the rules on resources that a team adds beside the components."""

# ruff: noqa: FBT003 - tables: one case a line, and values as they are

import json
from typing import Any

from policy.provider.endpoints import services
from tests.policy.cases.table import OK, WRONG_TYPE, Change, Impossible, Kind, Row, U, V, edge
from tests.policy.nodes import ABSENT, REMOVED, UNKNOWN, Json, Node, Ref

BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
EVERY = dict.fromkeys(sorted(services()), "http://127.0.0.1:5000")
AWS_KEY = "alias/aws/x"


OWN_RESOURCES = {"StringEquals": {"aws:ResourceAccount": "123456789012"}}


def _public(action: str, resource: str = "*", condition: dict[str, Any] | None = None) -> Json:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    return Json({"Statement": [statement | ({} if condition is None else {"Condition": condition})]})


def _node(rule: str, type_: str, inputs: dict[str, Any], expected: str = V, name: str = "") -> Any:
    return edge(
        rule,
        name or f"{type_.rsplit(':', maxsplit=1)[-1]} {inputs}",
        expected,
        "new" if expected != OK else "",
        Change("new", node=Node(type_, inputs)),
    )


def _lets_in(principal: str, source: object) -> Change:
    """Add a permission to the function."""
    inputs = {"function": Ref("function"), "principal": principal, "sourceArn": source}
    return Change("further-permission", node=Node("aws:lambda/permission:Permission", inputs))


_RECEIVER = {"a queue": Change("silent", node=Node("aws:sqs/queue:Queue", {}))}


def _letting(service: str, action: str) -> dict[str, Change]:
    """Add a policy to the queue."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": "*"}
    inputs = {"queueUrl": Ref("silent"), "policy": Json({"Statement": [statement]})}
    return {f"{service} may {action}": Change("silent-policy", node=Node("aws:sqs/queuePolicy:QueuePolicy", inputs))}


def _topic(inputs: dict[str, Any]) -> Change:
    return Change("quiet", node=Node("aws:sns/topic:Topic", inputs))


ROWS = (
    Row("lambda-url-authorized", "function-url", "authorizationType", wrong=("NONE",)),
    Row("lambda-url-cors", "function-url", "cors.allowOrigins", absent=OK, wrong=(["*"], ["https://*"]), right=(["https://*.example.com"],)),
    Row("lambda-not-public", "permission", "principal", absent=OK, wrong=(), right=("arn:aws:iam::123456789012:root", "*")),
    Row("lambda-not-public", "permission", "functionUrlAuthType", absent=OK, wrong=("NONE",), right=("AWS_IAM",)),
    Row("lambda-supported-runtime", "function", "runtime", wrong=("nodejs16.x", "python3.8", "go1.x"), right=("nodejs22.x", "provided.al2023")),
    Row("lambda-variables-encrypted", "function", "kmsKeyArn", wrong=("", "arn:aws:kms:us-east-1:1:alias/aws/lambda"), unknown=OK),
    Row("lambda-traced", "function", "tracingConfig.mode", wrong=("PassThrough",)),
    Row("http-api-route-authorized", "http-route", "authorizationType", wrong=("NONE",), right=("AWS_IAM",)),
    Row("http-api-route-authorized", "http-route", "routeKey", absent=OK, unknown=U, right=("OPTIONS /x", "GET /health"), config={"open-paths": ["/health"]}),
    Row("http-api-cors", "http-api", "corsConfiguration.allowOrigins", absent=OK, wrong=(["*"],)),
    Row("http-api-access-logs", "http-stage", "accessLogSettings.destinationArn", wrong=("",), unknown=OK),
    Row("http-api-throttled", "http-stage", "defaultRouteSettings.throttlingRateLimit", wrong=(0, -1)),
    Row("http-api-domain-tls", "http-domain", "domainNameConfiguration.securityPolicy", wrong=("TLS_1_0",)),
    Row("event-bus-not-public", "event-bus-policy", "policy", absent=OK, wrong=(_public("events:PutEvents"),)),
    Row("event-rule-enabled", "event-rule", "state", absent=OK, wrong=("DISABLED",), right=("ENABLED",)),
    Row("event-rule-enabled", "event-rule", "isEnabled", absent=OK, wrong=(False,)),
    Row("scheduled-tasks-no-public-address", "event-target", "ecsTarget.networkConfiguration.assignPublicIp", absent=OK, wrong=(True,)),
    Row("scheduled-tasks-no-public-address", "schedule", "target.ecsParameters.networkConfiguration.assignPublicIp", absent=OK, wrong=(True,)),
    Row("schedule-enabled", "schedule", "state", absent=OK, wrong=("DISABLED",)),
    Row("schedule-encrypted", "schedule", "kmsKeyArn", wrong=("", AWS_KEY), unknown=OK),
    Row("schedule-dead-letters", "schedule", "target.deadLetterConfig.arn", wrong=("",), unknown=OK),
    Row("event-target-dead-letters", "event-target", "deadLetterConfig.arn", wrong=("",), unknown=OK),
    Row("api-destination-tls", "api-destination", "invocationEndpoint", wrong=("http://example.com",)),
    Row("ec2-instance-no-public-address", "instance", "associatePublicIpAddress", absent=OK, wrong=(True, "true")),
    Row("ec2-metadata-hops", "instance", "metadataOptions.httpPutResponseHopLimit", absent=OK, wrong=(2, 64)),
    Row("ec2-metadata-hops", "launch-template", "metadataOptions.httpPutResponseHopLimit", absent=OK, wrong=(2,)),
    Row("ec2-launch-metadata", "launch-template", "metadataOptions.httpTokens", wrong=("optional",)),
    Row("ec2-launch-no-public-address", "launch-template", "networkInterfaces[0].associatePublicIpAddress", absent=OK, wrong=(True,)),
    Row("ec2-launch-disks-encrypted", "launch-template", "blockDeviceMappings[0].ebs.encrypted", wrong=(False,)),
    Row("ec2-instance-termination-protection", "instance", "disableApiTermination", wrong=(False,)),
    Row("ec2-instance-one-network", "instance", "networkInterfaces", absent=OK, wrong=([{"deviceIndex": 0}, {"deviceIndex": 1}],), right=([{"deviceIndex": 0}],)),
    Row("ec2-instance-monitored", "instance", "monitoring", wrong=(False,)),
    Row("ec2-group-launch-template", "group", "launchConfiguration", absent=OK, wrong=("old",), unknown=V, right=("",)),
    Row("ec2-group-health-check", "group", "healthCheckType", wrong=("EC2",)),
    Row("ssm-parameter-encrypted", "parameter", "keyId", wrong=("alias/aws/ssm", ""), unknown=OK),
    Row("ssm-document-not-public", "document", "permissions.accountIds", absent=OK, wrong=("all", "123456789012,All")),
    Row("peering-routes-narrow", "peering-route", "destinationCidrBlock", absent=OK, wrong=("0.0.0.0/0", "0.0.0.0/1"), right=("172.16.0.0/12",)),
    Row("peering-routes-narrow", "peering-route", "destinationIpv6CidrBlock", absent=OK, wrong=("::/0",)),
    Row("peering-routes-narrow", "private-table", "routes", absent=OK, wrong=([{"cidrBlock": "0.0.0.0/0", "vpcPeeringConnectionId": "pcx-1"}],),
        right=([{"cidrBlock": "10.9.0.0/16", "vpcPeeringConnectionId": "pcx-1"}],)),
    Row("endpoint-policy-not-public", "s3-endpoint", "policy", absent=OK,
        wrong=(_public("*"), _public("s3:GetObject"), _public("s3:PutObject", "arn:aws:s3:::theirs/*"),
               *(_public("s3:GetObject", anybodys) for anybodys in ("arn:aws:s3:::*/a:b", "arn:aws:s3:::${aws:PrincipalTag/team}/*", "arn:aws:s3:*:*:accesspoint/*")),
               *(_public("s3:GetObject", pattern) for pattern in ("arn:aws:s3:us-east-1:123456789012:*", "s3:*"))),
        right=(_public("s3:GetObject", "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"), _public("*", condition=OWN_RESOURCES))),
    Row("endpoint-service-accepts", "endpoint-service", "acceptanceRequired", wrong=(False,)),
    Row("endpoint-service-principals", "endpoint-service", "allowedPrincipals", absent=OK, wrong=(["*"],)),
    Row("endpoint-service-principals", "allowed-principal", "principalArn", absent=OK, unknown=OK, wrong=("*",)),
    Row("transit-gateway-attachments", "transit-gateway", "autoAcceptSharedAttachments", absent=OK, wrong=("enable",)),
    Row("client-vpn-logged", "client-vpn", "connectionLogOptions.enabled", wrong=(False,)),
    Row("dynamodb-point-in-time-recovery", "table", "pointInTimeRecovery.enabled", wrong=(False,)),
    Row("dynamodb-customer-managed-key", "table", "serverSideEncryption.kmsKeyArn", wrong=("",), unknown=OK),
    Row("dynamodb-customer-managed-key", "table", "serverSideEncryption.enabled", wrong=(False,)),
    Row("dynamodb-deletion-protection", "table", "deletionProtectionEnabled", wrong=(False,)),
    Row("dynamodb-scales", "table", "billingMode", wrong=("PROVISIONED",)),
    Row("dynamodb-not-public", "table-policy", "policy", absent=OK, wrong=(_public("dynamodb:GetItem"),)),
    Row("dax-encrypted", "dax", "clusterEndpointEncryptionType", wrong=("NONE",)),
    Row("dax-encrypted", "dax", "serverSideEncryption.enabled", wrong=(False,)),
    Row("efs-encrypted", "files", "encrypted", wrong=(False,)),
    Row("efs-encrypted", "files", "kmsKeyId", wrong=("", AWS_KEY), unknown=OK),
    Row("efs-backed-up", "files-backup", "backupPolicy.status", wrong=("DISABLED",)),
    Row("efs-not-public", "files-policy", "policy", absent=OK, wrong=(_public("elasticfilesystem:ClientMount"),)),
    Row("efs-access-point", "files-access-point", "rootDirectory.path", wrong=("/", ""), unknown=U),
    Row("efs-access-point", "files-access-point", "posixUser.uid", wrong=(0,)),
    *(Row("s3-access-point-block", "access-point", f"publicAccessBlockConfiguration.{name}", absent=OK, wrong=(False,)) for name in BLOCKS),
    Row("s3-access-point-block", "multi-region", "details.publicAccessBlock.blockPublicPolicy", absent=OK, wrong=(False,)),
    Row("s3-object-not-public", "object", "acl", absent=OK, wrong=("public-read", "authenticated-read"), right=("bucket-owner-full-control",)),
    Row("ebs-snapshot-not-shared", "snapshot-permission", "accountId", absent=OK, unknown=OK, wrong=("all",)),
    Row("ebs-snapshot-not-shared", "image-permission", "group", absent=OK, wrong=("all",)),
    Row("ebs-copies-encrypted", "disk-copy", "encrypted", wrong=(False,)),
    Row("ebs-copies-encrypted", "image-copy", "kmsKeyId", wrong=("", AWS_KEY), unknown=OK),
    Row("account-guards-on", "image-guard", "state", wrong=("unblocked",)),
    Row("account-guards-on", "snapshot-guard", "state", wrong=("unblocked",), right=("block-new-sharing",)),
    Row("account-guards-on", "metadata-guard", "httpTokens", wrong=("optional", "no-preference")),
    Row("account-guards-on", "console-guard", "enabled", wrong=(True,)),
    Row("account-guards-on", "clusters-guard", "blockPublicSecurityGroupRules", wrong=(False,)),
    Row("account-guards-on", "documents-guard", "settingValue", wrong=("Enable",)),
    Row("account-guards-on", "documents-guard", "settingId", absent=OK, wrong=(), right=("/ssm/parameter-store/default-parameter-tier",)),
    Row("ebs-encryption-by-default", "encryption-by-default", "enabled", absent=OK, wrong=(False,)),
    Row("rds-snapshot-not-shared", "snapshot", "sharedAccounts", absent=OK, wrong=(["all"], ["123456789012", "all"])),
    Row("rds-copies-encrypted", "snapshot-copy", "kmsKeyId", wrong=("", "arn:aws:kms:us-east-1:1:alias/aws/rds"), unknown=OK),
    Row("rds-global-cluster-encrypted", "global-cluster", "storageEncrypted", wrong=(False,)),
    Row("rds-proxy-tls", "proxy", "requireTls", wrong=(False,)),
    Row("rds-proxy-tls", "proxy", "debugLogging", absent=OK, wrong=(True,)),
    Row("rds-proxy-iam", "proxy", "auths[0].iamAuth", wrong=("DISABLED",)),
    Row("opensearch-encrypted", "search", "encryptAtRest.enabled", wrong=(False,)),
    Row("opensearch-encrypted", "search", "encryptAtRest.kmsKeyId", wrong=("",), unknown=OK),
    Row("opensearch-encrypted", "search", "nodeToNodeEncryption.enabled", wrong=(False,)),
    Row("opensearch-tls", "search", "domainEndpointOptions.tlsSecurityPolicy", wrong=("Policy-Min-TLS-1-0-2019-07", "Policy-Min-TLS-1-2-2019-07")),
    Row("opensearch-tls", "search", "domainEndpointOptions.enforceHttps", absent=OK, wrong=(False,)),
    Row("opensearch-in-vpc", "search", "vpcOptions.subnetIds", wrong=([],)),
    Row("opensearch-not-public", "search", "accessPolicies", absent=OK, wrong=(_public("es:*"),)),
    Row("opensearch-fine-grained-access", "search", "advancedSecurityOptions.enabled", wrong=(False,)),
    Row("opensearch-logs", "search", "logPublishingOptions", wrong=([], [{"logType": "AUDIT_LOGS"}])),
    Row("opensearch-nodes", "search", "clusterConfig.instanceCount", wrong=(1, 2)),
    Row("cognito-password-policy", "user-pool", "passwordPolicy.minimumLength", wrong=(8,), right=(20,)),
    *(Row("cognito-password-policy", "user-pool", f"passwordPolicy.require{kind}", wrong=(False,)) for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols")),
    Row("cognito-password-policy", "user-pool", "passwordPolicy.temporaryPasswordValidityDays", absent=OK, wrong=(30,)),
    Row("cognito-second-factor", "user-pool", "mfaConfiguration", wrong=("OFF", "OPTIONAL")),
    Row("cognito-threat-protection", "user-pool", "userPoolAddOns.advancedSecurityMode", wrong=("OFF", "AUDIT")),
    Row("cognito-deletion-protection", "user-pool", "deletionProtection", wrong=("INACTIVE",)),
    Row("cognito-no-guests", "identity-pool", "allowUnauthenticatedIdentities", absent=OK, wrong=(True,)),
    Row("cognito-client", "user-pool-client", "preventUserExistenceErrors", wrong=("LEGACY",)),
    Row("iam-password-policy", "password-policy", "minimumPasswordLength", wrong=(8,)),
    Row("iam-password-policy", "password-policy", "requireSymbols", wrong=(False,)),
    Row("iam-password-policy", "password-policy", "maxPasswordAge", wrong=(0, 365)),
    Row("no-static-keys", "provider", "accessKey", absent=OK, wrong=("x",), unknown=V),
)  # fmt: skip

EDGES = (
    edge("lambda-not-public", "anybody", V, "permission", Change("permission", "principal", "*"), Change("permission", "sourceArn", ABSENT)),
    edge("lambda-supported-runtime", "an image", OK, "", Change("function", "packageType", "Image"), Change("function", "runtime", ABSENT)),
    edge("lambda-variables-encrypted", "no variables", OK, "", Change("function", "environment", ABSENT), Change("function", "kmsKeyArn", ABSENT)),
    edge("event-target-dead-letters", "to a log group", OK, "", Change("event-target", "arn", Ref("log-group")), Change("event-target", "deadLetterConfig", ABSENT)),
    edge("event-target-dead-letters", "to a log group by its ARN", OK, "", Change("event-target", "arn", "arn:aws:logs:us-east-1:1:log-group:a"), Change("event-target", "deadLetterConfig", ABSENT)),
    edge("lambda-callers-let-in", "no permission", V, "function-target", Change("events-permission", value=REMOVED)),
    edge("lambda-callers-let-in", "a permission of another service", V, "function-target", Change("events-permission", "principal", "sns.amazonaws.com")),
    edge("lambda-callers-let-in", "nobody knows of whom", OK, "", Change("events-permission", "principal", UNKNOWN)),
    edge("lambda-callers-let-in", "a permission of a wrong type", V, "events-permission", Change("events-permission", "principal", WRONG_TYPE)),
    edge("lambda-callers-let-in", "a permission for another rule", V, "function-target", Change("events-permission", "sourceArn", Ref("event-rule"))),
    edge("lambda-callers-let-in", "a permission for whatever rule", OK, "", Change("events-permission", "sourceArn", "arn:aws:events:us-east-1:1:rule/*")),
    edge("lambda-callers-let-in", "a permission by the function's name", OK, "", Change("events-permission", "function", "thumbs")),
    edge("lambda-callers-let-in", "a function of another stack", U, "function-target", Change("function-target", "arn", "arn:aws:lambda:us-east-1:1:function:x")),
    *(edge("lambda-callers-let-in", f"{type_} {list(more)}", expected, "caller" if expected == V else "", Change("caller", node=Node(type_, inputs)), *more.values())
      for type_, inputs, more, expected in (
          ("aws:sns/topicSubscription:TopicSubscription", {"protocol": "lambda", "topic": Ref("topic"), "endpoint": Ref("function")}, {}, V),
          ("aws:sns/topicSubscription:TopicSubscription", {"protocol": "lambda", "topic": Ref("topic"), "endpoint": Ref("function")},
           {"with a permission": _lets_in("sns.amazonaws.com", Ref("topic"))}, OK),
          ("aws:sns/topicSubscription:TopicSubscription", {"protocol": "sqs", "topic": Ref("topic"), "endpoint": Ref("queue")}, {}, OK),
          ("aws:s3/bucketNotification:BucketNotification", {"bucket": Ref("logs"), "lambdaFunctions": [{"lambdaFunctionArn": Ref("function")}]},
           {"with a permission for another bucket": _lets_in("s3.amazonaws.com", Ref("data")), "and the first one gone": Change("permission", value=REMOVED)}, V),
          ("aws:s3/bucketNotification:BucketNotification", {"bucket": Ref("data"), "lambdaFunctions": [{"lambdaFunctionArn": Ref("function")}]},
           {"with a permission": _lets_in("s3.amazonaws.com", Ref("data"))}, OK),
          ("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter", {"destinationArn": Ref("function")}, {}, V),
          ("aws:secretsmanager/secretRotation:SecretRotation", {"rotationLambdaArn": Ref("function")}, {}, V),
          ("aws:apigatewayv2/integration:Integration", {"integrationUri": Ref("function")}, {}, V),
          ("aws:apigatewayv2/integration:Integration", {"integrationUri": Ref("function"), "credentialsArn": Ref("task-role")}, {}, OK),
          ("aws:apigateway/integration:Integration", {"uri": Ref("function")}, {"with a permission": _lets_in("apigateway.amazonaws.com", "arn:aws:execute-api:us-east-1:1:x/*")}, OK))),
    edge("lambda-callers-let-in", "an alias, and a permission of its function", OK, "", Change("alias", node=Node("aws:lambda/alias:Alias", {"functionName": Ref("function")})),
         Change("function-target", "arn", Ref("alias"))),
    edge("lambda-callers-let-in", "an alias, and no permission", V, "function-target", Change("alias", node=Node("aws:lambda/alias:Alias", {"functionName": Ref("function")})),
         Change("function-target", "arn", Ref("alias")), Change("events-permission", value=REMOVED)),
    *(edge("receivers-let-senders-in", f"{type_} {list(more)}", expected, "sender" if expected == V else "", Change("sender", node=Node(type_, inputs)), *more.values())
      for type_, inputs, more, expected in (
          ("aws:cloudwatch/eventTarget:EventTarget", {"arn": Ref("silent")}, _RECEIVER, V),
          ("aws:cloudwatch/eventTarget:EventTarget", {"arn": Ref("silent"), "roleArn": Ref("task-role")}, _RECEIVER, OK),
          ("aws:cloudwatch/eventTarget:EventTarget", {"arn": Ref("silent")}, _RECEIVER | _letting("events.amazonaws.com", "sqs:SendMessage"), OK),
          ("aws:cloudwatch/eventTarget:EventTarget", {"arn": Ref("silent")}, _RECEIVER | _letting("events.amazonaws.com", "sqs:ReceiveMessage"), V),
          ("aws:sns/topicSubscription:TopicSubscription", {"protocol": "sqs", "topic": Ref("topic"), "endpoint": Ref("silent")}, _RECEIVER | _letting("events.amazonaws.com", "sqs:*"), V),
          ("aws:cloudwatch/eventTarget:EventTarget", {"arn": Ref("quiet")}, {"a topic": _topic({})}, V),
          ("aws:cloudwatch/eventTarget:EventTarget", {"arn": Ref("quiet")}, {"not known yet": _topic({"policy": UNKNOWN})}, OK))),
    edge("receivers-let-senders-in", "a policy of a wrong type", V, "quiet", Change("quiet", node=Node("aws:sns/topic:Topic", {"policy": WRONG_TYPE})),
         Change("sender", node=Node("aws:cloudwatch/eventTarget:EventTarget", {"arn": Ref("quiet")}))),
    edge("delivery-roles-have-rights", "no policy", V, "event-target", Change("events-role-policy", value=REMOVED)),
    edge("delivery-roles-have-rights", "nobody knows which", OK, "", Change("events-role-policy", value=REMOVED), Change("events-role", "inlinePolicies", UNKNOWN)),
    edge("delivery-roles-have-rights", "of a wrong type", V, "events-role", Change("events-role-policy", value=REMOVED), Change("events-role", "inlinePolicies", WRONG_TYPE)),
    edge("delivery-roles-have-rights", "one of its own", OK, "", Change("events-role-policy", value=REMOVED), Change("events-role", "inlinePolicies", [{"policy": "{}"}])),
    *(edge("delivery-roles-have-rights", f"of {type_}", V, "new", Change("bare", node=Node("aws:iam/role:Role", {})), Change("new", node=Node(type_, inputs)))
      for type_, inputs in (("aws:scheduler/schedule:Schedule", {"target": {"roleArn": Ref("bare")}}), ("aws:pipes/pipe:Pipe", {"roleArn": Ref("bare")}))),
    *(edge("sqs-dead-letters", f"the dead letters of {type_}", OK, "", Change("dead", node=Node("aws:sqs/queue:Queue", {})), Change("failing", node=Node(type_, inputs)))
      for type_, inputs in (("aws:cloudwatch/eventTarget:EventTarget", {"deadLetterConfig": {"arn": Ref("dead")}}), ("aws:lambda/function:Function", {"deadLetterConfig": {"targetArn": Ref("dead")}}),
                            ("aws:scheduler/schedule:Schedule", {"target": {"deadLetterConfig": {"arn": Ref("dead")}}}),
                            ("aws:sns/topicSubscription:TopicSubscription", {"redrivePolicy": Json({"deadLetterTargetArn": Ref("dead")})}))),
    edge("event-rule-target", "none", V, "event-rule", Change("event-target", value=REMOVED)),
    edge("event-rule-target", "of another rule", V, "event-rule", Change("event-target", "rule", "theirs")),
    edge("event-rule-target", "a rule that is not known", V, "event-rule", Change("event-target", "rule", UNKNOWN)),
    edge("event-rule-target", "of a wrong type", V, "event-rule", Change("event-target", "rule", WRONG_TYPE)),
    edge("event-rule-target", "the target is not known", OK, "", Change("event-target", "arn", UNKNOWN)),
    edge("topic-heard", "nobody", V, "topic", Change("subscription", value=REMOVED)),
    edge("topic-heard", "of another topic", V, "topic", Change("subscription", "topic", "theirs")),
    edge("topic-heard", "a topic that is not known", V, "topic", Change("subscription", "topic", UNKNOWN)),
    edge("topic-heard", "of a wrong type", V, "topic", Change("subscription", "topic", WRONG_TYPE)),
    edge("topic-heard", "a channel of a chat", OK, "", Change("subscription", value=REMOVED),
         Change("slack", node=Node("aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration", {"snsTopicArns": [Ref("topic")]}))),
    edge("topic-heard", "nobody publishes", OK, "", Change("subscription", value=REMOVED), Change("alarm", "alarmActions", ["arn:aws:sns:us-east-1:1:theirs"])),
    edge("dynamodb-scales", "a scaling target", OK, "", Change("table", "billingMode", "PROVISIONED"),
         Change("table-scaling", node=Node("aws:appautoscaling/target:Target", {"resourceId": Ref("table"), "minCapacity": 1, "maxCapacity": 9}))),
    *(edge("ebs-volume-backup-plan", str(resources), expected, at, Change("backup-selection", "resources", resources))
      for resources, expected, at in (([], V, "volume"), (UNKNOWN, V, "volume"), (ABSENT, V, "volume"), ([WRONG_TYPE], V, "backup-selection"), (["arn:aws:ec2:*:*:volume/*"], OK, ""))),
    edge("load-balancer-listens", "none", V, "network-balancer", Change("network-listener", value=REMOVED)),
    *(edge("load-balancer-listens", f"of {other}", V, "network-balancer", Change("network-listener", "loadBalancerArn", other)) for other in ("theirs", UNKNOWN, WRONG_TYPE)),
    edge("dynamodb-backup-plan", "no selection", V, "table", Change("backup-selection", value=REMOVED)),
    edge("dynamodb-backup-plan", "another table", V, "table", Change("backup-selection", "resources", ["arn:aws:dynamodb:us-east-1:1:table/x"])),
    edge("dynamodb-backup-plan", "every table", OK, "", Change("backup-selection", "resources", ["arn:aws:dynamodb:*:*:table/*"])),
    edge("dynamodb-backup-plan", "by tag", OK, "", Change("backup-selection", "resources", ABSENT), Change("backup-selection", "selectionTags", [{}])),
    edge("dynamodb-backup-plan", "not known", V, "table", Change("backup-selection", "resources", UNKNOWN)),
    edge("dynamodb-backup-plan", "of a wrong type", V, "backup-selection", Change("backup-selection", "resources", [WRONG_TYPE])),
    edge("efs-backed-up", "none", V, "files", Change("files-backup", value=REMOVED)),
    edge("ec2-instance-no-public-address", "the NAT instance", OK, "", Change("nat-instance", node=Node("aws:ec2/instance:Instance",
         {"associatePublicIpAddress": True}, urn="urn:pulumi:test::spot-platform::spot-platform:index:NatInstance$aws:ec2/instance:Instance::nat-instance"))),
    edge("ec2-group-health-check", "no load balancer", OK, "", Change("group", "targetGroupArns", ABSENT), Change("group", "healthCheckType", "EC2")),
    edge("ssm-parameter-encrypted", "a plain one", OK, "", Change("parameter", "type", "String"), Change("parameter", "keyId", ABSENT)),
    edge("http-api-route-authorized", "an API key", OK, "", Change("http-route", "authorizationType", "NONE"), Change("http-route", "apiKeyRequired", True)),
    _node("rds-copies-encrypted", "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy", {}),
    _node("rds-copies-encrypted", "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication", {"kmsKeyId": "alias/aws/rds"}),
    *(_node("no-default-network", type_, {}) for type_ in ("aws:ec2/defaultVpc:DefaultVpc", "aws:ec2/defaultSubnet:DefaultSubnet")),
    _node("no-default-network", "aws:ec2/defaultVpc:DefaultVpc", {"forceDestroy": UNKNOWN}),
    _node("no-default-network", "aws:ec2/defaultVpc:DefaultVpc", {"forceDestroy": WRONG_TYPE}),
    *(_node("no-way-round", type_, {}) for type_ in (
        "aws:cloudformation/stack:Stack", "aws:cloudcontrol/resource:Resource", "pulumi-python:dynamic:Resource", "aws-native:s3:Bucket", "command:local:Command")),
    *(_node("no-way-round", type_, {}) for type_ in (
        "aws:cloudfront/multitenantDistribution:MultitenantDistribution", "aws:ec2/spotFleetRequest:SpotFleetRequest", "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition",
        "aws:ecs/expressGatewayService:ExpressGatewayService", "aws:elb/loadBalancer:LoadBalancer", "aws:kms/ciphertext:Ciphertext")),
    _node("ecr-not-public", "aws:ecrpublic/repository:Repository", {"repositoryName": "ours"}),
    _node("elasticache-authenticated", "aws:elasticache/user:User", {"noPasswordRequired": True, "accessString": "on ~* +@all"}),
    _node("elasticache-authenticated", "aws:elasticache/user:User", {"authenticationMode": {"type": "no-password-required"}}),
    *(edge("elasticache-authenticated", f"a user with {inputs}", OK, "", Change("new", node=Node("aws:elasticache/user:User", inputs)))
      for inputs in ({"authenticationMode": {"type": "iam"}, "accessString": "on ~* +@all"}, {"noPasswordRequired": True, "accessString": "off ~* +@all"}, {"passwords": [UNKNOWN]})),
    _node("no-way-round", "aws:cloudformation/stack:Stack", {"templateBody": UNKNOWN}),
    _node("no-way-round", "aws:cloudformation/stack:Stack", {"templateBody": WRONG_TYPE}),
    *(edge("no-default-provider", f"with {inputs}", V, name, Change(name, node=Node("pulumi:providers:aws", inputs)))
      for name, inputs in (("default_7_51_1", {}), ("default", {"region": "us-east-1"}), ("default_7", {"region": UNKNOWN}), ("default_8", {"region": WRONG_TYPE}))),
    edge("no-default-provider", "another provider's", OK, "", Change("default_4_18_0", node=Node("pulumi:providers:random", {}))),
    *(edge("no-static-keys", name, V, "provider", Change("provider", name, "x")) for name in ("secretKey", "token")),
    *(edge("no-static-keys", f"with {endpoints}", expected, "provider" if expected == V else "", Change("provider", "accessKey", "x"), Change("provider", "endpoints", endpoints))
      for endpoints, expected in (
          (json.dumps([EVERY | {"s3": "http://localhost:5000", "sqs": "http://[::1]:5000"}]), OK), (json.dumps([{"s3": EVERY["s3"]}, EVERY]), OK), ('[{"s3":"http://127.0.0.1:5000"}]', V),
          (json.dumps([{name: url for name, url in EVERY.items() if name != "sts"}]), V), (json.dumps([EVERY | {"sts": ""}]), V),
          ('[{"s3":"http://127.0.0.1:5000","sqs":"https://example.com"}]', V), ('[{"s3":"http://[::1"}]', V), ("[{}]", V))),
    edge("no-static-keys", "no keys, and endpoints that are not known", OK, "", Change("provider", "endpoints", UNKNOWN)),
    edge("no-static-keys", "endpoints that are not known", U, "provider", Change("provider", "accessKey", "x"), Change("provider", "endpoints", UNKNOWN)),
)  # fmt: skip

IMPOSSIBLE = (
    *(Impossible("no-default-network", kind, "its being there is the violation") for kind in (Kind.ABSENT,)),
    Impossible("receivers-let-senders-in", Kind.ABSENT, "a receiver without a policy is among the insecure cases"),
    Impossible("no-way-round", Kind.ABSENT, "its being there is the violation"),
    Impossible("no-default-provider", Kind.ABSENT, "its being there is the violation"),
)
