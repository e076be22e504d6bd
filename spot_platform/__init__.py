"""Reusable, typed Pulumi components for AWS. Every public name can be imported from here."""

from spot_planning.api.settings import (
    ApiDomainSettings,
    ApiLoggingSettings,
    BasePath,
    EndpointAccessMode,
    ExecutionLogLevel,
    ImportSettings,
    PrivateApiSettings,
    Proxy,
    QuotaPeriod,
    SecurityPolicy,
    TracingSettings,
    UsagePlanSettings,
)
from spot_planning.data.settings import (
    ApplicationLogin,
    BackupsSettings,
    CacheEngine,
    CacheSettings,
    DatabaseSettings,
    EvictionPolicy,
)
from spot_planning.monitoring.settings import BudgetSettings, ObservabilitySettings
from spot_planning.names.settings import CertificateKeyAlgorithm, HostedZoneSettings, PublicNamesSettings
from spot_planning.network.load_balancer import ListenerSettings, LoadBalancerKind
from spot_planning.network.settings import (
    EgressSettings,
    FlowLogDestination,
    Nat,
    VpcEndpointsSettings,
    VpcFlowLogsSettings,
    VpcSettings,
)
from spot_planning.network.subnets import NetworkTier
from spot_planning.problems import ArgumentError
from spot_planning.service.settings import (
    Architecture,
    ClusterSettings,
    ContainerInsights,
    ContainerRegistrySettings,
    FargateSpotServiceSettings,
    ScheduledScaling,
)
from spot_planning.site.settings import (
    CrossOriginOpenerPolicy,
    MinimumProtocolVersion,
    PriceClass,
    Routing,
    SpaFrontendSettings,
)
from spot_planning.storage.settings import ObjectStorageSettings
from spot_planning.waf.settings import WebAclSettings
from spot_planning.waf.web_acl import WebAclScope
from spot_platform.api.account import ApiAccount, ApiAccountArgs, ApiAccountNodes, ApiAccountTransforms
from spot_platform.api.arguments import PrivateApiArgs, PrivateApiNodes, PrivateApiTransforms
from spot_platform.api.domain import ApiDomain, ApiDomainArgs, ApiDomainNodes, ApiDomainTransforms
from spot_platform.api.logs import ApiLogging, ApiLoggingArgs, ApiLoggingNodes, ApiLoggingTransforms
from spot_platform.api.private_api import PrivateApi, rest_api_name
from spot_platform.api.usage_plan import UsagePlan, UsagePlanArgs, UsagePlanNodes, UsagePlanTransforms
from spot_platform.api.vpc_link import ApiVpcLink, ApiVpcLinkArgs, ApiVpcLinkNodes, ApiVpcLinkTransforms
from spot_platform.aws_provider import aws_provider
from spot_platform.data.backups import Backups, BackupsArgs, BackupsNodes, BackupsTransforms
from spot_platform.data.cache import (
    CacheReplicationGroup,
    CacheReplicationGroupArgs,
    CacheReplicationGroupNodes,
    CacheReplicationGroupTransforms,
)
from spot_platform.data.copy_events import CopyEvents, CopyEventsArgs, CopyEventsNodes, CopyEventsTransforms
from spot_platform.data.database import (
    DatabaseInstance,
    DatabaseInstanceArgs,
    DatabaseInstanceNodes,
    DatabaseInstanceTransforms,
)
from spot_platform.data.database_events import (
    DatabaseEvents,
    DatabaseEventsArgs,
    DatabaseEventsNodes,
    DatabaseEventsTransforms,
)
from spot_platform.data.database_monitoring import (
    DatabaseMonitoring,
    DatabaseMonitoringArgs,
    DatabaseMonitoringNodes,
    DatabaseMonitoringTransforms,
)
from spot_platform.data.database_replica import (
    DatabaseReplica,
    DatabaseReplicaArgs,
    DatabaseReplicaNodes,
    DatabaseReplicaTransforms,
)
from spot_platform.data.database_users import (
    DatabaseUsers,
    DatabaseUsersArgs,
    DatabaseUsersNodes,
    DatabaseUsersTransforms,
)
from spot_platform.data.managed_data import ManagedData, ManagedDataArgs, ManagedDataNodes, ManagedDataTransforms
from spot_platform.monitoring.alert_topic import AlertTopic, AlertTopicArgs, AlertTopicNodes, AlertTopicTransforms
from spot_platform.monitoring.budget import Budget, BudgetArgs, BudgetNodes, BudgetTransforms
from spot_platform.monitoring.log_delivery import (
    LogDelivery,
    LogDeliveryPolicy,
    LogDeliveryPolicyArgs,
    LogDeliveryPolicyNodes,
    LogDeliveryPolicyTransforms,
)
from spot_platform.monitoring.observability import (
    Observability,
    ObservabilityArgs,
    ObservabilityNodes,
    ObservabilityTransforms,
)
from spot_platform.monitoring.slack_alerts import (
    SlackAlerts,
    SlackAlertsArgs,
    SlackAlertsNodes,
    SlackAlertsTransforms,
)
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
from spot_platform.names.certificates import Certificate, CertificateArgs, CertificateNodes, CertificateTransforms
from spot_platform.names.dns import HostedZone, HostedZoneArgs, HostedZoneNodes, HostedZoneTransforms
from spot_platform.names.public_names import PublicNames, PublicNamesArgs, PublicNamesNodes, PublicNamesTransforms
from spot_platform.network.egress import Egress, EgressArgs, EgressNodes, EgressTransforms
from spot_platform.network.flow_logs import VpcFlowLogs, VpcFlowLogsArgs, VpcFlowLogsNodes, VpcFlowLogsTransforms
from spot_platform.network.nat_instance import NatInstance, NatInstanceArgs, NatInstanceNodes, NatInstanceTransforms
from spot_platform.network.subnet_tier import (
    SubnetTier,
    SubnetTierArgs,
    SubnetTierNodes,
    SubnetTierTransforms,
    TierSubnetArgs,
)
from spot_platform.network.vpc import Vpc, VpcArgs, VpcNodes, VpcTransforms
from spot_platform.network.vpc_endpoints import (
    VpcEndpoints,
    VpcEndpointsArgs,
    VpcEndpointsNodes,
    VpcEndpointsTransforms,
)
from spot_platform.secrets.encryption_key import (
    EncryptionKey,
    EncryptionKeyArgs,
    EncryptionKeyNodes,
    EncryptionKeyTransforms,
)
from spot_platform.secrets.generated_secret import (
    GeneratedSecret,
    GeneratedSecretArgs,
    GeneratedSecretNodes,
    GeneratedSecretTransforms,
)
from spot_platform.service.arguments import (
    ApiReference,
    ClusterArgs,
    ClusterReference,
    FargateSpotServiceArgs,
    LoadBalancerReference,
)
from spot_platform.service.cluster import Cluster, ClusterNodes, ClusterTransforms
from spot_platform.service.container_registry import (
    ContainerRegistry,
    ContainerRegistryArgs,
    ContainerRegistryNodes,
    ContainerRegistryTransforms,
)
from spot_platform.service.endpoint import ServiceEndpointNodes, ServiceEndpointTransforms
from spot_platform.service.events import ClusterEventsNodes, ClusterEventsTransforms
from spot_platform.service.fargate_spot_service import (
    FargateSpotService,
    FargateSpotServiceNodes,
    FargateSpotServiceTransforms,
)
from spot_platform.service.load_balancer import (
    InternalLoadBalancer,
    InternalLoadBalancerArgs,
    InternalLoadBalancerNodes,
    InternalLoadBalancerTransforms,
)
from spot_platform.service.migration import ServiceMigrationNodes, ServiceMigrationTransforms
from spot_platform.service.roles import ServiceRolesNodes, ServiceRolesTransforms
from spot_platform.service.rotation import ServiceRotationNodes, ServiceRotationTransforms
from spot_platform.service.scaling import ServiceScalingNodes, ServiceScalingTransforms
from spot_platform.service.task import ServiceTaskNodes, ServiceTaskTransforms
from spot_platform.site.api_behavior import SiteApi
from spot_platform.site.arguments import SpaFrontendArgs, SpaFrontendNodes, SpaFrontendTransforms
from spot_platform.site.distribution_logs import (
    DistributionLogs,
    DistributionLogsArgs,
    DistributionLogsNodes,
    DistributionLogsTransforms,
)
from spot_platform.site.spa_frontend import SpaFrontend
from spot_platform.storage.object_storage import (
    ObjectStorage,
    ObjectStorageArgs,
    ObjectStorageNodes,
    ObjectStorageTransforms,
)
from spot_platform.storage.private_bucket import (
    BucketCorsRuleArgs,
    BucketTransitionArgs,
    PrivateBucket,
    PrivateBucketArgs,
    PrivateBucketNodes,
    PrivateBucketTransforms,
)
from spot_platform.waf.web_acl import WebAcl, WebAclArgs, WebAclNodes, WebAclTransforms

