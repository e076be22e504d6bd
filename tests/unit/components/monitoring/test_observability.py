"""The registered resources of the alert topic, the alarms and the dashboard."""

import json
import re
from string import Formatter
from typing import Any

import pulumi_aws as aws
import pytest

from spot_platform.monitoring.alert_topic import AlertTopic, AlertTopicArgs, AlertTopicTransforms
from spot_platform.monitoring.observability import Observability, ObservabilityArgs, ObservabilityTransforms
from spot_platform.monitoring.slack_alerts import SlackAlerts, SlackAlertsArgs, SlackAlertsTransforms
from spot_platform.monitoring.telemetry import (
    ApiTelemetry,
    BackupTelemetry,
    CacheTelemetry,
    CertificateTelemetry,
    DatabaseTelemetry,
    NatTelemetry,
    ServiceTelemetry,
    SiteTelemetry,
)
from tests.program import record_as_aws
from tests.recording import Recording, record

ACCOUNT = "123456789012"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts"


def arguments(**changes: Any) -> ObservabilityArgs:
    given: dict[str, Any] = {
        "region": "us-east-1",
        "alert_topic_arn": TOPIC,
        "service": ServiceTelemetry(
            cluster_name="cluster",
            service_name="api",
            load_balancer="net/internal/1",
            target_group="targetgroup/api/2",
            event_namespace="SpotPlatform/cluster",
            min_tasks=2,
            max_tasks=10,
            redeployment="arn:aws:states:us-east-1:123456789012:stateMachine:redeploy",
        ),
        "api": ApiTelemetry(name="platform", stage="prod", refusal_namespace="SpotPlatform/a1b2c3"),
        "database": DatabaseTelemetry(identifier="db", instance_class="db.t4g.small", allocated_storage_gib=20),
        "cache": CacheTelemetry(replication_group_id="cache", nodes=2),
        "site": SiteTelemetry(distribution_id="E1"),
        "backups": BackupTelemetry(vault_name="vault", copy_namespace="SpotPlatform/aws/events/copies"),
        "nat": NatTelemetry(gateway_ids={"a": "nat-1", "b": "nat-2"}),
        "certificates": CertificateTelemetry(arns={"api": "arn:aws:acm:us-east-1:123456789012:certificate/1"}),
    }
    return ObservabilityArgs(**{**given, **changes})


def made(transforms: ObservabilityTransforms | None = None, **changes: Any) -> Recording:
    def program() -> Any:
        return Observability("watch", arguments(**changes), transforms=transforms).dashboard_name

    return record(program)


@pytest.fixture(scope="module")
def observed() -> Recording:
    return made()


def test_nothing_is_left_unknown(observed: Recording) -> None:
    assert observed.unknown_inputs() == []
    assert observed.result == "spot-platform-test"


def test_every_alarm_tells_the_topic_and_takes_it_back(observed: Recording) -> None:
    alarms = observed.all("MetricAlarm")
    assert len(alarms) == 38
    for alarm in alarms:
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [TOPIC]
        assert alarm.inputs["treatMissingData"] in {"breaching", "notBreaching", "missing"}
        assert not [
            name
            for value in [alarm.inputs["namespace"], *alarm.inputs.get("dimensions", {}).values()]
            for _, name, _, _ in Formatter().parse(value)
            if name
        ]


