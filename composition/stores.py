"""What keeps something: images, objects, the database and the cache, secrets and backups."""

from dataclasses import dataclass
from typing import Any

import components
from composition.foundation import Foundation
from settings import StackSettings


@dataclass(frozen=True, kw_only=True)
class Stores:
    """What the service works with."""

    registry: components.ContainerRegistry
    storage: components.ObjectStorage
    data: components.ManagedData
    jwt: components.GeneratedSecret


def make_stores(settings: StackSettings, foundation: Foundation) -> Stores:
    """Make the stores of a stack, and their backups where there are to be some."""
    name, main, key_arn = settings.name, foundation.main, foundation.key.arn
    registry = components.ContainerRegistry(
        name, components.ContainerRegistryArgs(kms_key_arn=key_arn, **settings.registry.arguments()), main
    )
    storage_arguments: dict[str, Any] = {
        **settings.storage.arguments(),
        "cors_allowed_origins": settings.storage_origins,
    }
    storage = components.ObjectStorage(
        name,
        components.ObjectStorageArgs(
            account_id=settings.aws.account_id,
            kms_key_arn=key_arn,
            **storage_arguments,
        ),
        main,
    )
    data = components.ManagedData(
        name,
        components.ManagedDataArgs(
            vpc_id=foundation.vpc.vpc_id,
            subnet_ids=foundation.vpc.isolated_subnet_ids,
            database=components.DatabaseArgs(**settings.database.arguments()),
            cache=components.CacheArgs(**settings.cache.arguments()),
            notification_topic_arn=foundation.alerts.arn,
            kms_key_arn=key_arn,
        ),
        main,
    )
    jwt = components.GeneratedSecret(
        f"{name}-jwt",
        components.GeneratedSecretArgs(description="Signs the tokens of the API's users", kms_key_arn=key_arn),
        main,
    )
    if settings.backups.enabled:
        components.Backups(
            name,
            components.BackupsArgs(
                resource_arns=[data.database_arn, *storage.bucket_arns.values()],
                kms_key_arn=key_arn,
                **settings.backups.arguments(),
            ),
            main,
            copy_provider=foundation.providers.backup,
        )
    return Stores(registry=registry, storage=storage, data=data, jwt=jwt)
