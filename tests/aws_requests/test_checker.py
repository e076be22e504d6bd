"""The checker accepts valid requests of every protocol, and finds every kind of invalid request."""

from typing import Any

import boto3
import cbor2
import pytest
from botocore.config import Config

from tests import emulated
from tests.aws_requests import known
from tests.aws_requests.check import check, problems
from tests.aws_requests.constraints import matches
from tests.aws_requests.models import UnparsableError
from tests.aws_requests.parsing import parse
from tests.aws_requests.recorded import Recorded

PROVIDER = "aws-sdk-go-v2/1.41.0 ua/2.1"
SCOPE = "AWS4-HMAC-SHA256 Credential=test/20261129/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"


class SentError(Exception):
    """Ends a call once its request has been built."""


def sent(service: str, operation: str, **parameters: Any) -> Recorded:
    """Return the request that botocore builds for a call, without validation of its parameters."""
    seen: list[Recorded] = []

    def keep(request: Any, **_: Any) -> None:
        headers = {
            name.lower(): value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        body = request.body.read() if hasattr(request.body, "read") else request.body
        target = "/" + request.url.split("/", 3)[3]
        seen.append(Recorded(request.method, target, headers, body.encode() if isinstance(body, str) else body or b""))
        raise SentError

    client = emulated.client(
        "http://127.0.0.1:1",
        service,
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    client.meta.events.register("before-send", keep)
    with pytest.raises(SentError):
        getattr(client, operation)(**parameters)
    (request,) = seen
    return request


GROUP = {"GroupName": "api", "Description": "Tasks: from the balancer (3333/tcp)", "VpcId": "vpc-1"}
PAIR = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2}
RULE = {"Name": "r", "Priority": 1, "Statement": {}, "VisibilityConfig": {}}
ALARM = {
    "AlarmName": "a",
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 1,
    "Period": 60,
    "Dimensions": [{"Name": "n", "Value": "v"}],
}
LIFECYCLE = {"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 3}}]}
RECORD = {"Name": "a.test", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}


def change(**record: Any) -> dict[str, Any]:
    return {"Changes": [{"Action": "CREATE", "ResourceRecordSet": {**RECORD, **record}}]}


RIGHT = [
    ("ec2", "create_security_group", GROUP),
    ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}),
    ("ec2", "describe_subnets", {"Filters": [{"Name": "vpc-id", "Values": ["vpc-1", "vpc-2"]}]}),
    (
        "ec2",
        "authorize_security_group_ingress",
        {
            "GroupId": "sg-1",
            "IpPermissions": [{**PAIR, "UserIdGroupPairs": [{"GroupId": "sg-2", "Description": "x!"}]}],
        },
    ),
    (
        "rds",
        "create_db_instance",
        {"DBInstanceIdentifier": "d", "DBInstanceClass": "db.t4g.micro", "Engine": "postgres"},
    ),
    ("rds", "add_tags_to_resource", {"ResourceName": "arn:aws:rds:x", "Tags": [{"Key": "k", "Value": "v"}]}),
    ("sns", "create_topic", {"Name": "alerts", "Attributes": {"DisplayName": "x"}}),
    ("elbv2", "create_target_group", {"Name": "api", "Protocol": "TCP", "Port": 3333, "TargetType": "ip"}),
    ("iam", "create_role", {"RoleName": "r", "AssumeRolePolicyDocument": "{}"}),
    ("ecs", "create_cluster", {"clusterName": "c", "settings": [{"name": "containerInsights", "value": "enabled"}]}),
    ("kms", "create_key", {"Description": "k", "Tags": [{"TagKey": "k", "TagValue": ""}]}),
    ("application-autoscaling", "describe_scalable_targets", {"ServiceNamespace": "ecs"}),
    ("cloudwatch", "put_metric_alarm", ALARM),
    ("backup", "create_backup_vault", {"BackupVaultName": "vault", "BackupVaultTags": {"k": "v"}}),
    ("apigateway", "create_api_key", {"name": "k", "enabled": True, "tags": {"k": "v"}}),
    ("apigateway", "get_rest_apis", {"limit": 5}),
    ("apigateway", "put_rest_api", {"restApiId": "a", "mode": "overwrite", "body": b"{}"}),
    ("apigateway", "tag_resource", {"resourceArn": "arn:aws:apigateway:us-east-1::/restapis/a", "tags": {"k": "v"}}),
    ("s3", "create_bucket", {"Bucket": "one-bucket"}),
    ("s3", "put_bucket_lifecycle_configuration", {"Bucket": "one-bucket", "LifecycleConfiguration": LIFECYCLE}),
    ("s3", "list_buckets", {}),
    ("s3", "list_objects_v2", {"Bucket": "one-bucket", "MaxKeys": 5}),
    ("s3", "put_object", {"Bucket": "one-bucket", "Key": "a/b c", "Body": b"x"}),
    ("s3", "copy_object", {"Bucket": "one-bucket", "Key": "a", "CopySource": "other/x"}),
    ("s3", "put_bucket_tagging", {"Bucket": "one-bucket", "Tagging": {"TagSet": [{"Key": "k", "Value": "v"}]}}),
    ("route53", "change_resource_record_sets", {"HostedZoneId": "Z1", "ChangeBatch": change()}),
    ("cloudfront", "list_distributions", {"MaxItems": "5"}),
]


