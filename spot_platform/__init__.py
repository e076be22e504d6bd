"""Reusable, typed Pulumi components for AWS. Every public name can be imported from here."""

from spot_platform.api.arguments import PrivateApiArgs, PrivateApiNodes, PrivateApiTransforms
from spot_platform.api.domain import ApiDomainArgs, ApiDomainNodes, ApiDomainTransforms
from spot_platform.api.logs import ApiLoggingArgs, ApiLoggingNodes, ApiLoggingTransforms
from spot_platform.api.private_api import PrivateApi
from spot_platform.api.usage_plan import UsagePlanArgs, UsagePlanNodes, UsagePlanTransforms
from spot_platform.api.vpc_link import ApiVpcLinkArgs, ApiVpcLinkNodes, ApiVpcLinkTransforms
from spot_platform.aws_providers import AwsProviders, aws_providers
from spot_platform.data.backups import Backups, BackupsArgs, BackupsNodes, BackupsTransforms
from spot_platform.data.cache import (
    CacheArgs,
    CacheReplicationGroupArgs,
    CacheReplicationGroupNodes,
    CacheReplicationGroupTransforms,
)
from spot_platform.data.database import DatabaseInstanceArgs, DatabaseInstanceNodes, DatabaseInstanceTransforms
from spot_platform.data.database_args import DatabaseArgs
from spot_platform.data.database_events import DatabaseEventsArgs, DatabaseEventsNodes, DatabaseEventsTransforms
from spot_platform.data.database_monitoring import (
    DatabaseMonitoringArgs,
    DatabaseMonitoringNodes,
    DatabaseMonitoringTransforms,
)
from spot_platform.data.database_replica import DatabaseReplicaArgs, DatabaseReplicaNodes, DatabaseReplicaTransforms
from spot_platform.data.managed_data import ManagedData, ManagedDataArgs, ManagedDataNodes, ManagedDataTransforms
from spot_platform.monitoring.alert_topic import AlertTopic, AlertTopicArgs, AlertTopicNodes, AlertTopicTransforms
from spot_platform.monitoring.budget import Budget, BudgetArgs, BudgetNodes, BudgetTransforms
from spot_platform.monitoring.observability import (
    Observability,
    ObservabilityArgs,
    ObservabilityNodes,
    ObservabilityTransforms,
)
from spot_platform.monitoring.telemetry import (
    ApiTelemetry,
    BackupTelemetry,
    CacheTelemetry,
    DatabaseTelemetry,
    ServiceTelemetry,
    SiteTelemetry,
)
from spot_platform.names.certificates import Certificate, CertificateArgs, CertificateNodes, CertificateTransforms
from spot_platform.names.dns import HostedZone, HostedZoneArgs, HostedZoneNodes, HostedZoneTransforms
from spot_platform.names.public_names import PublicNames, PublicNamesArgs, PublicNamesNodes
from spot_platform.network.egress import EgressArgs, EgressNodes, EgressTransforms
from spot_platform.network.flow_logs import VpcFlowLogsArgs, VpcFlowLogsNodes, VpcFlowLogsTransforms
from spot_platform.network.nat_instance import NatInstanceArgs, NatInstanceNodes, NatInstanceTransforms
from spot_platform.network.subnet_tier import SubnetTierArgs, SubnetTierNodes, SubnetTierTransforms, TierSubnetArgs
from spot_platform.network.vpc import Vpc, VpcArgs, VpcNodes, VpcTransforms
from spot_platform.network.vpc_endpoints import VpcEndpointsArgs, VpcEndpointsNodes, VpcEndpointsTransforms
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
from spot_platform.service.arguments import FargateSpotServiceArgs
from spot_platform.service.cluster import ServiceClusterArgs, ServiceClusterNodes, ServiceClusterTransforms
from spot_platform.service.container_image import built_image, next_step
from spot_platform.service.container_registry import (
    ContainerRegistry,
    ContainerRegistryArgs,
    ContainerRegistryNodes,
    ContainerRegistryTransforms,
)
from spot_platform.service.endpoint import ServiceEndpointArgs, ServiceEndpointNodes, ServiceEndpointTransforms
from spot_platform.service.events import ServiceEventsArgs, ServiceEventsNodes, ServiceEventsTransforms
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
from spot_platform.service.roles import ServiceRolesArgs, ServiceRolesNodes, ServiceRolesTransforms
from spot_platform.service.rotation import ServiceRotationArgs, ServiceRotationNodes, ServiceRotationTransforms
from spot_platform.service.scaling import (
    ScheduledScaling,
    ServiceScalingArgs,
    ServiceScalingNodes,
    ServiceScalingTransforms,
)
from spot_platform.service.task import ServiceTaskArgs, ServiceTaskNodes, ServiceTaskTransforms
from spot_platform.site.distribution_logs import DistributionLogsArgs, DistributionLogsNodes, DistributionLogsTransforms
from spot_platform.site.spa_frontend import SpaFrontend, SpaFrontendArgs, SpaFrontendNodes, SpaFrontendTransforms
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
    "ApiDomainArgs",
    "ApiDomainNodes",
    "ApiDomainTransforms",
    "ApiLoggingArgs",
    "ApiLoggingNodes",
    "ApiLoggingTransforms",
    "ApiTelemetry",
    "ApiVpcLinkArgs",
    "ApiVpcLinkNodes",
    "ApiVpcLinkTransforms",
    "AwsProviders",
    "BackupTelemetry",
    "Backups",
    "BackupsArgs",
    "BackupsNodes",
    "BackupsTransforms",
    "BucketCorsRuleArgs",
    "BucketTransitionArgs",
    "Budget",
    "BudgetArgs",
    "BudgetNodes",
    "BudgetTransforms",
    "CacheArgs",
    "CacheReplicationGroupArgs",
    "CacheReplicationGroupNodes",
    "CacheReplicationGroupTransforms",
    "CacheTelemetry",
    "Certificate",
    "CertificateArgs",
    "CertificateNodes",
    "CertificateTransforms",
    "ContainerRegistry",
    "ContainerRegistryArgs",
    "ContainerRegistryNodes",
    "ContainerRegistryTransforms",
    "DatabaseArgs",
    "DatabaseEventsArgs",
    "DatabaseEventsNodes",
    "DatabaseEventsTransforms",
    "DatabaseInstanceArgs",
    "DatabaseInstanceNodes",
    "DatabaseInstanceTransforms",
    "DatabaseMonitoringArgs",
    "DatabaseMonitoringNodes",
    "DatabaseMonitoringTransforms",
    "DatabaseReplicaArgs",
    "DatabaseReplicaNodes",
    "DatabaseReplicaTransforms",
    "DatabaseTelemetry",
    "DistributionLogsArgs",
    "DistributionLogsNodes",
    "DistributionLogsTransforms",
    "EgressArgs",
    "EgressNodes",
    "EgressTransforms",
    "EncryptionKey",
    "EncryptionKeyArgs",
    "EncryptionKeyNodes",
    "EncryptionKeyTransforms",
    "FargateSpotService",
    "FargateSpotServiceArgs",
    "FargateSpotServiceNodes",
    "FargateSpotServiceTransforms",
    "GeneratedSecret",
    "GeneratedSecretArgs",
    "GeneratedSecretNodes",
    "GeneratedSecretTransforms",
    "HostedZone",
    "HostedZoneArgs",
    "HostedZoneNodes",
    "HostedZoneTransforms",
    "InternalLoadBalancer",
    "InternalLoadBalancerArgs",
    "InternalLoadBalancerNodes",
    "InternalLoadBalancerTransforms",
    "ManagedData",
    "ManagedDataArgs",
    "ManagedDataNodes",
    "ManagedDataTransforms",
    "NatInstanceArgs",
    "NatInstanceNodes",
    "NatInstanceTransforms",
    "ObjectStorage",
    "ObjectStorageArgs",
    "ObjectStorageNodes",
    "ObjectStorageTransforms",
    "Observability",
    "ObservabilityArgs",
    "ObservabilityNodes",
    "ObservabilityTransforms",
    "PrivateApi",
    "PrivateApiArgs",
    "PrivateApiNodes",
    "PrivateApiTransforms",
    "PrivateBucket",
    "PrivateBucketArgs",
    "PrivateBucketNodes",
    "PrivateBucketTransforms",
    "PublicNames",
    "PublicNamesArgs",
    "PublicNamesNodes",
    "ScheduledScaling",
    "ServiceClusterArgs",
    "ServiceClusterNodes",
    "ServiceClusterTransforms",
    "ServiceEndpointArgs",
    "ServiceEndpointNodes",
    "ServiceEndpointTransforms",
    "ServiceEventsArgs",
    "ServiceEventsNodes",
    "ServiceEventsTransforms",
    "ServiceRolesArgs",
    "ServiceRolesNodes",
    "ServiceRolesTransforms",
    "ServiceRotationArgs",
    "ServiceRotationNodes",
    "ServiceRotationTransforms",
    "ServiceScalingArgs",
    "ServiceScalingNodes",
    "ServiceScalingTransforms",
    "ServiceTaskArgs",
    "ServiceTaskNodes",
    "ServiceTaskTransforms",
    "ServiceTelemetry",
    "SiteTelemetry",
    "SpaFrontend",
    "SpaFrontendArgs",
    "SpaFrontendNodes",
    "SpaFrontendTransforms",
    "SubnetTierArgs",
    "SubnetTierNodes",
    "SubnetTierTransforms",
    "TierSubnetArgs",
    "UsagePlanArgs",
    "UsagePlanNodes",
    "UsagePlanTransforms",
    "Vpc",
    "VpcArgs",
    "VpcEndpointsArgs",
    "VpcEndpointsNodes",
    "VpcEndpointsTransforms",
    "VpcFlowLogsArgs",
    "VpcFlowLogsNodes",
    "VpcFlowLogsTransforms",
    "VpcNodes",
    "VpcTransforms",
    "WebAcl",
    "WebAclArgs",
    "WebAclNodes",
    "WebAclTransforms",
    "aws_providers",
    "built_image",
    "next_step",
]
