"""Compliant policies and destinations that a team adds: prod's rules report nothing about them."""

from typing import Any

import pytest

from tests.policy.compliant import bucket
from tests.policy.nodes import Json, Node, Ref, Stack
from tests.policy.test_sound_additions import OWN, allow, already, policy, refused

ACCOUNT = "123456789012"
EVERYBODY = {"AWS": "*"}
ABAC = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
CLUSTER = "oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF"


def _of_role(*statements: dict[str, Any]) -> Stack:
    return {
        "team-policy": Node("aws:iam/rolePolicy:RolePolicy", {"role": Ref("task-role"), "policy": policy(*statements)})
    }


def _of_bucket(name: str, *statements: dict[str, Any]) -> Stack:
    plain = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::*", "arn:aws:s3:::*/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    own = {"bucket": Ref(name), "policy": policy(plain, *statements)}
    return {
        **bucket(name, log_bucket="logs"),
        f"{name}-policy": Node("aws:s3/bucketPolicy:BucketPolicy", own),
        f"{name}-backup": Node("aws:backup/selection:Selection", {"resources": [Ref(name)]}),
    }


def role_for_what_has_its_tags() -> Stack:
    return _of_role(
        allow("kms:Decrypt", "*", Condition=ABAC),
        allow(["ec2:StopInstances", "ec2:StartInstances"], "arn:aws:ec2:*:*:instance/*", Condition=ABAC),
        allow("secretsmanager:GetSecretValue", "*", Condition={"StringEquals": {"aws:ResourceTag/team": "orders"}}),
        allow("ssm:StartSession", "*", Condition={"StringEquals": {"ssm:resourceTag/owner": "${aws:username}"}}),
    )


def role_that_decrypts_through_a_service() -> Stack:
    via = {"StringEquals": {"kms:ViaService": ["s3.us-east-1.amazonaws.com", "sqs.us-east-1.amazonaws.com"]}}
    return _of_role(allow("kms:Decrypt", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/*", Condition=via))


def role_that_starts_instances() -> Stack:
    region = f"arn:aws:ec2:us-east-1:{ACCOUNT}"
    made = [f"{region}:{kind}/*" for kind in ("instance", "volume", "network-interface")]
    used = [f"{region}:subnet/subnet-0a1b", f"{region}:security-group/sg-0a1b", "arn:aws:ec2:us-east-1::image/ami-0a1b"]
    return _of_role(
        allow("ec2:RunInstances", [*made, *used]),
        allow("ec2:CreateTags", f"{region}:*/*", Condition={"StringEquals": {"ec2:CreateAction": "RunInstances"}}),
        allow("ec2:CreateVolume", "*", Condition={"StringEquals": {"aws:RequestTag/team": "orders"}}),
    )


def role_of_a_service_account() -> Stack:
    claims = {f"{CLUSTER}:sub": "system:serviceaccount:shop:orders", f"{CLUSTER}:aud": "sts.amazonaws.com"}
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{CLUSTER}"},
        "Condition": {"StringEquals": claims},
    }
    return {"pod-role": Node("aws:iam/role:Role", {"assumeRolePolicy": policy(statement)})}


def role_of_a_workspace() -> Stack:
    host = "app.terraform.io"
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"},
        "Condition": {
            "StringEquals": {f"{host}:aud": "aws.workload.identity"},
            "StringLike": {f"{host}:sub": "organization:us:project:shop:workspace:prod:run_phase:*"},
        },
    }
    return {"workspace-role": Node("aws:iam/role:Role", {"assumeRolePolicy": policy(statement)})}


def bucket_of_access_logs() -> Stack:
    objects = f"arn:aws:s3:::balancer-logs/AWSLogs/{ACCOUNT}/*"
    return _of_bucket(
        "balancer-logs",
        allow("s3:PutObject", objects, Principal={"AWS": "arn:aws:iam::127311923021:root"}),
        allow("s3:PutObject", objects, Principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}),
    )


