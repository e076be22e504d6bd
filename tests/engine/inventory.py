"""Lists, by boto3, everything in an account that belongs to a service that the stack uses."""

from collections.abc import Callable, Iterable
from typing import Any

Client = Callable[..., Any]
"""Function that makes a client from a service and optionally a Region."""


def inventory(client: Client, region: str, copy_region: str) -> dict[str, list[str]]:
    """Return the names of existing resources by kind, without empty kinds.

    Resources that every new account has are left out: the default network, and AWS's own keys and policies.

    Args:
        client: Function that makes clients.
        region: Region of the stack.
        copy_region: Region of the copies of its backups.
    """
    found: dict[str, list[str]] = {}
    for ask in (_network, _compute, _data, _web, _names, _watch, _access):
        found |= ask(client, region)
    found |= {f"{kind} in {copy_region}": names for kind, names in _copies(client, copy_region).items()}
    return {kind: sorted(names) for kind, names in found.items() if names}


def _names_of(items: Iterable[dict[str, Any]], key: str) -> list[str]:
    return [str(item[key]) for item in items]


def _network(client: Client, region: str) -> dict[str, list[str]]:
    ec2, balancers = client("ec2", region), client("elbv2", region)
    vpcs = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]}
    own = [{"Name": "vpc-id", "Values": [*vpcs, "vpc-none"]}]
    gone = {"deleted", "deleting"}
    groups = ec2.describe_security_groups()["SecurityGroups"]
    return {
        "vpcs": list(vpcs),
        "subnets": _names_of(ec2.describe_subnets(Filters=own)["Subnets"], "SubnetId"),
        "security groups": [group["GroupId"] for group in groups if group["GroupName"] != "default"],
        "nat gateways": [
            each["NatGatewayId"] for each in ec2.describe_nat_gateways()["NatGateways"] if each["State"] not in gone
        ],
        "addresses": _names_of(ec2.describe_addresses()["Addresses"], "AllocationId"),
        "internet gateways": _names_of(ec2.describe_internet_gateways()["InternetGateways"], "InternetGatewayId"),
        "vpc endpoints": [
            each["VpcEndpointId"] for each in ec2.describe_vpc_endpoints()["VpcEndpoints"] if each["State"] not in gone
        ],
        "flow logs": _names_of(ec2.describe_flow_logs()["FlowLogs"], "FlowLogId"),
        "load balancers": _names_of(balancers.describe_load_balancers()["LoadBalancers"], "LoadBalancerName"),
        "target groups": _names_of(balancers.describe_target_groups()["TargetGroups"], "TargetGroupName"),
    }