@pytest.mark.parametrize(
    ("name", "namespace", "metric", "dimensions"),
    [
        ("watch-service-cpu", "AWS/ECS", "CPUUtilization", {"ClusterName": "cluster", "ServiceName": "api"}),
        (
            "watch-service-running-tasks",
            "ECS/ContainerInsights",
            "RunningTaskCount",
            {"ClusterName": "cluster", "ServiceName": "api"},
        ),
        (
            "watch-targets-healthy",
            "AWS/NetworkELB",
            "HealthyHostCount",
            {"TargetGroup": "targetgroup/api/2", "LoadBalancer": "net/internal/1"},
        ),
        ("watch-spot-interruptions", "SpotPlatform/cluster", "SpotInterruptions", None),
        ("watch-failed-deployment", "SpotPlatform/cluster", "FailedDeployments", None),
        ("watch-api-errors", "AWS/ApiGateway", "5XXError", {"ApiName": "platform", "Stage": "prod"}),
        ("watch-database-cpu", "AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "db"}),
        ("watch-cache-2-memory", "AWS/ElastiCache", "DatabaseMemoryUsagePercentage", {"CacheClusterId": "cache-002"}),
        (
            "watch-failed-redeployment",
            "AWS/States",
            "ExecutionsFailed",
            {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:redeploy"},
        ),
        ("watch-failed-backup", "AWS/Backup", "NumberOfBackupJobsFailed", {"BackupVaultName": "vault"}),
        ("watch-expired-backup", "AWS/Backup", "NumberOfBackupJobsExpired", {"BackupVaultName": "vault"}),
        ("watch-failed-copy", "SpotPlatform/aws/events/copies", "FailedCopies", None),
        ("watch-api-refusals", "SpotPlatform/a1b2c3", "Refusals", None),
        ("watch-site-errors", "AWS/CloudFront", "5xxErrorRate", {"DistributionId": "E1", "Region": "Global"}),
    ],
)
def test_alarms_find_their_metrics(
    observed: Recording, name: str, namespace: str, metric: str, dimensions: dict[str, str] | None
) -> None:
    inputs = observed.one("MetricAlarm", name).inputs
    assert (inputs["namespace"], inputs["metricName"], inputs.get("dimensions")) == (namespace, metric, dimensions)


def test_a_percentile_is_an_extended_statistic(observed: Recording) -> None:
    latency = observed.one("MetricAlarm", "watch-api-latency").inputs
    assert latency["extendedStatistic"] == "p95"
    assert "statistic" not in latency
    assert latency["threshold"] == 2000
    assert (latency["datapointsToAlarm"], latency["evaluationPeriods"]) == (8, 10)


def test_outside_us_east_1_the_site_is_on_the_dashboard_only() -> None:
    recording = made(region="sa-east-1")
    assert [alarm.name for alarm in recording.all("MetricAlarm") if "site" in alarm.name] == []
    assert "CloudFront Metrics" in recording.one("Dashboard").inputs["dashboardBody"]


def test_the_dashboard_has_the_names_filled_in(observed: Recording) -> None:
    text = observed.one("Dashboard").inputs["dashboardBody"]
    document = json.loads(text)
    assert text == json.dumps(document, sort_keys=True, separators=(",", ":"))
    assert "{" not in "".join(
        part
        for widget in document["widgets"]
        for line in widget["properties"]["metrics"]
        for part in line
        if isinstance(part, str)
    )
    titles = {widget["properties"]["title"] for widget in document["widgets"]}
    assert {"ECS CPU & Memory", "API Gateway Metrics", "CloudFront Metrics", "RDS Performance"} <= titles


def test_what_is_not_there_is_not_watched() -> None:
    recording = made(service=None, api=None, cache=None, site=None, backups=None, nat=None, certificates=None)
    assert {alarm.inputs["namespace"] for alarm in recording.all("MetricAlarm")} == {"AWS/RDS"}


def test_a_replica_is_watched_for_its_lag() -> None:
    database = DatabaseTelemetry(
        identifier="db", instance_class="db.t4g.small", allocated_storage_gib=20, replica_identifier="db-replica"
    )
    lag = made(database=database).one("MetricAlarm", "watch-database-replica-lag")
    assert lag.inputs["dimensions"] == {"DBInstanceIdentifier": "db-replica"}


def test_without_a_topic_alarms_only_show_and_without_a_dashboard_there_is_none() -> None:
    recording = made(alert_topic_arn=None, dashboard=False)
    assert all(alarm.inputs["alarmActions"] == [] for alarm in recording.all("MetricAlarm"))
    assert recording.all("Dashboard") == []
    assert recording.result is None


def test_transforms_reach_alarms_and_dashboard() -> None:
    transforms = ObservabilityTransforms(alarm={"actions_enabled": False}, dashboard={"dashboard_name": "mine"})
    recording = made(transforms)
    assert all(alarm.inputs["actionsEnabled"] is False for alarm in recording.all("MetricAlarm"))
    assert recording.one("Dashboard").inputs["dashboardName"] == "mine"


class TestAlertTopic:
    def made(self, transforms: AlertTopicTransforms | None = None, **changes: Any) -> Recording:
        given: dict[str, Any] = {"account_id": ACCOUNT, "emails": ["ops@example.com"], "kms_key_arn": KEY, **changes}
        return record(lambda: AlertTopic("alerts", AlertTopicArgs(**given), transforms=transforms).arn)

    def test_the_topic_is_encrypted_and_read_by_people(self) -> None:
        recording = self.made(emails=["ops@example.com", "lead@example.com"])
        assert recording.unknown_inputs() == []
        assert recording.one("Topic").inputs["kmsMasterKeyId"] == KEY
        subscriptions = {s.inputs["endpoint"]: s.inputs for s in recording.all("TopicSubscription")}
        assert set(subscriptions) == {"ops@example.com", "lead@example.com"}
        assert {s["protocol"] for s in subscriptions.values()} == {"email"}
        assert {s["topic"] for s in subscriptions.values()} == {recording.result}

    def test_an_https_address_is_told_once_it_has_confirmed(self) -> None:
        url = "https://alerts.example.com:8443/sns/token-1a2b"
        recording = self.made(emails=[], urls=[url])
        subscription = recording.one("TopicSubscription")
        assert subscription.inputs["protocol"] == "https"
        assert subscription.inputs["endpoint"] == url
        assert subscription.inputs["endpointAutoConfirms"] is True
        assert re.fullmatch(r"alerts-alerts\.example\.com-[0-9a-f]{8}", subscription.name)

    def test_who_publishes_is_admitted_before_the_topic_is_known(self) -> None:
        """Amazon RDS refuses an event subscription to a topic that it may not publish to (SNSNoAuthorization)."""

        def program() -> None:
            alerts = AlertTopic("alerts", AlertTopicArgs(account_id=ACCOUNT))
            aws.rds.EventSubscription("events", sns_topic=alerts.arn)

        recording = record(program)
        policy = recording.one("aws:sns/topicPolicy:TopicPolicy").urn
        assert policy in recording.one("EventSubscription").dependencies

    def test_only_services_of_this_account_publish_over_tls(self) -> None:
        recording = self.made()
        statements = {
            s["Sid"]: s
            for s in json.loads(recording.one("aws:sns/topicPolicy:TopicPolicy").inputs["policy"])["Statement"]
        }
        publish = statements["PublishForThisAccount"]
        assert "cloudwatch.amazonaws.com" in publish["Principal"]["Service"]
        # EventBridge sends no source account, so its statement would be open to the rules of all accounts.
        assert "events.amazonaws.com" not in publish["Principal"]["Service"]
        assert publish["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
        assert publish["Resource"] == [recording.result]
        deny = statements["DenyInsecureTransport"]
        assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", "*", ["sns:Publish"])

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"emails": ["ops"]}, "emails[0]=ops is not allowed; allowed: an email address, such as ops@example.com"),
            ({"emails": ["a@b.cc", "a@b.cc"]}, "emails[1]=a@b.cc is there twice"),
            ({"urls": ["https://a.b/c", "https://a.b/c"]}, "urls[1]=https://a.b/c is there twice"),
            (
                {"urls": ["http://a.b/c"]},
                (
                    "urls[0]=http://a.b/c is not allowed; allowed: an https address with a full host name, without a user or a fragment, "
                    "such as https://alerts.example.com/sns"
                ),
            ),
        ],
    )
    def test_an_address_that_cannot_be_right(self, given: dict[str, list[str]], message: str) -> None:
        expected = re.escape(f"AlertTopic 'alerts': {message}")

        def program() -> None:
            with pytest.raises(ValueError, match=f"^{expected}$"):
                AlertTopic("alerts", AlertTopicArgs(account_id=ACCOUNT, **given))

        assert record(program).resources == []

    def test_transforms_reach_every_child(self) -> None:
        transforms = AlertTopicTransforms(
            topic={"display_name": "Alerts"}, topic_policy={"policy": "{}"}, subscription={"protocol": "email-json"}
        )
        recording = self.made(transforms)
        assert recording.one("Topic").inputs["displayName"] == "Alerts"
        assert recording.one("aws:sns/topicPolicy:TopicPolicy").inputs["policy"] == "{}"
        assert recording.one("TopicSubscription").inputs["protocol"] == "email-json"


