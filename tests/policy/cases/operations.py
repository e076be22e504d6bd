"""Cases of the rules on availability, cost, backups, headers, the WAF, keys and the life of the database."""

# ruff: noqa: FBT003 - tables: one case a line, and values as they are

from tests.policy.cases.table import OK, WRONG_TYPE, Change, Impossible, Row, U, V, edge
from tests.policy.nodes import ABSENT, REMOVED, UNKNOWN, Json, Node, Ref

AWS_KEY = "arn:aws:kms:us-east-1:123456789012:alias/aws/x"
POSTGRES = [{"name": "rds.force_ssl", "value": "1"}]

ROWS = (
    Row("ecs-minimum-tasks", "scaling", "minCapacity", wrong=(0, 1), right=(3,)),
    Row("ecs-healthy-while-deploying", "service", "deploymentMinimumHealthyPercent", absent=OK, wrong=(0, 49), right=(50,)),
    Row("two-zones", "isolated", "availabilityZone", absent=OK, unknown=OK),
    Row("load-balancer-cross-zone", "network-balancer", "enableCrossZoneLoadBalancing", wrong=(False,)),
    Row("cloudfront-enabled", "distribution", "enabled", wrong=(False,)),
    Row("budget-present", "budget", "notifications", wrong=([], [{"subscriberEmailAddresses": []}])),
    Row("scaling-within-budget", "scaling", "maxCapacity", absent=OK, wrong=(1000, 101), right=(20,)),
    Row("scaling-within-budget", "budget", "limitAmount", absent=OK, right=("1000",)),
    Row("backup-often", "backup-plan", "rules[0].schedule", wrong=("cron(0 5 1 1 ? *)", "cron(0 5 1 * ? *)", "cron(0 5 ? * SUN *)", "rate(2 days)", "x"),
        right=("cron(0 * * * ? *)", "rate(12 hours)", "cron(0 5 ? * * *)")),
    Row("kms-policy", "key", "policy", wrong=("",), unknown=OK),
    Row("s3-abort-uploads", "data-lifecycle", "rules", wrong=([], [{"status": "Enabled"}]), right=([{"abortIncompleteMultipartUpload": {"daysAfterInitiation": 1}}],)),
    Row("ebs-volume-customer-managed-key", "volume", "kmsKeyId", wrong=("", AWS_KEY), unknown=OK),
    Row("rds-administrator-name", "aurora", "masterUsername", wrong=("postgres",), absent=OK),
    Row("kms-enabled", "key", "isEnabled", absent=OK, wrong=(False,)),
    Row("waf-managed-groups", "web-acl", "rules", wrong=([], [{"name": "x"}])),
    Row("waf-rate-limit", "web-acl", "rules", wrong=([], [{"name": "x", "statement": {"geoMatchStatement": {}}}])),
    Row("waf-rules-block", "web-acl", "rules[1].action", absent=OK, wrong=({"count": {}},), right=({"block": {}}, {"captcha": {}}), wrong_type=("x", V)),
    Row("cloudfront-strict-transport-security", "headers", "securityHeadersConfig.strictTransportSecurity.override", wrong=(False,)),
    Row("cloudfront-strict-transport-security", "headers", "securityHeadersConfig.strictTransportSecurity.override", wrong=(False,)),
    Row("cloudfront-security-headers", "headers", "securityHeadersConfig.frameOptions.override", wrong=(False,)),
    Row("cloudfront-content-security-policy", "headers", "securityHeadersConfig.contentSecurityPolicy.contentSecurityPolicy", absent=OK,
        wrong=("default-src *", "default-src 'self'; script-src 'self' 'unsafe-inline'", "script-src 'self'; connect-src https:", "img-src *", "default-src 'self'; frame-ancestors *"),
        right=("default-src 'self'; img-src *", "script-src 'self'; style-src 'unsafe-inline'", "default-src 'none'; connect-src https://api.example.com")),
    Row("cloudfront-cors", "headers", "corsConfig.accessControlAllowOrigins.items", absent=OK, wrong=(["*"], ["https://*"])),
    Row("rds-engine-mended", "database", "engineVersion", absent=OK, wrong=("13.9", "9.6", "11"), right=("14", "16.4", "17")),
    Row("rds-engine-mended", "aurora", "engineVersion", absent=OK, wrong=("12.9",)),
    Row("rds-certificate-authority", "database", "caCertIdentifier", absent=OK, unknown=OK, wrong=("rds-ca-2019", "rds-ca-2015"), right=("rds-ca-ecc384-g1", "")),
    Row("rds-queries-logged", "parameters", "parameters", wrong=(POSTGRES, [{"name": "log_min_duration_statement", "value": "-1"}]),
        right=([{"name": "log_statement", "value": "all"}],)),
    Row("ecs-exec-encrypted", "cluster", "configuration.executeCommandConfiguration.kmsKeyId", wrong=("", AWS_KEY), unknown=OK),
    Row("ecs-no-added-capabilities", "task", "containerDefinitions![0].linuxParameters.capabilities.add", absent=OK, wrong=(["SYS_PTRACE"],), right=([],)),
    Row("security-group-rule-description", "ingress", "description", wrong=("",), unknown=OK),
    Row("security-group-rule-description", "inline-group", "ingress[0].description", wrong=("",), unknown=OK),
    Row("data-stores-private-ingress", "inline-group", "ingress[0].cidrBlocks", absent=OK, wrong=(["52.0.0.0/8"], ["10.0.0.0/16", "54.239.0.7/32"], ["54.239.0.0/24"]),
        right=(["172.16.0.0/12"], ["100.64.0.0/10"])),
    Row("security-group-world-ingress", "ingress", "cidrIpv4", absent=OK, wrong=("52.0.0.0/8", "54.0.0.0/15"), right=("52.94.0.0/16",)),
    Row("network-acl-every-port", "acl", "ingress", absent=OK, wrong=([{"protocol": "-1", "action": "allow", "cidrBlock": "0.0.0.0/0"}], [{"protocol": "tcp", "fromPort": 0, "toPort": 65535, "action": "allow", "cidrBlock": "0.0.0.0/0"}]),
        right=([{"protocol": "-1", "action": "allow", "cidrBlock": "10.0.0.0/8"}], [{"protocol": "-1", "action": "deny", "cidrBlock": "0.0.0.0/0"}])),
    Row("acm-names-hosts", "certificate", "domainName", absent=OK, unknown=OK, wrong=("*.example.com",)),
    Row("acm-names-hosts", "certificate", "subjectAlternativeNames", absent=OK, wrong=(["a.example.com", "*.example.com"],)),
    *(Row(rule, resource, path, wrong=(AWS_KEY, "alias/aws/x"), unknown=OK)
      for rule, resource, path in (("sns-encrypted", "topic", "kmsMasterKeyId"), ("secret-encrypted", "secret", "kmsKeyId"), ("log-group-encrypted", "log-group", "kmsKeyId"),
                                   ("backup-vault-encrypted", "backup-vault", "kmsKeyArn"), ("rds-customer-managed-key", "database", "kmsKeyId"))),
)  # fmt: skip