def _compute(client: Client, region: str) -> dict[str, list[str]]:
    ecs, scaling = client("ecs", region), client("application-autoscaling", region)
    arns = ecs.list_clusters()["clusterArns"]
    clusters = ecs.describe_clusters(clusters=arns)["clusters"] if arns else []
    asked = {"ServiceNamespace": "ecs"}
    return {
        "clusters": [each["clusterName"] for each in clusters if each["status"] == "ACTIVE"],
        "task definitions": list(ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"]),
        "scalable targets": _names_of(scaling.describe_scalable_targets(**asked)["ScalableTargets"], "ResourceId"),
        "scaling policies": _names_of(scaling.describe_scaling_policies(**asked)["ScalingPolicies"], "PolicyName"),
        "repositories": _names_of(client("ecr", region).describe_repositories()["repositories"], "repositoryName"),
        "state machines": _names_of(client("stepfunctions", region).list_state_machines()["stateMachines"], "name"),
    }


def _data(client: Client, region: str) -> dict[str, list[str]]:
    rds, cache = client("rds", region), client("elasticache", region)
    groups = rds.describe_db_parameter_groups()["DBParameterGroups"]
    secrets = client("secretsmanager", region).list_secrets(IncludePlannedDeletion=True)["SecretList"]
    return {
        "databases": _names_of(rds.describe_db_instances()["DBInstances"], "DBInstanceIdentifier"),
        "database snapshots": _names_of(rds.describe_db_snapshots()["DBSnapshots"], "DBSnapshotIdentifier"),
        "database subnet groups": _names_of(rds.describe_db_subnet_groups()["DBSubnetGroups"], "DBSubnetGroupName"),
        "database parameter groups": [
            each["DBParameterGroupName"] for each in groups if not each["DBParameterGroupName"].startswith("default.")
        ],
        "database subscriptions": _names_of(
            rds.describe_event_subscriptions()["EventSubscriptionsList"], "CustSubscriptionId"
        ),
        "caches": _names_of(cache.describe_replication_groups()["ReplicationGroups"], "ReplicationGroupId"),
        "cache nodes": _names_of(cache.describe_cache_clusters()["CacheClusters"], "CacheClusterId"),
        "cache snapshots": _names_of(cache.describe_snapshots()["Snapshots"], "SnapshotName"),
        "cache subnet groups": _names_of(
            cache.describe_cache_subnet_groups()["CacheSubnetGroups"], "CacheSubnetGroupName"
        ),
        "cache parameter groups": _names_of(
            cache.describe_cache_parameter_groups()["CacheParameterGroups"], "CacheParameterGroupName"
        ),
        "buckets": _names_of(client("s3", region).list_buckets()["Buckets"], "Name"),
        "secrets": _names_of(secrets, "Name"),
        **_kept(client, region),
    }


def _kept(client: Client, region: str) -> dict[str, list[str]]:
    kms, backup = client("kms", region), client("backup", region)
    keys = [kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"] for each in kms.list_keys()["Keys"]]
    own = [each for each in keys if each["KeyManager"] == "CUSTOMER" and each["KeyState"] != "PendingDeletion"]
    return {
        "keys": _names_of(own, "KeyId"),
        "aliases": [
            each["AliasName"]
            for each in kms.list_aliases()["Aliases"]
            if not each["AliasName"].startswith("alias/aws/")
        ],
        "backup vaults": _names_of(backup.list_backup_vaults()["BackupVaultList"], "BackupVaultName"),
        "backup plans": _names_of(backup.list_backup_plans()["BackupPlansList"], "BackupPlanName"),
    }


_copies = _kept


def _web(client: Client, region: str) -> dict[str, list[str]]:
    gateway, edge = client("apigateway", region), client("cloudfront", region)
    return {
        "apis": _names_of(gateway.get_rest_apis()["items"], "name"),
        "api keys": _names_of(gateway.get_api_keys()["items"], "name"),
        "usage plans": _names_of(gateway.get_usage_plans()["items"], "name"),
        "vpc links": _names_of(gateway.get_vpc_links()["items"], "name"),
        "vpc links of version 2": _names_of(client("apigatewayv2", region).get_vpc_links()["Items"], "Name"),
        "api domains": _names_of(gateway.get_domain_names()["items"], "domainName"),
        "distributions": _names_of(edge.list_distributions()["DistributionList"].get("Items", []), "Id"),
        "edge functions": _names_of(edge.list_functions()["FunctionList"].get("Items", []), "Name"),
        "origin access controls": _names_of(
            edge.list_origin_access_controls()["OriginAccessControlList"].get("Items", []), "Name"
        ),
        "web acls": [
            each["Name"]
            for scope in ("REGIONAL", "CLOUDFRONT")
            for each in client("wafv2", region).list_web_acls(Scope=scope)["WebACLs"]
        ],
    }


def _names(client: Client, region: str) -> dict[str, list[str]]:
    return {
        "zones": _names_of(client("route53", region).list_hosted_zones()["HostedZones"], "Name"),
        "certificates": _names_of(client("acm", region).list_certificates()["CertificateSummaryList"], "DomainName"),
    }


def _watch(client: Client, region: str) -> dict[str, list[str]]:
    watch, logs = client("cloudwatch", region), client("logs", region)
    account = client("sts", region).get_caller_identity()["Account"]
    return {
        "alarms": _names_of(watch.describe_alarms(MaxRecords=100)["MetricAlarms"], "AlarmName"),
        "dashboards": _names_of(watch.list_dashboards()["DashboardEntries"], "DashboardName"),
        "log groups": _names_of(logs.describe_log_groups()["logGroups"], "logGroupName"),
        "log policies": _names_of(logs.describe_resource_policies()["resourcePolicies"], "policyName"),
        "log deliveries": _names_of(logs.describe_deliveries()["deliveries"], "id"),
        "topics": _names_of(client("sns", region).list_topics()["Topics"], "TopicArn"),
        "event rules": _names_of(client("events", region).list_rules()["Rules"], "Name"),
        "budgets": _names_of(client("budgets", region).describe_budgets(AccountId=account)["Budgets"], "BudgetName"),
        "sampling rules": [
            each["SamplingRule"]["RuleName"]
            for each in client("xray", region).get_sampling_rules()["SamplingRuleRecords"]
        ],
    }


def _access(client: Client, region: str) -> dict[str, list[str]]:
    iam = client("iam", region)
    roles = iam.list_roles(MaxItems=1000)["Roles"]
    return {
        "roles": [role["RoleName"] for role in roles if not role["Path"].startswith("/aws-service-role/")],
        "policies": _names_of(iam.list_policies(Scope="Local")["Policies"], "PolicyName"),
        "instance profiles": _names_of(iam.list_instance_profiles()["InstanceProfiles"], "InstanceProfileName"),
    }
