"""The private repository for container images."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments
from spot_planning.documents import canonical_json
from spot_planning.service.container_registry import lifecycle_policy
from spot_planning.service.settings import ContainerRegistrySettings
from spot_platform.component import Component, Transform


@arguments
class ContainerRegistryArgs(ContainerRegistrySettings):
    """Arguments of `ContainerRegistry`."""

    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the images. A change needs a new repository."""


@dataclass(frozen=True, kw_only=True)
class ContainerRegistryTransforms:
    """Changes to the arguments of `ContainerRegistry`'s resources."""

    repository: Transform | None = None
    lifecycle_policy: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class ContainerRegistryNodes:
    """The resources of `ContainerRegistry`."""

    repository: aws.ecr.Repository
    lifecycle_policy: aws.ecr.LifecyclePolicy


class ContainerRegistry(Component):
    """spot-platform:index:ContainerRegistry: a private ECR repository with immutable tags.

    Makes: a repository with immutable tags, a scan at every push and encryption, and a lifecycle policy.

    Costs: 0.10 USD per GB and month; the basic scan nothing.

    Risks: the lifecycle policy does not know which image is in use. After ``keep_images`` newer images, an image is
    deleted even if its tasks still run, and they cannot be replaced. Since tags are immutable, ``latest`` can be pushed
    only once.
    """

    repository_url: pulumi.Output[str]
    """URL of the repository, to push to and pull from."""
    repository_arn: pulumi.Output[str]
    """ARN of the repository."""
    repository_name: pulumi.Output[str]
    """Name of the repository."""

    def __init__(
        self,
        name: str,
        args: ContainerRegistryArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ContainerRegistryTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        transforms = transforms or ContainerRegistryTransforms()
        repository = aws.ecr.Repository(
            name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=args.kms_key_arn)
            ],
            force_delete=args.force_delete,
            opts=self.child(transforms.repository),
        )
        self.nodes = ContainerRegistryNodes(
            repository=repository,
            lifecycle_policy=aws.ecr.LifecyclePolicy(
                name,
                repository=repository.name,
                policy=canonical_json(lifecycle_policy(keep_images=args.keep_images)),
                opts=self.child(transforms.lifecycle_policy),
            ),
        )
        self.repository_url = repository.repository_url
        self.repository_arn = repository.arn
        self.repository_name = repository.name
        self.finish()
