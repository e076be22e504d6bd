"""The emulator's process, and each patch of moto, tested by boto3."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest

from tests import emulated
from tests.waiting import wait_until
from toolchain.emulator import patches, process
from toolchain.emulator.answers import AnswersAgain
from toolchain.emulator.patching import add
from toolchain.emulator.process import Emulator
from toolchain.system.background import BackgroundProcess
from toolchain.system.processes import is_running

CACHE = {
    "ReplicationGroupId": "cache",
    "ReplicationGroupDescription": "d",
    "Engine": "valkey",
    "CacheNodeType": "cache.t4g.micro",
    "NumCacheClusters": 2,
    "AtRestEncryptionEnabled": True,
}
LOG_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"],
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::logs/*",
        },
    ],
}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    running = Emulator(tmp_path_factory.mktemp("emulator"))
    running.start()
    yield running
    assert running.stop()
    assert running.endpoint() is None


@pytest.fixture(scope="module")
def client(emulator) -> Any:
    def make(service: str) -> Any:
        return emulated.client(emulator.endpoint(), service)

    return make


def test_it_outlives_the_terminal_and_is_found_again(emulator):
    status = json.loads((emulator.directory / "emulator.json").read_text())
    os.kill(status["pid"], signal.SIGINT)
    assert Emulator(emulator.directory).endpoint() == f"http://127.0.0.1:{status['port']}"


def test_one_that_has_ended_is_not_found(tmp_path):
    ended = Emulator(tmp_path)
    ended.start()
    os.kill(json.loads((tmp_path / "emulator.json").read_text())["pid"], signal.SIGKILL)
    assert ended.endpoint() is None
    assert ended.stop() is False


def process_of(emulator: Emulator) -> int:
    return json.loads((emulator.directory / "emulator.json").read_text())["pid"]


def wait_for_end(pid: int) -> None:
    wait_until(lambda: not is_running(pid), "the emulator ends", 20)


def test_one_that_hangs_is_ended_before_another_is_started(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(process, "STOP_SECONDS", 0.5)
    hanging = Emulator(tmp_path)
    hanging.start()
    first = process_of(hanging)
    os.kill(first, signal.SIGSTOP)
    assert hanging.endpoint() is None
    monkeypatch.setattr(process, "ANSWER_SECONDS", 30)
    hanging.start()
    assert not is_running(first)
    os.kill(process_of(hanging), signal.SIGSTOP)
    assert hanging.stop() is True


def test_another_process_under_its_number_is_neither_asked_nor_ended(tmp_path, emulator):
    innocent = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    port = json.loads((emulator.directory / "emulator.json").read_text())["port"]
    (tmp_path / "emulator.json").write_text(json.dumps({"pid": innocent.pid, "port": port}))
    assert Emulator(tmp_path).endpoint() is None
    assert Emulator(tmp_path).stop() is False
    assert innocent.poll() is None
    innocent.kill()
    innocent.wait()


def test_it_ends_when_its_file_is_gone_with_the_checkout(tmp_path):
    forgotten = Emulator(tmp_path / "stack")
    forgotten.start()
    pid = process_of(forgotten)
    shutil.rmtree(tmp_path / "stack")
    wait_for_end(pid)


def test_one_whose_start_is_interrupted_does_not_go_on_unknown(tmp_path, monkeypatch):
    started: list[int] = []

    def interrupted(_self: BackgroundProcess, process: "subprocess.Popen[bytes]", _ready: object) -> str:
        started.append(process.pid)
        raise KeyboardInterrupt

    monkeypatch.setattr(BackgroundProcess, "_answer_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Emulator(tmp_path).start()
    assert not psutil.pid_exists(started[0]), "not even as one that was not waited for"


def test_the_profile_of_the_shell_does_not_matter(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "there-is-none")
    own = Emulator(tmp_path)
    assert own.start()
    assert own.stop()


def test_the_log_says_which_operation_was_asked_for(client, emulator):
    client("logs").describe_log_groups()
    assert "200 logs Logs_20140328.DescribeLogGroups" in emulator.log_file.read_text()


def test_cloudwatch_in_its_current_protocol(client):
    cloudwatch = client("cloudwatch")
    alarm = {"AlarmName": "a", "MetricName": "m", "Namespace": "n", "Period": 60, "EvaluationPeriods": 1}
    cloudwatch.put_metric_alarm(**alarm, Threshold=1.5, ComparisonOperator="GreaterThanThreshold", Statistic="Sum")
    (found,) = cloudwatch.describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    assert found["Threshold"] == 1.5
    assert found["StateUpdatedTimestamp"].year >= 2026
    cloudwatch.put_dashboard(DashboardName="d", DashboardBody='{"widgets":[]}')
    assert cloudwatch.get_dashboard(DashboardName="d")["DashboardBody"] == '{"widgets":[]}'


def test_cloudfront_functions_and_response_headers_policies(client):
    cloudfront = client("cloudfront")
    config = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    made = cloudfront.create_function(Name="f", FunctionConfig=config, FunctionCode=b"x")
    published = cloudfront.publish_function(Name="f", IfMatch=made["ETag"])["FunctionSummary"]
    assert published["FunctionMetadata"]["Stage"] == "LIVE"
    policy = cloudfront.create_response_headers_policy(ResponseHeadersPolicyConfig={"Name": "p"})
    identifier = policy["ResponseHeadersPolicy"]["Id"]
    found = cloudfront.get_response_headers_policy(Id=identifier)["ResponseHeadersPolicy"]
    assert found["ResponseHeadersPolicyConfig"]["Name"] == "p"
    cloudfront.delete_response_headers_policy(Id=identifier, IfMatch=policy["ETag"])
    with pytest.raises(cloudfront.exceptions.NoSuchResponseHeadersPolicy):
        cloudfront.get_response_headers_policy(Id=identifier)


def test_a_distribution_is_read_back_as_it_was_given(client):
    function = {
        "LambdaFunctionARN": "arn:aws:lambda:us-east-1:123456789012:function:login:1",
        "EventType": "viewer-request",
        "IncludeBody": False,
    }
    behaviour = {
        "TargetOriginId": "o",
        "ViewerProtocolPolicy": "redirect-to-https",
        "CachePolicyId": "c",
        "LambdaFunctionAssociations": {"Quantity": 1, "Items": [function]},
    }
    origin = {
        "Id": "o",
        "DomainName": "b.s3.us-east-1.amazonaws.com",
        "OriginAccessControlId": "E1",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    config = {
        "CallerReference": "r",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": behaviour,
        "ViewerCertificate": {"ACMCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1"},
    }
    made = client("cloudfront").create_distribution(DistributionConfig=config)["Distribution"]["DistributionConfig"]
    assert made["Origins"]["Items"][0]["OriginAccessControlId"] == "E1"
    assert "ForwardedValues" not in made["DefaultCacheBehavior"]
    assert made["DefaultCacheBehavior"]["LambdaFunctionAssociations"]["Items"] == [function]
    assert made["ViewerCertificate"]["CloudFrontDefaultCertificate"] is False


def test_a_replication_group_has_its_members(client):
    elasticache = client("elasticache")
    elasticache.create_cache_parameter_group(
        CacheParameterGroupName="p", CacheParameterGroupFamily="valkey8", Description="d"
    )
    assert len(elasticache.describe_cache_parameter_groups(CacheParameterGroupName="p")["CacheParameterGroups"]) == 1
    group = elasticache.create_replication_group(**CACHE, CacheParameterGroupName="p")["ReplicationGroup"]
    assert group["MemberClusters"] == ["cache-001", "cache-002"]
    for member in group["MemberClusters"]:
        (cluster,) = elasticache.describe_cache_clusters(CacheClusterId=member)["CacheClusters"]
        assert cluster["AtRestEncryptionEnabled"] is True
        assert cluster["CacheParameterGroup"]["CacheParameterGroupName"] == "p"
    elasticache.delete_replication_group(ReplicationGroupId="cache")
    assert elasticache.describe_cache_clusters()["CacheClusters"] == []


def test_buckets_keep_the_tags_that_they_are_made_with_and_log_under_any_policy(client):
    s3 = client("s3")
    s3.create_bucket(Bucket="site", CreateBucketConfiguration={"Tags": [{"Key": "stack", "Value": "local"}]})
    assert s3.get_bucket_tagging(Bucket="site")["TagSet"] == [{"Key": "stack", "Value": "local"}]
    s3.create_bucket(Bucket="logs")
    s3.put_bucket_policy(Bucket="logs", Policy=json.dumps(LOG_POLICY))
    status = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "site/"}}
    s3.put_bucket_logging(Bucket="site", BucketLoggingStatus=status)
    assert s3.get_bucket_logging(Bucket="site")["LoggingEnabled"]["TargetBucket"] == "logs"


def test_a_bucket_that_refuses_plain_http_is_read_and_written(client):
    s3 = client("s3")
    s3.create_bucket(Bucket="private")
    everything = ["arn:aws:s3:::private", "arn:aws:s3:::private/*"]
    refusal = {"Effect": "Deny", "Principal": "*", "Action": ["s3:*"], "Resource": everything}
    secure = {**refusal, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    s3.put_bucket_policy(Bucket="private", Policy=json.dumps({"Version": "2012-10-17", "Statement": [secure]}))
    s3.put_object(Bucket="private", Key="a", Body=b"a")
    assert s3.get_object(Bucket="private", Key="a")["Body"].read() == b"a"
    s3.put_bucket_policy(Bucket="private", Policy=json.dumps({"Version": "2012-10-17", "Statement": [refusal]}))
    with pytest.raises(s3.exceptions.ClientError, match="403"):
        s3.get_object(Bucket="private", Key="a")


def test_the_live_code_of_a_function_is_what_was_published(client):
    cloudfront = client("cloudfront")
    config = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    made = cloudfront.create_function(Name="staged", FunctionConfig=config, FunctionCode=b"one")
    with pytest.raises(cloudfront.exceptions.NoSuchFunctionExists):
        cloudfront.get_function(Name="staged", Stage="LIVE")
    cloudfront.publish_function(Name="staged", IfMatch=made["ETag"])
    cloudfront.update_function(Name="staged", IfMatch=made["ETag"], FunctionConfig=config, FunctionCode=b"two")
    codes = [
        cloudfront.get_function(Name="staged", Stage=stage)["FunctionCode"].read() for stage in ("LIVE", "DEVELOPMENT")
    ]
    assert codes == [b"one", b"two"]


def test_invalidations_wait_for_an_edge_that_reports(client, emulator):
    cloudfront = client("cloudfront")
    origin = {"Id": "o", "DomainName": "example.com"}
    made = cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": "invalidated",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"},
        }
    )["Distribution"]["Id"]

    def status(reference: str) -> tuple[str, str]:
        batch = {"CallerReference": reference, "Paths": {"Quantity": 1, "Items": ["/*"]}}
        invalidation = cloudfront.create_invalidation(DistributionId=made, InvalidationBatch=batch)["Invalidation"]
        return invalidation["Id"], invalidation["Status"]

    def report(completed: list[str]) -> None:
        url = f"{emulator.endpoint()}/data-plane/cloudfront-invalidations"
        urllib.request.urlopen(
            urllib.request.Request(url, json.dumps({"completed": completed}).encode(), method="POST")
        )

    assert status("alone")[1] == "Completed"
    report([])
    identifier, told = status("watched")
    assert told == "InProgress"
    report([identifier])
    assert cloudfront.get_invalidation(DistributionId=made, Id=identifier)["Invalidation"]["Status"] == "Completed"


def test_s3_control_by_proxy(client, emulator):
    client("s3").create_bucket(Bucket="tagged", CreateBucketConfiguration={"Tags": [{"Key": "a", "Value": "b"}]})
    host = emulator.endpoint().removeprefix("http://")
    request = urllib.request.Request(
        f"http://123456789012.{host}/v20180820/tags/arn:aws:s3:::tagged",
        headers={
            "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, Signature=x",
            "x-amz-account-id": "123456789012",
        },
    )
    request.set_proxy(host, "http")
    with urllib.request.urlopen(request) as response:
        assert b"<Key>a</Key>" in response.read()


def test_a_target_that_is_gone_is_deregistered_without_an_error(client):
    vpc = client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    elb = client("elbv2")
    made = elb.create_target_group(Name="gone", Protocol="TCP", Port=80, VpcId=vpc, TargetType="ip")
    group = made["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.9.0.4"}])
    for _ in range(2):
        elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": "10.9.0.4"}, {"Id": "10.9.0.5"}])
    (health,) = elb.describe_target_health(TargetGroupArn=group, Targets=[{"Id": "10.9.0.4"}])[
        "TargetHealthDescriptions"
    ]
    assert health["TargetHealth"]["Reason"] == "Target.NotRegistered"


def test_a_domain_name_without_mappings_has_none(client):
    gateway = client("apigateway")
    gateway.create_domain_name(domainName="api.example.com")
    assert gateway.get_base_path_mappings(domainName="api.example.com")["items"] == []
    with pytest.raises(gateway.exceptions.NotFoundException):
        gateway.get_base_path_mappings(domainName="other.example.com")


def test_backup_selections_and_tags(client):
    backup = client("backup")
    vault = backup.create_backup_vault(BackupVaultName="v", BackupVaultTags={"stack": "local"})
    assert backup.list_tags(ResourceArn=vault["BackupVaultArn"])["Tags"] == {"stack": "local"}
    rule = {"RuleName": "r", "TargetBackupVaultName": "v"}
    plan = backup.create_backup_plan(BackupPlan={"BackupPlanName": "p", "Rules": [rule]})["BackupPlanId"]
    role = "arn:aws:iam::123456789012:role/r"
    selection = {"SelectionName": "s", "IamRoleArn": role, "Resources": ["arn:aws:rds:us-east-1:123456789012:db:d"]}
    made = backup.create_backup_selection(BackupPlanId=plan, BackupSelection=selection)["SelectionId"]
    assert backup.get_backup_selection(BackupPlanId=plan, SelectionId=made)["BackupSelection"] == selection
    backup.delete_backup_selection(BackupPlanId=plan, SelectionId=made)
    with pytest.raises(backup.exceptions.ResourceNotFoundException):
        backup.get_backup_selection(BackupPlanId=plan, SelectionId=made)


def test_every_patch_says_why_and_whether_it_was_offered_upstream():
    assert len(patches.PATCHES) >= 20
    for patch in patches.PATCHES:
        said = " ".join((patch.__doc__ or "").split())
        assert "Reason: " in said, patch.__name__
        # why not, or the number of the issue or pull request at moto
        assert re.search(r"Not offered upstream: \w|Offered upstream: moto (issue|pull request) \d+", said), (
            patch.__name__
        )


def test_a_patch_that_a_newer_moto_makes_needless_is_refused():
    with pytest.raises(RuntimeError, match=r"moto has str\.upper by now: remove its patch"):
        add(str, "upper", str.lower)


def test_a_request_that_is_sent_again_gets_the_answer_it_had():
    asked = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        asked.append(environ["HTTP_AMZ_SDK_INVOCATION_ID"])
        start_response("500 no" if environ["HTTP_AMZ_SDK_INVOCATION_ID"] == "broken" else "200 OK", [])
        return [str(len(asked)).encode()]

    again = AnswersAgain(application)

    def ask(invocation: str) -> bytes:
        environ = {"HTTP_AMZ_SDK_INVOCATION_ID": invocation, "REQUEST_METHOD": "POST", "PATH_INFO": "/"}
        return b"".join(again(environ, lambda *_: None))

    assert [ask(i) for i in ("a", "b", "a", "broken", "broken")] == [b"1", b"2", b"1", b"3", b"4"]


def test_a_request_that_is_repeated_while_it_is_being_answered_waits_for_that_answer():
    began, may_end, asked = threading.Event(), threading.Event(), []

    def application(_environ, start_response):
        asked.append(None)
        began.set()
        assert may_end.wait(30)
        start_response("200 OK", [])
        return [str(len(asked)).encode()]

    again = AnswersAgain(application)
    environ = {"HTTP_AMZ_SDK_INVOCATION_ID": "a", "REQUEST_METHOD": "POST", "PATH_INFO": "/"}
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(lambda: b"".join(again(environ, lambda *_: None)))
        assert began.wait(30)
        second = pool.submit(lambda: b"".join(again(environ, lambda *_: None)))
        wait_until(lambda: again._turns["a"].wanted == 2, "the second request waits", 30)
        may_end.set()
        assert (first.result(), second.result()) == (b"1", b"1")
    assert again._turns == {}


def test_a_bucket_with_delete_markers_is_emptied_when_its_versioning_is_suspended(client):
    """On a destroy, the provider first suspends the versioning and then empties the bucket."""
    s3 = client("s3")
    s3.create_bucket(Bucket="emptied")
    for status in ("Enabled", "Suspended"):
        s3.put_bucket_versioning(Bucket="emptied", VersioningConfiguration={"Status": status})
        if status == "Enabled":
            s3.put_object(Bucket="emptied", Key="a", Body=b"1")
            s3.delete_object(Bucket="emptied", Key="a")
    listed = s3.list_object_versions(Bucket="emptied")
    versions = [*listed["Versions"], *listed["DeleteMarkers"]]
    assert len(versions) == 2
    objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions]
    assert "Errors" not in s3.delete_objects(Bucket="emptied", Delete={"Objects": objects})
    s3.delete_bucket(Bucket="emptied")


def test_versions_of_strange_names_are_listed_encoded(client):
    """The provider empties a bucket by this list (Amazon S3 API Reference, "ListObjectVersions", encoding-type)."""
    s3 = client("s3")
    s3.create_bucket(Bucket="strange")
    s3.put_bucket_versioning(Bucket="strange", VersioningConfiguration={"Status": "Enabled"})
    names = ["%.t", "a b/ü+.txt"]
    for name in names:
        s3.put_object(Bucket="strange", Key=name, Body=b"1")
    # boto3 asks for encoded keys and decodes them, as long as the caller does not ask for them
    listed = s3.list_object_versions(Bucket="strange")["Versions"]
    assert [each["Key"] for each in listed] == names
    raw = s3.list_object_versions(Bucket="strange", EncodingType="url")
    assert [each["Key"] for each in raw["Versions"]] == ["%25.t", "a%20b/%C3%BC%2B.txt"]
    assert raw["EncodingType"] == "url"
