"""The patches of moto that a prod-sized stack needs, tested by boto3."""

import json
from functools import partial
from typing import Any

import pytest

from tests import emulated
from toolchain.emulator.process import Emulator

ACCOUNT = "123456789012"
BUDGET = {
    "BudgetName": "b",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "100", "Unit": "USD"},
}
NOTIFICATION = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
EMAIL = {"SubscriptionType": "EMAIL", "Address": "ops@example.com"}
PLAN = {"BackupPlanName": "p", "Rules": [{"RuleName": "r", "TargetBackupVaultName": "vault"}]}


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Any:
    running = Emulator(tmp_path_factory.mktemp("emulator"))
    endpoint = running.start()
    yield partial(emulated.client, endpoint)
    assert running.stop()


def test_budgets_tell_their_subscribers_and_tags(client):
    budgets = client("budgets")
    asked: dict[str, Any] = {"AccountId": ACCOUNT, "BudgetName": "b"}
    budgets.create_budget(
        AccountId=ACCOUNT,
        Budget=BUDGET,
        NotificationsWithSubscribers=[{"Notification": NOTIFICATION, "Subscribers": [EMAIL]}],
        ResourceTags=[{"Key": "k", "Value": "v"}],
    )
    found = {**NOTIFICATION, "ThresholdType": "PERCENTAGE", "NotificationState": "OK"}
    subscribers = budgets.describe_subscribers_for_notification(**asked, Notification=found)["Subscribers"]
    assert subscribers == [EMAIL]
    other = {"SubscriptionType": "EMAIL", "Address": "night@example.com"}
    budgets.create_subscriber(**asked, Notification=NOTIFICATION, Subscriber=other)
    budgets.delete_subscriber(**asked, Notification=NOTIFICATION, Subscriber=EMAIL)
    subscribers = budgets.describe_subscribers_for_notification(**asked, Notification=NOTIFICATION)["Subscribers"]
    assert subscribers == [other]
    with pytest.raises(budgets.exceptions.NotFoundException):
        budgets.describe_subscribers_for_notification(**asked, Notification={**NOTIFICATION, "Threshold": 81.0})

    arn = f"arn:aws:budgets::{ACCOUNT}:budget/b"
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [{"Key": "k", "Value": "v"}]
    budgets.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "l", "Value": "w"}])
    budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=["k"])
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [{"Key": "l", "Value": "w"}]

    budgets.update_budget(AccountId=ACCOUNT, NewBudget={**BUDGET, "BudgetLimit": {"Amount": "50", "Unit": "USD"}})
    assert budgets.describe_budget(**asked)["Budget"]["BudgetLimit"]["Amount"] == "50"
    with pytest.raises(budgets.exceptions.NotFoundException):
        budgets.update_budget(AccountId=ACCOUNT, NewBudget={**BUDGET, "BudgetName": "other"})


def test_sampling_rules_are_kept_changed_and_deleted(client):
    xray = client("xray")
    rule = {
        "RuleName": "r", "ResourceARN": "arn", "Priority": 5000, "FixedRate": 0.05, "ReservoirSize": 0, "Version": 1,
        "ServiceName": "*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*",
    }  # fmt: skip
    made = xray.create_sampling_rule(SamplingRule=rule, Tags=[{"Key": "k", "Value": "v"}])["SamplingRuleRecord"]
    with pytest.raises(xray.exceptions.InvalidRequestException):
        xray.create_sampling_rule(SamplingRule=rule)
    arn = made["SamplingRule"]["RuleARN"]
    assert arn == f"arn:aws:xray:us-east-1:{ACCOUNT}:sampling-rule/r"
    xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": "r", "FixedRate": 0.5})
    (found,) = xray.get_sampling_rules()["SamplingRuleRecords"]
    assert found["SamplingRule"] == {**rule, "FixedRate": 0.5, "Attributes": {}, "RuleARN": arn}

    xray.tag_resource(ResourceARN=arn, Tags=[{"Key": "l", "Value": "w"}])
    xray.untag_resource(ResourceARN=arn, TagKeys=["k"])
    assert xray.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "l", "Value": "w"}]

    xray.delete_sampling_rule(RuleName="r")
    assert xray.get_sampling_rules()["SamplingRuleRecords"] == []
    with pytest.raises(xray.exceptions.InvalidRequestException):
        xray.delete_sampling_rule(RuleName="r")
    with pytest.raises(xray.exceptions.InvalidRequestException):
        xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": "r"})


