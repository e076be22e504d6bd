"""Creates the components that store data: images, objects, the database and the cache, secrets and backups."""

from dataclasses import dataclass

import pulumi

import spot_platform
from composition.foundation import Foundation
from configuration.settings import StackSettings
from spot_planning.declarations import with_settings


@dataclass(frozen=True, kw_only=True)
class Stores:
    """The components that store data."""

    registry: spot_platform.ContainerRegistry
    storage: spot_platform.ObjectStorage
    data: spot_platform.ManagedData
    generated_secrets: dict[str, spot_platform.GeneratedSecret]
    """The generated secrets, by the environment variable that receives the secret."""
    backups: spot_platform.Backups | None


def make_stores(settings: StackSettings, foundation: Foundation, site_url: pulumi.Output[str]) -> Stores:
    """Create the stores of a stack, and their backups if they are enabled; the value of `site_url` is given later."""
    name, options, key_arn = settings.name, foundation.options, foundation.key.arn
    registry = spot_platform.ContainerRegistry(
        name, with_settings(spot_platform.ContainerRegistryArgs, settings.registry)(kms_key_arn=key_arn), options
    )
    storage = spot_platform.ObjectStorage(
        name,
        with_settings(spot_platform.ObjectStorageArgs, settings.storage)(
            account_id=settings.aws.account_id,
            kms_key_arn=key_arn,
            cors_allowed_origins=settings.storage_origins,
            site_origin=site_url if settings.site_origin_is_made_up else None,
            receives_load_balancer_logs=settings.load_balancer_logs,
        ),
        options,
    )
    data = spot_platform.ManagedData(
        name,
        spot_platform.ManagedDataArgs(
            vpc_id=foundation.network.vpc_id,
            subnet_ids=foundation.network.isolated_subnet_ids,
            database=settings.database,
            cache=settings.cache,
            notification_topic_arn=foundation.alerts.arn,
            kms_key_arn=key_arn,
        ),
        options,
    )
    generated_secrets = {
        variable: spot_platform.GeneratedSecret(
            f"{name}-{secret}",
            spot_platform.GeneratedSecretArgs(
                description=f"{variable} of the service",
                recovery_window_days=settings.database.secret_recovery_window_days,
                kms_key_arn=key_arn,
            ),
            options,
        )
        for variable, secret in settings.service.generated_secrets.items()
    }
    backups = None
    if settings.backups.enabled:
        backups = _make_backups(settings, foundation, [data.database_arn, *storage.bucket_arns.values()])
    return Stores(registry=registry, storage=storage, data=data, generated_secrets=generated_secrets, backups=backups)


def _make_backups(
    settings: StackSettings, foundation: Foundation, resource_arns: list[pulumi.Input[str]]
) -> spot_platform.Backups:
    copy_region, copy_key_arn = settings.backups.copy_region, None
    if copy_region is not None:
        copy_key_arn = spot_platform.EncryptionKey(
            f"{settings.name}-{copy_region}",
            spot_platform.EncryptionKeyArgs(
                account_id=settings.aws.account_id,
                region=copy_region,
                retain=not settings.backups.force_destroy,
            ),
            foundation.options,
        ).arn
    return spot_platform.Backups(
        settings.name,
        with_settings(spot_platform.BackupsArgs, settings.backups)(
            resource_arns=resource_arns,
            kms_key_arn=foundation.key.arn,
            copy_kms_key_arn=copy_key_arn,
            log_delivery_policy=foundation.log_delivery_policy,
        ),
        foundation.options,
    )
