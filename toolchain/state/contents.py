"""Finds what AWS would not delete: full buckets, repositories and vaults, and places where others have put something.

AWS deletes the first only when they are empty (Amazon S3 API Reference, "DeleteBucket"; Amazon ECR API Reference,
"DeleteRepository"; AWS Backup API Reference, "DeleteBackupVault"); for the places see `toolchain.state.others`. The
engine learns this from AWS's refusal, when half of the stack is deleted. So `destroy` asks AWS before the first
deletion.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from toolchain.aws_clients import request_options
from toolchain.driver import Run
from toolchain.errors import ToolchainError
from toolchain.modes import Mode
from toolchain.state import others
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
    found: list[Holder] = []
    for holder in of_the_stack:
        service, holds = _QUESTIONS[holder.type]
        with _answered(f"whether {holder.label} ({holder.name}) is empty", _GONE):
            if holds(client(service, holder.region), holder.name):
                found.append(holder)
    return found


def of_others(resources: Iterable[Resource], client: Client) -> list[str]:
    """Ask AWS what others have put into the stack's hosted zone, cluster and network.

    Args:
        resources: The resources of the stack's state.
        client: Makes clients.

    Returns:
        The places with things of others, each as ``kind name (id; things)``.

    Raises:
        ToolchainError: AWS did not answer the question for a place. A place that is gone counts as empty.
    """
    known = tuple(resources)
    own = others.own(known)
    found: list[str] = []
    for place in others.places(known):
        service, inside = others.QUESTIONS[place.type]
        with _answered(f"what {place.label} ({place.name}) contains", others.GONE):
            names = [name for key, name in inside(client(service, place.region), place.name) if key not in own]
            if names:
                more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
                found.append(f"{place.label} ({place.name}; {', '.join(names[:_NAMED])}{more})")
    return found


def refuse_if_not_empty(run: Run, resources: Iterable[Resource]) -> None:
    """Refuse to destroy a stack with resources that AWS would not delete, because it would be only half destroyed.

    Args:
        run: The prepared run on the stack.
        resources: The resources of the stack's state.

    Raises:
        ToolchainError: A resource is not empty, others have put something into one, or AWS did not say. The message
            lists them and says what to do.
    """
    known = tuple(resources)
    of_the_stack = holders(known)
    client = client_of(run) if of_the_stack or others.places(known) else None
    if client is None:
        return
    stack = run.stack.name
    full = [f"{each.label} ({each.name}; {each.force} is false)" for each in not_empty(of_the_stack, client)]
    shared = of_others(known, client)
    parts: list[str] = []
    if full:
        parts.append(
            f"{stack} holds resources that are not empty, which AWS does not delete, so nothing else is deleted "
            f"either:{_lines(full)}\n"
            "nothing has changed; empty them (of a bucket, all versions), or let 'destroy' empty them: set "
            "storage.force_destroy, frontend.force_destroy, vpc.flow_log_force_destroy, registry.force_delete or "
            f"backups.force_destroy in Pulumi.{stack}.yaml, run 'up', and destroy again (in prod, rules and policies "
            "refuse that 'up')"
        )
    if shared:
        parts.append(
            f"{stack} holds resources that contain things that it did not make, which AWS does not delete, so nothing "
            f"else is deleted either:{_lines(shared)}\n"
            "nothing has changed; delete or move these things, and destroy again"
        )
    if parts:
        raise ToolchainError("\n".join(parts))


def _lines(texts: Iterable[str]) -> str:
    return "".join(f"\n  {visible(each)}" for each in texts)


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


@contextmanager
def _answered(question: str, gone: frozenset[str]) -> Generator[None]:
    """Turn AWS's refusal to answer into an error that names the question.

    Args:
        question: What is asked.
        gone: AWS's codes for a resource that is gone, which answer the question.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 (slow to import; most runs ask nothing)

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") in gone:
            return
        reason = " ".join(str(error).split()).rstrip(".")
        raise ToolchainError(
            f"AWS does not say {visible(question)}, so nothing is deleted: {visible(reason)}"
        ) from error


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
_NAMED: Final = 3
"""How many things of others a line names."""
_GONE: Final = frozenset({"NoSuchBucket", "RepositoryNotFoundException", "ResourceNotFoundException"})