def test_a_vault_has_no_recovery_points_and_a_plan_is_changed(client):
    backup = client("backup")
    backup.create_backup_vault(BackupVaultName="vault")
    assert backup.list_recovery_points_by_backup_vault(BackupVaultName="vault")["RecoveryPoints"] == []
    with pytest.raises(backup.exceptions.ResourceNotFoundException):
        backup.list_recovery_points_by_backup_vault(BackupVaultName="other")

    made = backup.create_backup_plan(BackupPlan=PLAN)
    rule = {**PLAN["Rules"][0], "ScheduleExpression": "cron(0 1 * * ? *)"}
    changed = backup.update_backup_plan(BackupPlanId=made["BackupPlanId"], BackupPlan={**PLAN, "Rules": [rule]})
    assert changed["VersionId"] != made["VersionId"]
    (found,) = backup.get_backup_plan(BackupPlanId=made["BackupPlanId"])["BackupPlan"]["Rules"]
    assert found["ScheduleExpression"] == "cron(0 1 * * ? *)"
    with pytest.raises(backup.exceptions.ResourceNotFoundException):
        backup.update_backup_plan(BackupPlanId="other", BackupPlan=PLAN)


def test_tags_of_everything_in_api_gateway_change(client):
    gateway = client("apigateway")
    api = gateway.create_rest_api(name="a", tags={"k": "v"})["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    gateway.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    gateway.create_deployment(restApiId=api, stageName="s")
    key = gateway.create_api_key(name="k")["id"]
    plan = gateway.create_usage_plan(name="p", tags={"k": "v"})["id"]
    for path in (f"restapis/{api}", f"restapis/{api}/stages/s", f"apikeys/{key}", f"usageplans/{plan}"):
        arn = f"arn:aws:apigateway:us-east-1::/{path}"
        gateway.tag_resource(resourceArn=arn, tags={"l": "w", "m": "x"})
        gateway.untag_resource(resourceArn=arn, tagKeys=["k", "m"])
        assert gateway.get_tags(resourceArn=arn)["tags"] == {"l": "w"}, path
    assert gateway.get_rest_api(restApiId=api)["tags"] == {"l": "w"}
    assert gateway.get_stage(restApiId=api, stageName="s")["tags"] == {"l": "w"}
    assert gateway.get_api_key(apiKey=key)["tags"] == {"l": "w"}
    assert gateway.get_usage_plan(usagePlanId=plan)["tags"] == {"l": "w"}
    with pytest.raises(gateway.exceptions.NotFoundException):
        gateway.get_tags(resourceArn="arn:aws:apigateway:us-east-1::/restapis/other")


def test_the_settings_of_an_api_change(client):
    gateway = client("apigateway")
    api = gateway.create_rest_api(name="a", minimumCompressionSize=1024, disableExecuteApiEndpoint=True)["id"]
    for name, value, expected in (
        ("minimumCompressionSize", "0", 0),
        ("disableExecuteApiEndpoint", "false", False),
        ("disableExecuteApiEndpoint", "true", True),
    ):
        operation = {"op": "replace", "path": f"/{name}", "value": value}
        gateway.update_rest_api(restApiId=api, patchOperations=[operation])
        assert gateway.get_rest_api(restApiId=api)[name] == expected
    gateway.update_rest_api(restApiId=api, patchOperations=[{"op": "replace", "path": "/minimumCompressionSize"}])
    assert gateway.get_rest_api(restApiId=api).get("minimumCompressionSize") is None


def test_a_domain_name_changes(client):
    gateway = client("apigateway")
    gateway.create_domain_name(
        domainName="api.example.com",
        regionalCertificateArn="arn:aws:acm:us-east-1:123456789012:certificate/a",
        endpointConfiguration={"types": ["REGIONAL"]},
        securityPolicy="SecurityPolicy_TLS13_1_3_2025_09",
        endpointAccessMode="STRICT",
    )
    changes = {
        "securityPolicy": "TLS_1_2",
        "endpointAccessMode": "BASIC",
        "regionalCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/b",
    }
    operations = [{"op": "replace", "path": f"/{name}", "value": value} for name, value in changes.items()]
    changed = gateway.update_domain_name(domainName="api.example.com", patchOperations=operations)
    assert changes.items() <= changed.items()
    assert changes.items() <= gateway.get_domain_name(domainName="api.example.com").items()
    with pytest.raises(gateway.exceptions.NotFoundException):
        gateway.update_domain_name(domainName="other.example.com", patchOperations=operations)


def test_a_document_with_a_greedy_path_is_taken(client):
    gateway = client("apigateway")
    operation = {
        "parameters": [{"name": "proxy", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {"200": {"description": "OK"}},
        "x-amazon-apigateway-integration": {"type": "mock"},
    }
    document = {
        "openapi": "3.0.1",
        "info": {"title": "a", "version": "1", "description": ""},
        "paths": {"/{proxy+}": {"get": operation}},
    }
    api = gateway.create_rest_api(name="a")["id"]
    gateway.put_rest_api(restApiId=api, mode="overwrite", failOnWarnings=True, body=json.dumps(document).encode())
    assert "/{proxy+}" in {each["path"] for each in gateway.get_resources(restApiId=api)["items"]}
    operation["parameters"] = []
    with pytest.raises(gateway.exceptions.BadRequestException, match="proxy"):
        gateway.put_rest_api(restApiId=api, mode="overwrite", failOnWarnings=True, body=json.dumps(document).encode())


def test_rules_between_security_groups_keep_their_descriptions(client):
    ec2 = client("ec2")
    group = ec2.create_security_group(GroupName="a", Description="a")["GroupId"]
    other = ec2.create_security_group(GroupName="b", Description="b")["GroupId"]
    pair = {"GroupId": other, "Description": "to the other"}
    permission: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [pair]}
    listed = {
        "IpProtocol": "tcp",
        "FromPort": 2,
        "ToPort": 2,
        "PrefixListIds": [{"PrefixListId": "pl-1", "Description": "to S3"}],
    }
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[permission, listed])
    asked = [{"Name": "group-id", "Values": [group]}]
    rules = ec2.describe_security_group_rules(Filters=asked)["SecurityGroupRules"]
    (rule,) = [each for each in rules if "ReferencedGroupInfo" in each]
    assert rule["Description"] == "to the other"
    assert [each["Description"] for each in rules if each.get("PrefixListId")] == ["to S3"]


def test_a_subnet_is_found_by_its_ipv6_association(client):
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    (associated,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    block = associated["Ipv6CidrBlock"].replace("/56", "/64")
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24", Ipv6CidrBlock=block)["Subnet"]
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")
    association = made["Ipv6CidrBlockAssociationSet"][0]["AssociationId"]
    asked = {"Name": "ipv6-cidr-block-association.association-id", "Values": [association]}
    (found,) = ec2.describe_subnets(Filters=[asked])["Subnets"]
    assert found["SubnetId"] == made["SubnetId"]
    (told,) = found["Ipv6CidrBlockAssociationSet"]
    assert told["Ipv6CidrBlockState"] == {"State": "associated"}


def test_interfaces_have_addresses_of_their_own(client):
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.10.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.10.7.16/28")["Subnet"]["SubnetId"]

    def made() -> tuple[str, str]:
        interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]
        return interface["PrivateIpAddress"], interface["NetworkInterfaceId"]

    # AWS keeps the first four addresses and the last one.
    interfaces = dict(made() for _ in range(11))
    assert set(interfaces) == {f"10.10.7.{number}" for number in range(20, 31)}
    with pytest.raises(ec2.exceptions.ClientError, match="InsufficientFreeAddressesInSubnet"):
        made()
    ec2.delete_network_interface(NetworkInterfaceId=interfaces["10.10.7.25"])
    assert made()[0] == "10.10.7.25"
    ec2.delete_network_interface(NetworkInterfaceId=interfaces["10.10.7.30"])
    chosen = ec2.create_network_interface(SubnetId=subnet, PrivateIpAddress="10.10.7.30")["NetworkInterface"]
    assert chosen["PrivateIpAddress"] == "10.10.7.30"


def test_a_gateway_endpoint_gets_further_route_tables(client):
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    first, second, third = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(3))
    asked = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.s3", "VpcEndpointType": "Gateway"}
    made = ec2.create_vpc_endpoint(**asked, RouteTableIds=[first, second])["VpcEndpoint"]
    name = {"VpcEndpointId": made["VpcEndpointId"]}

    def routed() -> set[str]:
        tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
        return {
            table["RouteTableId"]
            for table in tables
            if made["VpcEndpointId"] in {route.get("GatewayId") for route in table["Routes"]}
        }

    assert routed() == {first, second}
    ec2.modify_vpc_endpoint(**name, AddRouteTableIds=[third], RemoveRouteTableIds=[first])
    assert routed() == {second, third}
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    assert routed() == set()


