"""Finds the buckets, repositories and vaults that AWS would not delete because they are not empty.

AWS deletes them only when they are empty (Amazon S3 API Reference, "DeleteBucket"; Amazon ECR API Reference,
"DeleteRepository"; AWS Backup API Reference, "DeleteBackupVault"). The engine learns this from AWS's refusal, when half
of the stack is deleted. So `destroy` asks AWS before the first deletion.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from toolchain.aws_clients import request_options
from toolchain.driver import Run
from toolchain.errors import ToolchainError
from toolchain.modes import Mode
from toolchain.state.protection import Resource, label_of, table
from toolchain.system.printing import visible

Client = Callable[[str, str | None], Any]
"""Makes a client of boto3 from the service and the Region; without a Region, that of the shell's configuration."""


@dataclass(frozen=True)
class Holder:
    """A resource that AWS deletes only when it is empty.

    Attributes:
        label: Kind and name in the stack, such as ``Bucket main-uploads``.
        type: The resource's type.
        name: Its name in AWS.
        region: Its Region; None if the state does not contain it.
        force: The input that lets the provider empty it, such as ``forceDestroy``.
    """

    label: str
    type: str
    name: str
    region: str | None
    force: str


def holders(resources: Iterable[Resource]) -> list[Holder]:
    """Return the resources that a destroy deletes, and that AWS deletes only when they are empty.

    Args:
        resources: The resources of a stack's state.
    """
    found: list[Holder] = []
    for resource in resources:
        force = table()["only-empty"].get(resource["type"])
        inputs: Mapping[str, Any] = resource.get("inputs") or {}
        outputs: Mapping[str, Any] = resource.get("outputs") or {}
        is_made = bool(resource.get("id"))
        # The engine forgets what the program only reads ("external"), and deletes nothing of it.
        stays = resource.get("retainOnDelete") or resource.get("external")
        if force is None or not is_made or stays or inputs.get(force) is True:
            continue
        region = outputs.get("region") or inputs.get("region")
        found.append(Holder(label_of(resource), resource["type"], str(resource["id"]), region, force))
    return found


def not_empty(of_the_stack: Iterable[Holder], client: Client) -> list[Holder]:
    """Ask AWS which of the resources hold something.

    Args:
        of_the_stack: The resources.
        client: Makes clients.

    Raises:
        ToolchainError: AWS did not answer the question for a resource. A resource that is gone counts as empty.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 (slow to import; most runs ask nothing)

    found: list[Holder] = []
    for holder in of_the_stack:
        service, holds = _QUESTIONS[holder.type]
        try:
            if holds(client(service, holder.region), holder.name):
                found.append(holder)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _GONE:
                raise _unanswered(holder, error) from error
        except BotoCoreError as error:
            raise _unanswered(holder, error) from error
    return found


def refuse_if_not_empty(run: Run, resources: Iterable[Resource]) -> None:
    """Refuse to destroy a stack with resources that AWS would not delete, because it would be only half destroyed.

    Args:
        run: The prepared run on the stack.
        resources: The resources of the stack's state.

    Raises:
        ToolchainError: A resource is not empty, or AWS did not say. The message lists them and says what to do.
    """
    of_the_stack = holders(resources)
    client = client_of(run) if of_the_stack else None
    if client is None:
        return
    stack = run.stack.name
    full = not_empty(of_the_stack, client)
    if full:
        listed = "".join(f"\n  {visible(f'{each.label} ({each.name}; {each.force} is false)')}" for each in full)
        raise ToolchainError(
            f"{stack} holds resources that are not empty, which AWS does not delete, so nothing else is deleted "
            f"either:{listed}\n"
            "nothing has changed; empty them (of a bucket, all versions), or let 'destroy' empty them: set "
            "storage.force_destroy, frontend.force_destroy, vpc.flow_log_force_destroy, registry.force_delete or "
            f"backups.force_destroy in Pulumi.{stack}.yaml, run 'up', and destroy again (in prod, rules and policies "
            "refuse that 'up')"
        )


def client_of(run: Run) -> Client | None:
    """Return a function that makes clients for a run's AWS or emulator; None for the offline provider.

    Args:
        run: The prepared run.

    Raises:
        ToolchainError: The emulator is not running.
    """
    if run.mode is Mode.OFFLINE:
        return None
    import boto3  # noqa: PLC0415 (0.3 s that other runs need not pay)
    from botocore.config import Config  # noqa: PLC0415

    endpoint_url: str | None = None
    session: Any = boto3.Session
    if run.mode is Mode.EMULATOR:
        from toolchain.emulator.session import emulator_session  # noqa: PLC0415

        endpoint_url = run.local.endpoint() if run.local is not None else None
        if endpoint_url is None:
            raise ToolchainError("the emulator is not running, so nobody knows what the stack holds: run 'up' first")
        session = emulator_session
    made, options = session(), request_options(endpoint_url)

    @cache  # a stack has several buckets, and a client takes a while to make
    def client(service: str, region: str | None) -> Any:
        return made.client(service, region_name=region, endpoint_url=endpoint_url, config=Config(**options))

    return client


def _unanswered(holder: Holder, error: Exception) -> ToolchainError:
    reason = " ".join(str(error).split()).rstrip(".")
    return ToolchainError(
        f"AWS does not say whether {visible(holder.label)} ({visible(holder.name)}) is empty, so nothing is deleted: "
        f"{visible(reason)}"
    )


def _bucket_holds(s3: Any, name: str) -> bool:
    # It lists the objects of a bucket without versions as well (Amazon S3 API Reference, "ListObjectVersions").
    listed = s3.list_object_versions(Bucket=name, MaxKeys=1)
    return bool(listed.get("Versions") or listed.get("DeleteMarkers"))


def _repository_holds(ecr: Any, name: str) -> bool:
    return bool(ecr.list_images(repositoryName=name, maxResults=1)["imageIds"])


def _vault_holds(backup: Any, name: str) -> bool:
    return bool(backup.list_recovery_points_by_backup_vault(BackupVaultName=name, MaxResults=1)["RecoveryPoints"])


_QUESTIONS: Final[Mapping[str, tuple[str, Callable[[Any, str], bool]]]] = MappingProxyType(
    {
        "aws:s3/bucket:Bucket": ("s3", _bucket_holds),
        "aws:ecr/repository:Repository": ("ecr", _repository_holds),
        "aws:backup/vault:Vault": ("backup", _vault_holds),
    }
)
"""Type -> boto3's name of the service, and the function that asks whether the resource holds something."""
_GONE: Final = frozenset({"NoSuchBucket", "RepositoryNotFoundException", "ResourceNotFoundException"})