@pytest.mark.parametrize(("service", "operation", "parameters"), RIGHT)
def test_what_is_right_is_read_as_it_was_meant(service, operation, parameters):
    request = sent(service, operation, **parameters)
    call = parse(request)
    method = boto3.client(service, region_name="us-east-1").meta.method_to_api_mapping[operation]
    assert call.operation.name == method
    assert problems(request) == []
    for name, value in parameters.items():
        assert call.parameters[name] == value, name


def test_a_pre_signed_url_is_read_by_the_signature_in_its_query():
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    client = emulated.client("http://127.0.0.1:1", "s3", config=config)
    parameters = {"Bucket": "one-bucket", "Key": "a", "ResponseContentType": "text/plain"}
    url = client.generate_presigned_url("get_object", Params=parameters)
    call = parse(Recorded("GET", "/" + url.split("/", 3)[3]))
    assert (call.name, call.parameters, call.unknown) == ("s3 GetObject", parameters, ())


WRONG = [
    # EC2
    ("ec2", "create_security_group", {**GROUP, "Description": "the balancer's"}, "Description", "does not match"),
    ("ec2", "create_security_group", {**GROUP, "GroupName": "sg-api"}, "GroupName", "does not match"),
    ("ec2", "create_security_group", {"GroupName": "api"}, "Description", "is missing"),
    ("ec2", "run_instances", {"MinCount": 1, "MaxCount": 1, "InstanceType": "t9.huge"}, "InstanceType", "is not among"),
    (
        "ec2",
        "authorize_security_group_ingress",
        {"GroupId": "sg-1", "IpPermissions": [{**PAIR, "UserIdGroupPairs": [{"Description": "it's"}]}]},
        "IpPermissions[].UserIdGroupPairs[].Description",
        "does not match",
    ),
    (
        "ec2",
        "authorize_security_group_ingress",
        {"IpPermissions": [{"FromPort": "x"}]},
        "IpPermissions[].FromPort",
        "is no integer",
    ),
    ("ec2", "create_tags", {"Resources": ["x"], "Tags": [{"Key": "aws:x", "Value": ""}]}, "Tags", "the key of a tag"),
    # query
    ("sns", "create_topic", {"Name": "a topic"}, "Name", "does not match"),
    ("rds", "create_db_instance", {"DBInstanceIdentifier": "a--b", "DBInstanceClass": "c"}, "Engine", "is missing"),
    (
        "rds",
        "create_db_instance",
        {"DBInstanceIdentifier": "a--b", "DBInstanceClass": "c"},
        "DBInstanceIdentifier",
        "does not match",
    ),
    (
        "iam",
        "create_role",
        {"RoleName": "r" * 65, "AssumeRolePolicyDocument": "{}"},
        "RoleName",
        "its length 65 is more than 64",
    ),
    ("iam", "create_role", {"RoleName": "r/r", "AssumeRolePolicyDocument": "{}"}, "RoleName", "does not match"),
    ("elbv2", "create_target_group", {"Name": "a", "Port": 70000}, "Port", "70000 is more than 65535"),
    ("elbv2", "create_target_group", {"Name": "a", "Protocol": "SMTP"}, "Protocol", "is not among"),
    ("elbv2", "create_load_balancer", {"Name": "internal-a"}, "Name", "does not match"),
    # json
    (
        "ecs",
        "create_service",
        {"serviceName": "s", "schedulingStrategy": "RANDOM"},
        "schedulingStrategy",
        "is not among",
    ),
    ("ecs", "create_service", {"serviceName": 5}, "serviceName", "is no string"),
    ("ecs", "create_service", {}, "serviceName", "is missing"),
    ("ecs", "create_cluster", {"tags": [{"key": str(n), "value": ""} for n in range(51)]}, "tags", "51"),
    ("secretsmanager", "create_secret", {"Name": "shop-abcdef"}, "Name", "does not match"),
    ("wafv2", "create_rule_group", {"Rules": [{**RULE, "Name": "a b"}]}, "Rules[].Name", "does not match"),
    ("logs", "put_retention_policy", {"logGroupName": "g"}, "retentionInDays", "is missing"),
    # CBOR
    ("cloudwatch", "put_metric_alarm", {**ALARM, "Period": 0}, "Period", "0 is less than 1"),
    ("cloudwatch", "put_metric_alarm", {**ALARM, "Statistic": "Middle"}, "Statistic", "is not among"),
    ("cloudwatch", "put_metric_alarm", {**ALARM, "Dimensions": [{"Name": "n"}]}, "Dimensions[].Value", "is missing"),
    # REST with JSON
    ("backup", "create_backup_vault", {"BackupVaultName": "a vault"}, "BackupVaultName", "does not match"),
    (
        "backup",
        "create_backup_vault",
        {"BackupVaultName": "vault", "BackupVaultTags": {"aws:k": "v"}},
        "BackupVaultTags",
        "the key of a tag",
    ),
    ("backup", "create_backup_plan", {"BackupPlan": {"Rules": []}}, "BackupPlan.BackupPlanName", "is missing"),
    ("apigateway", "create_api_key", {"enabled": "yes"}, "enabled", "is no boolean"),
    ("apigateway", "put_rest_api", {"restApiId": "a", "mode": "append", "body": b"{}"}, "mode", "is not among"),
    # REST with XML
    ("s3", "create_bucket", {"Bucket": "One_Bucket"}, "Bucket", "does not match"),
    (
        "s3",
        "put_bucket_lifecycle_configuration",
        {"Bucket": "one-bucket", "LifecycleConfiguration": {"Rules": [{"Status": "On"}]}},
        "LifecycleConfiguration.Rules[].Status",
        "is not among",
    ),
    ("s3", "put_object", {"Bucket": "one-bucket", "Key": "a", "StorageClass": "COLD"}, "StorageClass", "is not among"),
    (
        "route53",
        "change_resource_record_sets",
        {"HostedZoneId": "Z1", "ChangeBatch": change(TTL=-5)},
        "ChangeBatch.Changes[].ResourceRecordSet.TTL",
        "-5 is less than 0",
    ),
    (
        "route53",
        "change_resource_record_sets",
        {"HostedZoneId": "Z" * 33, "ChangeBatch": change()},
        "HostedZoneId",
        "its length 33 is more than 32",
    ),
]


