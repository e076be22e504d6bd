"""Further bad values: one or a few for each kind of change that an attack on the pack showed to be unchecked."""

from typing import Any

from tests.policy.nodes import ABSENT, REMOVED

STRANGER = "999999999999"
AWS_KEY = "alias/aws/x"


def _every(*actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


def _lets_in(**principal: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": ["x:Y"], "Resource": "*", "Principal": principal}


FOREIGN = (_lets_in(AWS=STRANGER), _lets_in(AWS=f"arn:aws:iam::{STRANGER}:root"))
EVERYTHING = (
    _every("iam:PutRolePolicy"),
    _every("sts:AssumeRole"),
    _every("s3:GetObject"),
    _every("secretsmanager:GetSecretValue"),
    _every("s3:PutBucketPolicy"),
    _every("sqs:SendMessage"),
    {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
)
LOCKOUT = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}

OF_KINDS: dict[str, dict[str, tuple[Any, ...]]] = {
    "aws:acm/certificate:Certificate": {"domainName": ("*.example.com",)},
    "aws:apigateway/stage:Stage": {"variables": ({"SMTP_PASS": "x"}, {"k": "sk_live_" + "a" * 24})},
    "aws:appautoscaling/target:Target": {"minCapacity": (1,), "maxCapacity": (1000,)},
    "aws:backup/plan:Plan": {
        "rules[0].schedule": ("cron(0 5 1 1 ? *)",),
        "rules[0].copyActions[0].destinationVaultArn": (f"arn:aws:backup:us-east-1:{STRANGER}:backup-vault:x",),
    },
    "aws:budgets/budget:Budget": {"": (REMOVED,), "notifications": ([],), "limitAmount": ("10.00",)},
    "aws:cloudfront/distribution:Distribution": {
        "enabled": (False,),
        "origins[0].domainName": ("theirs.s3.amazonaws.com",),
    },
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": {
        "securityHeadersConfig.contentSecurityPolicy.contentSecurityPolicy": (
            "default-src *",
            "script-src 'unsafe-inline'",
        ),
        "securityHeadersConfig.frameOptions.override": (False,),
        "securityHeadersConfig.strictTransportSecurity.override": (False,),
    },
    "aws:cloudwatch/eventRule:EventRule": {"state": ("DISABLED",)},
    "aws:cloudwatch/eventTarget:EventTarget": {"": (REMOVED,)},
    "aws:cloudwatch/logDelivery:LogDelivery": {"": (REMOVED,)},
    "aws:cloudwatch/logGroup:LogGroup": {"kmsKeyId": (AWS_KEY,)},
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": {"policyDocument!Statement[0]": FOREIGN},
    "aws:ec2/subnet:Subnet": {"availabilityZone": ("us-east-1a", "us-east-1b")},
    "aws:ecs/service:Service": {"deploymentMinimumHealthyPercent": (0,)},
    "aws:ecs/taskDefinition:TaskDefinition": {
        "containerDefinitions![0].environment": ([{"name": "X", "value": "ghp_" + "a" * 36}],),
        "containerDefinitions![0].linuxParameters": ({"capabilities": {"add": ["SYS_PTRACE"]}},),
    },
    "aws:iam/role:Role": {
        "assumeRolePolicy!Statement[0].Principal": ({"AWS": STRANGER}, {"AWS": f"arn:aws:iam::{STRANGER}:root"})
    },
    "aws:iam/rolePolicy:RolePolicy": {"policy!Statement[0]": EVERYTHING},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
        "policyArn": ("arn:aws:iam::aws:policy/AmazonS3FullAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess")
    },
    "aws:kms/key:Key": {"isEnabled": (False,), "policy!Statement[0]": (*FOREIGN, LOCKOUT)},
    "aws:lb/loadBalancer:LoadBalancer": {"enableCrossZoneLoadBalancing": (False, ABSENT)},
    "aws:rds/instance:Instance": {
        "caCertIdentifier": ("rds-ca-2019",),
        "engineVersion": ("11.22",),
        "kmsKeyId": (AWS_KEY,),
        "password": ("hunter2",),
    },
    "aws:rds/parameterGroup:ParameterGroup": {"parameters": ([{"name": "rds.force_ssl", "value": "1"}],)},
    "aws:s3/bucketPolicy:BucketPolicy": {"policy!Statement[1]": (*FOREIGN, LOCKOUT)},
    "aws:secretsmanager/secret:Secret": {"kmsKeyId": ("alias/aws/secretsmanager",)},
    "aws:sns/topicPolicy:TopicPolicy": {
        "policy!Statement[0]": FOREIGN,
        "policy!Statement[0].Condition": (ABSENT,),
    },
    "aws:sns/topicSubscription:TopicSubscription": {"": (REMOVED,)},
    "aws:sns/topic:Topic": {"kmsMasterKeyId": ("alias/aws/sns",)},
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {"description": (ABSENT,)},
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
        "description": (ABSENT,),
        "cidrIpv4": ("52.0.0.0/8",),
    },
    "aws:wafv2/webAcl:WebAcl": {"rules": ([{"name": "x", "visibilityConfig": {"cloudwatchMetricsEnabled": True}}],)},
    "pulumi:providers:aws": {"accessKey": ("AKIA" + "A" * 16,)},
}
"""Type -> path -> bad values, as in ``tests.policy.mutations``."""