class TestSlackAlerts:
    def made(self, transforms: SlackAlertsTransforms | None = None) -> Recording:
        args = SlackAlertsArgs(topic_arn=TOPIC, workspace_id="T07EA123LEP", channel_id="C07EZ1ABC23")
        return record_as_aws(lambda: SlackAlerts("alerts", args, transforms=transforms) and None)

    def test_the_channel_shows_what_the_topic_is_told(self) -> None:
        recording = self.made()
        channel = recording.one("SlackChannelConfiguration").inputs
        assert channel["snsTopicArns"] == [TOPIC]
        assert (channel["slackTeamId"], channel["slackChannelId"]) == ("T07EA123LEP", "C07EZ1ABC23")
        assert channel["iamRoleArn"].startswith("arn:aws:iam::123456789012:role/alerts-slack-")
        assert recording.one("RolePolicy").urn in recording.one("SlackChannelConfiguration").dependencies

    def test_nobody_administers_the_account_from_the_channel(self) -> None:
        recording = self.made()
        channel = recording.one("SlackChannelConfiguration").inputs
        assert channel["guardrailPolicyArns"] == ["arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"]
        assert channel["userAuthorizationRequired"] is True
        statements = json.loads(recording.one("RolePolicy").inputs["policy"])["Statement"]
        actions = [action for statement in statements for action in statement["Action"]]
        assert all(re.match(r"cloudwatch:(Describe|Get|List)", action) for action in actions)
        assert statements[0]["Resource"] == [f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:alerts-*"]

    def test_transforms_reach_every_child(self) -> None:
        transforms = SlackAlertsTransforms(
            role={"path": "/mine/"}, role_policy={"policy": "{}"}, channel={"logging_level": "ERROR"}
        )
        recording = self.made(transforms)
        assert recording.one("aws:iam/role:Role").inputs["path"] == "/mine/"
        assert recording.one("RolePolicy").inputs["policy"] == "{}"
        assert recording.one("SlackChannelConfiguration").inputs["loggingLevel"] == "ERROR"