@pytest.mark.parametrize(("service", "operation", "parameters", "path", "problem"), WRONG)
def test_what_is_wrong_is_found_where_it_is(service, operation, parameters, path, problem):
    found = problems(sent(service, operation, **parameters))
    assert any(where.split(" ")[2:] == [path] and problem in what for where, what in found), found


def signed(service: str, method: str = "POST", target: str = "/", body: bytes = b"", **headers: str) -> Recorded:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Recorded(method, target, {"authorization": SCOPE.format(service), "user-agent": PROVIDER, **given}, body)


UNKNOWN = [
    (signed("sns", body=b"Action=ListTopics&Version=2010-03-31&Nonsense=1"), "Nonsense"),
    (signed("ec2", body=b"Action=DescribeVpcs&Version=2016-11-15&VpcId.1=a&VpcIds.1=b"), "VpcIds.1"),
    (
        signed(
            "ecs", body=b'{"cluster": "c", "nonsense": 1}', x_amz_target="AmazonEC2ContainerServiceV20141113.ListTasks"
        ),
        "nonsense",
    ),
    (
        signed(
            "monitoring",
            target="/service/GraniteServiceVersion20100801/operation/DeleteAlarms",
            body=cbor2.dumps({"AlarmNames": ["a"], "Nonsense": 1}),
        ),
        "Nonsense",
    ),
    (signed("backup", "PUT", "/backup-vaults/v", b'{"Nonsense": 1}'), "Nonsense"),
    (signed("backup", "PUT", "/backup-vaults/v?nonsense=1"), "?nonsense"),
    (
        signed("s3", "PUT", "/one-bucket?versioning", b"<VersioningConfiguration><No/></VersioningConfiguration>"),
        "VersioningConfiguration.No",
    ),
    (signed("s3", "PUT", "/one-bucket?versioning", b"<Versioning/>"), "Versioning in place of VersioningConfiguration"),
]