def test_a_database_and_its_replica_have_resource_ids_of_their_own(client):
    rds = client("rds")
    asked = {"DBInstanceClass": "db.t4g.micro", "DBInstanceIdentifier": "twofold"}
    user = {"MasterUsername": "u", "MasterUserPassword": "long-enough"}
    size = {"AllocatedStorage": 20, "BackupRetentionPeriod": 1, "MultiAZ": True}
    assert rds.create_db_instance(Engine="postgres", **asked, **user, **size)["DBInstance"]["MultiAZ"]
    replica = {"DBInstanceIdentifier": "twofold-replica", "SourceDBInstanceIdentifier": "twofold"}
    made = rds.create_db_instance_read_replica(**replica)["DBInstance"]
    for name in ("twofold", "twofold-replica"):
        (found,) = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        by_id = {"Name": "dbi-resource-id", "Values": [found["DbiResourceId"]]}
        assert [each["DBInstanceIdentifier"] for each in rds.describe_db_instances(Filters=[by_id])["DBInstances"]] == [
            name
        ]
    assert found["DbiResourceId"] == made["DbiResourceId"]
    assert not found["MultiAZ"]


def test_the_insights_of_a_database_change(client):
    rds = client("rds")
    name, insights = {"DBInstanceIdentifier": "insights"}, {"EnablePerformanceInsights": True}
    user = {"MasterUsername": "u", "MasterUserPassword": "long-enough"}
    asked = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
    made = rds.create_db_instance(**name, **asked, **user, **insights)["DBInstance"]
    assert made["PerformanceInsightsEnabled"] is True
    rds.modify_db_instance(**name, EnablePerformanceInsights=False)
    rds.modify_db_instance(**name, BackupRetentionPeriod=2)
    assert rds.describe_db_instances(**name)["DBInstances"][0]["PerformanceInsightsEnabled"] is False


