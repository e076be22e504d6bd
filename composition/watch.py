"""Creates the monitoring: alarms, the dashboard and the budget."""

import pulumi

import spot_platform
from composition.backend import Backend
from composition.foundation import Foundation
from composition.stores import Stores
from configuration.settings import StackSettings
from spot_planning.declarations import with_settings
from spot_planning.waf.web_acl import CLOUDFRONT_REGION


def make_watch(
    settings: StackSettings,
    foundation: Foundation,
    stores: Stores,
    backend: Backend,
    site: spot_platform.SpaFrontend,
) -> spot_platform.Observability:
    """Create the alarms and the dashboard, and the budget if it has a limit."""
    if settings.budget.monthly_limit_usd is not None:
        spot_platform.Budget(
            settings.name,
            spot_platform.BudgetArgs(
                monthly_limit_usd=settings.budget.monthly_limit_usd,
                emails=settings.budget_emails,
                tag=f"stack={pulumi.get_stack()}" if settings.budget.tag_filter else None,
            ),
            foundation.options,
        )
    replica = stores.data.nodes.database.nodes.replica
    return spot_platform.Observability(
        settings.name,
        with_settings(spot_platform.ObservabilityArgs, settings.observability)(
            region=settings.aws.region,
            alert_topic_arn=foundation.alerts.arn,
            service=backend.service.telemetry,
            api=spot_platform.ApiTelemetry(
                name=backend.api.api_name,
                stage=backend.api.stage_name,
                refusal_namespace=backend.api.refusal_namespace,
            ),
            database=spot_platform.DatabaseTelemetry(
                identifier=stores.data.database_identifier,
                instance_class=settings.database.instance_class,
                allocated_storage_gib=settings.database.allocated_storage_gib,
                max_allocated_storage_gib=settings.database.max_allocated_storage_gib,
                replica_identifier=None if replica is None else replica.identifier,
            ),
            cache=spot_platform.CacheTelemetry(
                replication_group_id=stores.data.replication_group_id,
                nodes=settings.cache.nodes,
                node_type=settings.cache.node_type,
            ),
            site=spot_platform.SiteTelemetry(distribution_id=site.distribution_id),
            nat=spot_platform.NatTelemetry(gateway_ids=dict(foundation.network.nat_gateway_ids)),
            certificates=spot_platform.CertificateTelemetry(arns=_certificates(settings, foundation)),
            backups=None
            if stores.backups is None
            else spot_platform.BackupTelemetry(
                vault_name=stores.backups.vault_name, copy_namespace=stores.backups.copy_metric_namespace
            ),
        ),
        foundation.options,
    )


def _certificates(settings: StackSettings, foundation: Foundation) -> dict[str, pulumi.Input[str]]:
    # The site's certificate, and so its metric, is in us-east-1. An alarm can only watch metrics of its own Region.
    site = foundation.names.site_certificate_arn if settings.aws.region == CLOUDFRONT_REGION else None
    arns = {"site": site, "api": foundation.names.api_certificate_arn}
    return {use: arn for use, arn in arns.items() if arn is not None}
