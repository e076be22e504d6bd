"""Who is told when something goes wrong or becomes dear: alarms, the dashboard and the budget."""

import pulumi

import components
from composition.backend import Backend
from composition.foundation import Foundation
from composition.stores import Stores
from settings import StackSettings


def make_watch(
    settings: StackSettings,
    foundation: Foundation,
    stores: Stores,
    backend: Backend,
    site: components.SpaFrontend,
) -> components.Observability:
    """Make alarms and dashboard, and the budget where there is a limit."""
    if settings.budget.monthly_limit_usd is not None:
        components.Budget(
            settings.name,
            components.BudgetArgs(
                monthly_limit_usd=settings.budget.monthly_limit_usd,
                emails=settings.budget_emails,
                tag=f"stack={pulumi.get_stack()}",
            ),
            foundation.main,
        )
    replica = stores.data.nodes.database.nodes.replica
    return components.Observability(
        settings.name,
        components.ObservabilityArgs(
            region=settings.aws.region,
            alert_topic_arn=foundation.alerts.arn,
            service=backend.service.telemetry,
            api=components.ApiTelemetry(name=backend.api.api_name, stage=backend.api.stage_name),
            database=components.DatabaseTelemetry(
                identifier=stores.data.database_identifier,
                instance_class=settings.database.instance_class,
                allocated_storage_gib=settings.database.allocated_storage_gib,
                replica_identifier=None if replica is None else replica.identifier,
            ),
            cache=components.CacheTelemetry(
                replication_group_id=stores.data.replication_group_id, nodes=settings.cache.nodes
            ),
            site=components.SiteTelemetry(distribution_id=site.distribution_id),
            backups=None
            if stores.backups is None
            else components.BackupTelemetry(vault_name=stores.backups.vault_name),
            **settings.observability.arguments(),
        ),
        foundation.main,
    )