def test_sources_of_an_event_subscription_change(client):
    rds = client("rds")
    name = {"SubscriptionName": "events"}
    topic = "arn:aws:sns:us-east-1:123456789012:t"
    rds.create_event_subscription(**name, SnsTopicArn=topic, SourceType="db-instance", SourceIds=["a"])
    rds.add_source_identifier_to_subscription(**name, SourceIdentifier="b")
    rds.remove_source_identifier_from_subscription(**name, SourceIdentifier="a")
    (found,) = rds.describe_event_subscriptions(**name)["EventSubscriptionsList"]
    assert found["SourceIdsList"] == ["b"]
    with pytest.raises(rds.exceptions.SubscriptionNotFoundFault):
        rds.add_source_identifier_to_subscription(SubscriptionName="nothing", SourceIdentifier="b")


def test_a_changed_scaling_policy_leaves_no_alarm(client):
    scaling, watch = client("application-autoscaling"), client("cloudwatch")
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/c/scaled",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    metric = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
    client("ecs").create_cluster(clusterName="c")
    family = client("ecs").register_task_definition(family="scaled", containerDefinitions=[])
    client("ecs").create_service(
        cluster="c", serviceName="scaled", taskDefinition=family["taskDefinition"]["taskDefinitionArn"], desiredCount=0
    )
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
    for percent in (70, 80):
        scaling.put_scaling_policy(
            **target,
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": percent,
                "PredefinedMetricSpecification": metric,
            },
        )
        names = [each["AlarmName"] for each in watch.describe_alarms()["MetricAlarms"]]
        assert len([name for name in names if name.startswith("TargetTracking-service/c/scaled")]) == 2
    scaling.delete_scaling_policy(**target, PolicyName="cpu")
    assert not [each for each in watch.describe_alarms()["MetricAlarms"] if "c/scaled" in each["AlarmName"]]