__all__ = [
    "AlertTopic",
    "AlertTopicArgs",
    "AlertTopicNodes",
    "AlertTopicTransforms",
    "ApiAccount",
    "ApiAccountArgs",
    "ApiAccountNodes",
    "ApiAccountTransforms",
    "ApiDomain",
    "ApiDomainArgs",
    "ApiDomainNodes",
    "ApiDomainSettings",
    "ApiDomainTransforms",
    "ApiLogging",
    "ApiLoggingArgs",
    "ApiLoggingNodes",
    "ApiLoggingSettings",
    "ApiLoggingTransforms",
    "ApiReference",
    "ApiTelemetry",
    "ApiVpcLink",
    "ApiVpcLinkArgs",
    "ApiVpcLinkNodes",
    "ApiVpcLinkTransforms",
    "ApplicationLogin",
    "Architecture",
    "ArgumentError",
    "BackupTelemetry",
    "Backups",
    "BackupsArgs",
    "BackupsNodes",
    "BackupsSettings",
    "BackupsTransforms",
    "BasePath",
    "BucketCorsRuleArgs",
    "BucketTransitionArgs",
    "Budget",
    "BudgetArgs",
    "BudgetNodes",
    "BudgetSettings",
    "BudgetTransforms",
    "CacheEngine",
    "CacheReplicationGroup",
    "CacheReplicationGroupArgs",
    "CacheReplicationGroupNodes",
    "CacheReplicationGroupTransforms",
    "CacheSettings",
    "CacheTelemetry",
    "Certificate",
    "CertificateArgs",
    "CertificateKeyAlgorithm",
    "CertificateNodes",
    "CertificateTelemetry",
    "CertificateTransforms",
    "Cluster",
    "ClusterArgs",
    "ClusterEventsNodes",
    "ClusterEventsTransforms",
    "ClusterNodes",
    "ClusterReference",
    "ClusterSettings",
    "ClusterTransforms",
    "ContainerInsights",
    "ContainerRegistry",
    "ContainerRegistryArgs",
    "ContainerRegistryNodes",
    "ContainerRegistrySettings",
    "ContainerRegistryTransforms",
    "CopyEvents",
    "CopyEventsArgs",
    "CopyEventsNodes",
    "CopyEventsTransforms",
    "CrossOriginOpenerPolicy",
    "DatabaseEvents",
    "DatabaseEventsArgs",
    "DatabaseEventsNodes",
    "DatabaseEventsTransforms",
    "DatabaseInstance",
    "DatabaseInstanceArgs",
    "DatabaseInstanceNodes",
    "DatabaseInstanceTransforms",
    "DatabaseMonitoring",
    "DatabaseMonitoringArgs",
    "DatabaseMonitoringNodes",
    "DatabaseMonitoringTransforms",
    "DatabaseReplica",
    "DatabaseReplicaArgs",
    "DatabaseReplicaNodes",
    "DatabaseReplicaTransforms",
    "DatabaseSettings",
    "DatabaseTelemetry",
    "DatabaseUsers",
    "DatabaseUsersArgs",
    "DatabaseUsersNodes",
    "DatabaseUsersTransforms",
    "DistributionLogs",
    "DistributionLogsArgs",
    "DistributionLogsNodes",
    "DistributionLogsTransforms",
    "Egress",
    "EgressArgs",
    "EgressNodes",
    "EgressSettings",
    "EgressTransforms",
    "EncryptionKey",
    "EncryptionKeyArgs",
    "EncryptionKeyNodes",
    "EncryptionKeyTransforms",
    "EndpointAccessMode",
    "EvictionPolicy",
    "ExecutionLogLevel",
    "FargateSpotService",
    "FargateSpotServiceArgs",
    "FargateSpotServiceNodes",
    "FargateSpotServiceSettings",
    "FargateSpotServiceTransforms",
    "FlowLogDestination",
    "GeneratedSecret",
    "GeneratedSecretArgs",
    "GeneratedSecretNodes",
    "GeneratedSecretTransforms",
    "HostedZone",
    "HostedZoneArgs",
    "HostedZoneNodes",
    "HostedZoneSettings",
    "HostedZoneTransforms",
    "ImportSettings",
    "InternalLoadBalancer",
    "InternalLoadBalancerArgs",
    "InternalLoadBalancerNodes",
    "InternalLoadBalancerTransforms",
    "ListenerSettings",
    "LoadBalancerKind",
    "LoadBalancerReference",
    "LogDelivery",
    "LogDeliveryPolicy",
    "LogDeliveryPolicyArgs",
    "LogDeliveryPolicyNodes",
    "LogDeliveryPolicyTransforms",
    "ManagedData",
    "ManagedDataArgs",
    "ManagedDataNodes",
    "ManagedDataTransforms",
    "MinimumProtocolVersion",
    "Nat",
    "NatInstance",
    "NatInstanceArgs",
    "NatInstanceNodes",
    "NatInstanceTransforms",
    "NatTelemetry",
    "NetworkTier",
    "ObjectStorage",
    "ObjectStorageArgs",
    "ObjectStorageNodes",
    "ObjectStorageSettings",
    "ObjectStorageTransforms",
    "Observability",
    "ObservabilityArgs",
    "ObservabilityNodes",
    "ObservabilitySettings",
    "ObservabilityTransforms",
    "PriceClass",
    "PrivateApi",
    "PrivateApiArgs",
    "PrivateApiNodes",
    "PrivateApiSettings",
    "PrivateApiTransforms",
    "PrivateBucket",
    "PrivateBucketArgs",
    "PrivateBucketNodes",
    "PrivateBucketTransforms",
    "Proxy",
    "PublicNames",
    "PublicNamesArgs",
    "PublicNamesNodes",
    "PublicNamesSettings",
    "PublicNamesTransforms",
    "QuotaPeriod",
    "Routing",
    "ScheduledScaling",
    "SecurityPolicy",
    "ServiceEndpointNodes",
    "ServiceEndpointTransforms",
    "ServiceMigrationNodes",
    "ServiceMigrationTransforms",
    "ServiceRolesNodes",
    "ServiceRolesTransforms",
    "ServiceRotationNodes",
    "ServiceRotationTransforms",
    "ServiceScalingNodes",
    "ServiceScalingTransforms",
    "ServiceTaskNodes",
    "ServiceTaskTransforms",
    "ServiceTelemetry",
    "SiteApi",
    "SiteTelemetry",
    "SlackAlerts",
    "SlackAlertsArgs",
    "SlackAlertsNodes",
    "SlackAlertsTransforms",
    "SpaFrontend",
    "SpaFrontendArgs",
    "SpaFrontendNodes",
    "SpaFrontendSettings",
    "SpaFrontendTransforms",
    "SubnetTier",
    "SubnetTierArgs",
    "SubnetTierNodes",
    "SubnetTierTransforms",
    "TierSubnetArgs",
    "TracingSettings",
    "UsagePlan",
    "UsagePlanArgs",
    "UsagePlanNodes",
    "UsagePlanSettings",
    "UsagePlanTransforms",
    "Vpc",
    "VpcArgs",
    "VpcEndpoints",
    "VpcEndpointsArgs",
    "VpcEndpointsNodes",
    "VpcEndpointsSettings",
    "VpcEndpointsTransforms",
    "VpcFlowLogs",
    "VpcFlowLogsArgs",
    "VpcFlowLogsNodes",
    "VpcFlowLogsSettings",
    "VpcFlowLogsTransforms",
    "VpcNodes",
    "VpcSettings",
    "VpcTransforms",
    "WebAcl",
    "WebAclArgs",
    "WebAclNodes",
    "WebAclScope",
    "WebAclSettings",
    "WebAclTransforms",
    "aws_provider",
    "rest_api_name",
]