@pytest.mark.parametrize(("request_", "name"), UNKNOWN)
def test_what_no_model_has_is_found(request_, name):
    assert any(
        where.endswith(f" {name}") and problem == "is unknown to the model" for where, problem in problems(request_)
    )


UNPARSABLE = [
    (Recorded("POST", "/", {"user-agent": PROVIDER}), "not signed"),
    (signed("nonsense"), "no model of nonsense"),
    (signed("sns", body=b"Action=Sing&Version=2010-03-31"), "no operation 'Sing'"),
    (signed("sns", body=b"Action=ListTopics&Version=2001-01-01"), "version 2001-01-01"),
    (signed("sns", body=b"\xff"), "body"),
    (signed("ecs", x_amz_target="AmazonEC2ContainerServiceV20141113.Sing"), "no operation 'Sing'"),
    (signed("ecs", x_amz_target="Other.ListTasks"), "target prefix"),
    (signed("ecs", x_amz_target="AmazonEC2ContainerServiceV20141113.ListTasks", body=b"{"), "body"),
    (signed("ecs"), "no protocol"),
    (signed("monitoring", target="/service/G/operation/DeleteAlarms", body=b"\xff"), "body"),
    (signed("backup", "PATCH", "/backup-vaults/v"), "no operation"),
    (signed("s3", "PUT", "/one-bucket?versioning", b"<Versioning"), "body"),
]


@pytest.mark.parametrize(("request_", "reason"), UNPARSABLE)
def test_what_cannot_be_read_is_no_pass(request_, reason):
    report = check([request_])
    (said,) = report.unparsable
    assert reason in said
    assert not report.checked
    with pytest.raises(UnparsableError):
        parse(request_)


def test_a_report_tells_what_was_checked_and_what_is_wrong():
    right = signed("sns", body=b"Action=ListTopics&Version=2010-03-31")
    wrong = signed("sns", body=b"Action=CreateTopic&Version=2010-03-31&Name=a+topic")
    other = Recorded(wrong.method, wrong.target, {**wrong.headers, "user-agent": "Boto3/1.44"}, wrong.body)
    report = check([right, wrong, other])
    assert report.checked == {"sns": 2}
    assert report.others == {"sns": 1}
    (said,) = report.wrong.items()
    assert said[0].startswith("sns CreateTopic Name: 'a topic' does not match")
    assert said[1] == 2
    assert not report.known
    assert not report.unparsable


@pytest.mark.parametrize("each", known.KNOWN, ids=lambda each: each.where)
def test_what_the_provider_is_known_for_is_narrow_and_has_a_reason(each):
    assert each.reason.endswith(".")
    assert known.is_known(each.where, f"{each.problem}x")
    assert not known.is_known(each.where, f"x{each.problem}")
    assert not known.is_known(f"{each.where}x", each.problem)


def test_patterns_are_held_against_the_whole_text_as_java_does():
    assert matches("[a-z]+", "abc")
    assert not matches("[a-z]+", "abc1")
    assert matches(r"[\p{L}]*", "é")
    assert matches(r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*", "a\U0001f600")