OLD = Change("database", "engine", "mysql")
MYSQL = Change(
    "parameters",
    "parameters",
    [{"name": "require_secure_transport", "value": "1"}, {"name": "slow_query_log", "value": "1"}],
)
WORKER = Change("service", "loadBalancers", ABSENT)
OFFICE = Change(
    "acl-office",
    node=Node(
        "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
        {"ingress": [{"protocol": "-1", "action": "allow", "cidrBlock": "0.0.0.0/0"}]},
    ),
)
CERTIFICATES = Node("aws:rds/clusterInstance:ClusterInstance", {"caCertIdentifier": "rds-ca-2019"})


def _copy(**changes: object) -> Change:
    rule = {
        "schedule": "cron(0 5 * * ? *)",
        "targetVaultName": "first",
        "copyActions": [{"destinationVaultArn": "arn:aws:backup:us-east-1:123456789012:backup-vault:first"}],
    }
    return Change("backup-plan", "rules", [{**rule, **changes}])


EDGES = (
    edge("ecs-minimum-tasks", "a worker", OK, "", WORKER, Change("scaling", "minCapacity", 0)),
    edge("ecs-minimum-tasks", "without scaling", V, "service", Change("scaling", value=REMOVED), Change("service", "desiredCount", 1)),
    edge("ecs-healthy-while-deploying", "a worker", OK, "", WORKER, Change("service", "deploymentMinimumHealthyPercent", 0)),
    *(edge("two-zones", f"one zone for {at}", V, at, Change("isolated", "availabilityZone", "us-east-1a"))
      for at in ("service", "balancer", "database-subnets", "cache-subnets")),
    edge("two-zones", "a worker", OK, "", WORKER, Change("service", "networkConfiguration.subnets", [Ref("private")])),
    edge("two-zones", "zones by id", V, "database-subnets", Change("isolated", "availabilityZone", ABSENT), Change("second", "availabilityZone", ABSENT),
         Change("isolated", "availabilityZoneId", "use1-az1"), Change("second", "availabilityZoneId", "use1-az1")),
    edge("nat-gateway-per-zone", "another zone's gateway", V, "private-route", Change("private", "availabilityZone", "us-east-1b")),
    edge("nat-gateway-per-zone", "a zone that is not known", OK, "", Change("private", "availabilityZone", UNKNOWN)),
    edge("nat-gateway-per-zone", "a regional gateway", OK, "", Change("private", "availabilityZone", "us-east-1b"),
         Change("nat", "subnetId", ABSENT), Change("nat", "vpcId", Ref("vpc")), Change("nat", "availabilityMode", "regional")),
    edge("nat-gateway-per-zone", "no zone", OK, "", Change("private", "availabilityZone", ABSENT)),
    edge("nat-gateway-per-zone", "a zone of a wrong type, and another zone's gateway", V, "private", Change("private", "availabilityZone", WRONG_TYPE),
         Change("isolated-nat-route", node=Node("aws:ec2/route:Route", {"routeTableId": Ref("isolated-table"), "natGatewayId": Ref("nat")}))),
    edge("load-balancer-cross-zone", "an application load balancer", OK, "", Change("balancer", "enableCrossZoneLoadBalancing", False)),
    edge("budget-present", "none", V, "service", Change("budget", value=REMOVED)),
    edge("budget-present", "to a topic", OK, "", Change("budget", "notifications", [{"subscriberSnsTopicArns": [Ref("topic")]}])),
    edge("scaling-within-budget", "a small budget", V, "scaling", Change("budget", "limitAmount", "20")),
    edge("scaling-within-budget", "a yearly budget", OK, "", Change("budget", "timeUnit", "ANNUALLY"), Change("budget", "limitAmount", "1")),
    edge("scaling-within-budget", "more tasks allowed", OK, "", Change("scaling", "maxCapacity", 20), maximum_tasks=20),
    *(edge("rds-cluster-zones", f"an instance less, and {value}", expected, "aurora", Change("aurora-second", value=REMOVED), Change("aurora", "dbClusterInstanceClass", value))
      for value, expected in (("db.m6gd.large", OK), ("", V), (WRONG_TYPE, V), (UNKNOWN, OK))),
    edge("rds-cluster-zones", "an instance less", V, "aurora", Change("aurora-second", value=REMOVED)),
    *(edge("public-addresses-used", f"{name}", expected, "spare", Change("spare", node=Node("aws:ec2/eip:Eip", inputs)))
      for name, inputs, expected in (("nobody's", {}, V), ("an instance's", {"instance": "i-1"}, OK), ("not known whose", {"instance": UNKNOWN}, OK), ("of a wrong type", {"instance": WRONG_TYPE}, V))),
    edge("public-addresses-used", "its gateway is gone", V, "address", Change("nat", value=REMOVED)),
    *(edge("security-group-used", name, V, "spare", Change("spare", node=Node("aws:ec2/securityGroup:SecurityGroup", {"vpcId": Ref("vpc"), "description": description})))
      for name, description in (("nobody's", "spare"), ("nobody's, not known what for", UNKNOWN), ("nobody's, of a wrong type", WRONG_TYPE))),
    edge("security-group-used", "its database is gone", V, "inline-group", Change("database", value=REMOVED)),
    edge("backup-often", "continuous", OK, "", Change("backup-plan", "rules[0].schedule", ABSENT), Change("backup-plan", "rules[0].enableContinuousBackup", True)),
    edge("backup-copied", "into the same vault", V, "backup-plan", _copy()),
    edge("backup-copied", "into another", OK, "", _copy(targetVaultName="second")),
    edge("backup-copied", "into the vault of another stack", OK, "", _copy(targetVaultName=UNKNOWN)),
    edge("waf-rules-block", "a rule that counts as JSON", V, "web-acl", Change("web-acl", "ruleJson", Json([{"Action": {"Count": {}}}]))),
    edge("waf-managed-groups", "as JSON", OK, "", Change("web-acl", "rules", ABSENT), Change("web-acl", "ruleJson", Json(
         [{"Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": name}}}
          for name in ("AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesAmazonIpReputationList")]))),
    edge("waf-managed-groups", "none asked for", OK, "", Change("web-acl", "rules", []), groups=[]),
    edge("waf-rate-limit", "as JSON", OK, "", Change("web-acl", "rules", ABSENT), Change("web-acl", "ruleJson", Json([{"Statement": {"RateBasedStatement": {"Limit": 9}}}]))),
    edge("rds-engine-mended", "MySQL 8.0", V, "database", OLD, Change("database", "engineVersion", "8.0.36")),
    edge("rds-engine-mended", "MySQL 8.4", OK, "", OLD, Change("database", "engineVersion", "8.4.3")),
    edge("rds-engine-mended", "another engine", OK, "", Change("database", "engine", "sqlserver-ex"), Change("database", "engineVersion", "15.00")),
    edge("rds-certificate-authority", "of a cluster's instance", V, "new", Change("new", node=CERTIFICATES)),
    edge("rds-queries-logged", "the default group", V, "database", Change("database", "parameterGroupName", ABSENT)),
    edge("rds-queries-logged", "a group of another stack", U, "database", Change("database", "parameterGroupName", "theirs")),
    edge("rds-queries-logged", "an engine that has no such log", OK, "", Change("database", "engine", "sqlserver-ex"), Change("database", "parameterGroupName", ABSENT)),
    *(edge(rule, "MySQL", OK, "", OLD, MYSQL, Change("database", "port", 3307), Change("database", "enabledCloudwatchLogsExports", ["error", "slowquery"]))
      for rule in ("rds-tls-only", "rds-queries-logged", "rds-logs-exported", "rds-port")),
    edge("rds-tls-only", "MySQL without TLS", V, "parameters", OLD),
    edge("rds-tls-only", "MySQL with the default group", V, "database", OLD, Change("database", "parameterGroupName", ABSENT)),
    edge("rds-tls-only", "MySQL with a group of another stack", U, "database", OLD, Change("database", "parameterGroupName", "theirs")),
    edge("rds-logs-exported", "MySQL", V, "database", OLD),
    edge("rds-logs-exported", "a cluster without logs", V, "aurora", Change("aurora", "enabledCloudwatchLogsExports", [])),
    edge("rds-port", "MySQL", V, "database", OLD, Change("database", "port", 3306)),
    edge("ecs-exec-encrypted", "no ECS Exec", OK, "", Change("service", "enableExecuteCommand", False), Change("cluster", "configuration", ABSENT)),
    edge("data-stores-private-ingress", "by a rule of its own", V, "new", Change("new", node=Node("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
         {"securityGroupId": Ref("inline-group"), "ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432, "cidrIpv4": "54.239.0.7/32"}))),
    edge("data-stores-private-ingress", "a group of something else", OK, "", Change("database", "vpcSecurityGroupIds", [Ref("task-group")])),
    edge("network-acl-every-port", "the default one", V, "acl-office", OFFICE),
    edge("network-acl-every-port", "a rule of its own", V, "acl-rule", Change("acl-rule", "ruleAction", "allow"), Change("acl-rule", "protocol", "-1")),
    edge("network-acl-remote-administration", "the default one", V, "acl-office", OFFICE),
    edge("security-group-egress", "nearly every port", V, "new", Change("new", node=Node("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
         {"securityGroupId": Ref("task-group"), "ipProtocol": "tcp", "fromPort": 1, "toPort": 65535, "cidrIpv4": "0.0.0.0/0"}))),
    edge("cloudfront-logs", "no delivery", V, "distribution", Change("log-delivery", value=REMOVED)),
    edge("cloudfront-origin-exists", "a bucket by its name", V, "distribution", Change("distribution", "origins[0].domainName", "theirs.s3.us-east-1.amazonaws.com")),
    edge("load-balancer-tls-listener", "a redirect", OK, "", Change("listener", "protocol", "HTTP"),
         Change("listener", "defaultActions", [{"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}])),
    edge("load-balancer-tls-listener", "a redirect to HTTP", V, "listener", Change("listener", "protocol", "HTTP"), Change("listener", "defaultActions", [{"type": "redirect", "redirect": {"protocol": "HTTP"}}])),
    edge("ecs-stop-timeout", "a sidecar that is not essential", OK, "", Change("task", "containerDefinitions![1].essential", False), Change("task", "containerDefinitions![1].stopTimeout", ABSENT)),
)  # fmt: skip

IMPOSSIBLE: tuple[Impossible, ...] = ()