def bucket_of_an_older_site() -> Stack:
    reader = {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"}
    site = _of_bucket("old-site", allow("s3:GetObject", Ref("identity"), Principal=reader))
    return {**site, "identity": Node("aws:cloudfront/originAccessIdentity:OriginAccessIdentity", {})}


def bucket_of_the_company() -> Stack:
    of_organization = {"StringEquals": {"aws:PrincipalOrgID": "o-example"}}
    of_office = {"IpAddress": {"aws:SourceIp": "203.0.113.0/25"}}
    through_endpoint = {"StringEquals": {"aws:SourceVpce": "vpce-0a1b2c3d"}}
    of_owner = {"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}
    return _of_bucket(
        "shared-files",
        *(
            allow("s3:GetObject", "arn:aws:s3:::shared-files/*", Principal=EVERYBODY, Condition=condition)
            for condition in (of_organization, of_office, through_endpoint, of_owner)
        ),
    )


def bucket_within_its_network() -> Stack:
    outside = {
        "StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-0a1b2c3d"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"},
        "ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/administrator"},
    }
    others = {"StringNotEquals": {"aws:PrincipalOrgID": "o-example"}}
    data_only = {"StringNotEquals": {"aws:SourceVpce": "vpce-0a1b2c3d"}}

    def deny(action: str, condition: Any) -> dict[str, Any]:
        return {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*", "Condition": condition}

    return _of_bucket("within", deny("s3:*", outside), deny("s3:*", others), deny("s3:GetObject", data_only))


def bucket_that_tells() -> Stack:
    return {
        "told": Node(
            "aws:s3/bucketNotification:BucketNotification",
            {
                "bucket": Ref("uploads"),
                "queues": [{"queueArn": Ref("queue"), "events": ["s3:ObjectCreated:*"]}],
                "topics": [{"topicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:uploads", "events": ["s3:ObjectRemoved:*"]}],
            },
        )
    }


def destinations_of_a_team() -> Stack:
    return {
        "failures": Node(
            "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
            {"functionName": Ref("function"), "destinationConfig": {"onFailure": {"destination": Ref("queue")}}},
        ),
        "mirror": Node(
            "aws:ecr/replicationConfiguration:ReplicationConfiguration",
            {
                "replicationConfiguration": {
                    "rules": [{"destinations": [{"region": "us-west-2", "registryId": ACCOUNT}]}]
                }
            },
        ),
        "recovery": Node(
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            {"alarmActions": ["arn:aws:automate:us-east-1:ec2:recover", Ref("topic")]},
        ),
        "copies": Node(
            "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
            {"bucket": Ref("uploads"), "rules": [{"destination": {"bucket": Ref("data")}, "status": "Enabled"}]},
        ),
    }


def key_with_administrators() -> Stack:
    administrators = allow("kms:*", "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/administrator"})
    use = allow(["kms:Decrypt", "kms:GenerateDataKey"], "*", Principal={"Service": "sns.amazonaws.com"}, Condition=OWN)
    return {
        "own-key": Node("aws:kms/key:Key", {"enableKeyRotation": True, "policy": policy(administrators, use)}),
    }


def private_api() -> Stack:
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "execute-api:Invoke",
        "Resource": "execute-api:/*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-0f1e2d3c"}},
    }
    call = allow("execute-api:Invoke", "execute-api:/*", Principal="*")
    return {
        "inner-policy": Node(
            "aws:apigateway/restApiPolicy:RestApiPolicy", {"restApiId": Ref("api"), "policy": policy(call, deny)}
        )
    }


def imported_http_api() -> Stack:
    operation: dict[str, Any] = {"get": {"security": [{"jwt": []}]}}
    document: dict[str, Any] = {
        "paths": {"/orders": operation},
        "components": {"securitySchemes": {"jwt": {"type": "openIdConnect"}}},
    }
    return {"imported": Node("aws:apigatewayv2/api:Api", {"protocolType": "HTTP", "body": Json(document)})}


ADDITIONS = (
    role_for_what_has_its_tags,
    role_that_decrypts_through_a_service,
    role_that_starts_instances,
    role_of_a_service_account,
    role_of_a_workspace,
    bucket_of_access_logs,
    bucket_of_an_older_site,
    bucket_of_the_company,
    bucket_within_its_network,
    bucket_that_tells,
    destinations_of_a_team,
    key_with_administrators,
    private_api,
    imported_http_api,
)


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda addition: addition.__name__)
def test_sound_addition_is_not_refused(addition: Any, preview: bool) -> None:
    assert refused(addition(), preview=preview) - already(preview=preview) == set()