def test_parameters_of_a_database_are_told_as_the_users_own(client):
    rds = client("rds")
    rds.create_db_parameter_group(DBParameterGroupName="g", DBParameterGroupFamily="postgres16", Description="d")
    parameters = [
        {"ParameterName": name, "ParameterValue": "1", "ApplyMethod": "immediate"} for name in ("log_lock_waits", "x")
    ]
    rds.modify_db_parameter_group(DBParameterGroupName="g", Parameters=parameters)
    found = rds.describe_db_parameters(DBParameterGroupName="g", Source="user")["Parameters"]
    assert {(each["ParameterName"], each["Source"]) for each in found} == {("log_lock_waits", "user"), ("x", "user")}
    assert rds.describe_db_parameters(DBParameterGroupName="g", Source="system")["Parameters"] == []
    rds.reset_db_parameter_group(DBParameterGroupName="g", Parameters=parameters[:1])
    (left,) = rds.describe_db_parameters(DBParameterGroupName="g")["Parameters"]
    assert left["ParameterName"] == "x"


def test_subnet_groups_change(client):
    ec2, rds, cache = client("ec2"), client("rds"), client("elasticache")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate("abc")
    ]
    rds.create_db_subnet_group(DBSubnetGroupName="s", DBSubnetGroupDescription="d", SubnetIds=subnets[:2])
    rds.modify_db_subnet_group(DBSubnetGroupName="s", SubnetIds=subnets)
    (group,) = rds.describe_db_subnet_groups(DBSubnetGroupName="s")["DBSubnetGroups"]
    assert {each["SubnetIdentifier"] for each in group["Subnets"]} == set(subnets)
    assert group["DBSubnetGroupDescription"] == "d"
    cache.create_cache_subnet_group(CacheSubnetGroupName="s", CacheSubnetGroupDescription="d", SubnetIds=subnets[:2])
    cache.modify_cache_subnet_group(CacheSubnetGroupName="s", SubnetIds=subnets)
    (group,) = cache.describe_cache_subnet_groups(CacheSubnetGroupName="s")["CacheSubnetGroups"]
    assert {each["SubnetIdentifier"] for each in group["Subnets"]} == set(subnets)
    assert group["CacheSubnetGroupDescription"] == "d"
    with pytest.raises(cache.exceptions.CacheSubnetGroupNotFoundFault):
        cache.modify_cache_subnet_group(CacheSubnetGroupName="other", SubnetIds=subnets)


def test_a_replication_group_changes_with_its_clusters(client):
    cache = client("elasticache")
    name = {"ReplicationGroupId": "cache"}
    configuration = {
        "LogType": "slow-log",
        "DestinationType": "cloudwatch-logs",
        "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "g"}},
        "LogFormat": "json",
    }
    cache.create_replication_group(
        **name,
        ReplicationGroupDescription="d",
        Engine="valkey",
        CacheNodeType="cache.t4g.micro",
        NumCacheClusters=1,
        LogDeliveryConfigurations=[configuration],
    )

    def clusters() -> list[dict[str, Any]]:
        found = cache.describe_cache_clusters()["CacheClusters"]
        return [each for each in found if each["CacheClusterId"].startswith("cache-")]

    def group() -> dict[str, Any]:
        return cache.describe_replication_groups(**name)["ReplicationGroups"][0]

    cache.increase_replica_count(**name, NewReplicaCount=2, ApplyImmediately=True)
    assert [each["CacheClusterId"] for each in clusters()] == ["cache-001", "cache-002", "cache-003"]
    nodes = group()["NodeGroups"][0]["NodeGroupMembers"]
    assert [node["CurrentRole"] for node in nodes] == ["primary", "replica", "replica"]
    assert group()["MemberClusters"] == ["cache-001", "cache-002", "cache-003"]
    cache.decrease_replica_count(**name, NewReplicaCount=0, ApplyImmediately=True)
    assert [each["CacheClusterId"] for each in clusters()] == ["cache-001"]

    cache.modify_replication_group(
        **name,
        CacheNodeType="cache.t4g.small",
        EngineVersion="8.1",
        PreferredMaintenanceWindow="mon:22:00-mon:23:00",
        SnapshotWindow="01:00-02:00",
        CacheParameterGroupName="p",
        SecurityGroupIds=["sg-1"],
        LogDeliveryConfigurations=[
            {"LogType": "slow-log", "Enabled": False},
            {**configuration, "LogType": "engine-log"},
        ],
    )
    (cluster,) = clusters()
    expected = {
        "CacheNodeType": "cache.t4g.small",
        "EngineVersion": "8.1",
        "PreferredMaintenanceWindow": "mon:22:00-mon:23:00",
        "SnapshotWindow": "01:00-02:00",
    }
    assert {key: cluster[key] for key in expected} == expected
    assert cluster["CacheParameterGroup"]["CacheParameterGroupName"] == "p"
    assert [each["SecurityGroupId"] for each in cluster["SecurityGroups"]] == ["sg-1"]
    assert group()["CacheNodeType"] == "cache.t4g.small"
    assert [each["LogType"] for each in group()["LogDeliveryConfigurations"]] == ["engine-log"]
    cache.delete_replication_group(**name, FinalSnapshotIdentifier="cache-final")
    (snapshot,) = cache.describe_snapshots()["Snapshots"]
    assert snapshot["SnapshotName"] == "cache-final"


def test_a_changed_usage_plan_keeps_numbers(client):
    gateway = client("apigateway")
    plan = gateway.create_usage_plan(
        name="p", throttle={"rateLimit": 1.0, "burstLimit": 2}, quota={"limit": 3, "period": "DAY"}
    )["id"]
    changes = {"/quota/limit": "7", "/quota/offset": "0", "/throttle/rateLimit": "0.5", "/throttle/burstLimit": "4"}
    operations = [{"op": "replace", "path": path, "value": value} for path, value in changes.items()]
    changed = gateway.update_usage_plan(usagePlanId=plan, patchOperations=operations)
    for found in (changed, gateway.get_usage_plan(usagePlanId=plan)):
        assert found["quota"] == {"limit": 7, "offset": 0, "period": "DAY"}
        assert found["throttle"] == {"rateLimit": 0.5, "burstLimit": 4}
