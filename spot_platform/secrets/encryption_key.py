"""The KMS key that encrypts all data of a stack."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.account import ACCOUNT_ID, PARTITION, REGION
from spot_planning.declarations import arguments, between, setting
from spot_planning.documents import canonical_json
from spot_planning.secrets.encryption_key import key_policy
from spot_platform.component import Component, Transform


@arguments
class EncryptionKeyArgs:
    """Arguments of `EncryptionKey`."""

    account_id: str = setting(allowed=ACCOUNT_ID)
    """The account, 12 digits. No other account may use the key."""
    region: str = setting(allowed=REGION)
    """The Region of the key and of all data that it encrypts, such as ``us-east-1``."""
    partition: str = setting(default="aws", allowed=PARTITION)
    """``aws``, ``aws-cn`` or ``aws-us-gov``."""
    description: str = "Data at rest"
    """Purpose of the key, shown in the console."""
    deletion_window_days: int = setting(default=30, allowed=between(7, 30))
    """Days during which a destroyed key can be restored, 7 to 30. Afterwards all data that it encrypted is lost."""

    flow_logs: bool = False
    """Whether flow logs go to a bucket that is encrypted with the key."""
    retain: bool = False
    """Whether the key is kept when the stack is destroyed, because snapshots or recovery points that it encrypts
    stay."""


@dataclass(frozen=True, kw_only=True)
class EncryptionKeyTransforms:
    """Changes to the arguments of `EncryptionKey`'s resources."""

    key: Transform | None = None
    alias: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class EncryptionKeyNodes:
    """The resources of `EncryptionKey`."""

    key: aws.kms.Key
    alias: aws.kms.Alias


class EncryptionKey(Component):
    """spot-platform:index:EncryptionKey: a customer managed KMS key for all data of a stack.

    Makes: a symmetric key in one Region, rotated every year (Security Hub KMS.4), with a policy that allows this
    account's IAM policies, CloudWatch Logs, the publishers of encrypted topics, CloudFront and the delivery of its
    logs; and an alias.

    Costs: 1 USD a month, and 1 more after each of the first two rotations; 0.03 USD per 10 000 requests.

    Risks: all data that a deleted key encrypted is lost, including backups; KMS waits `deletion_window_days` first. A
    key with `retain` outlives the stack, without its alias, and still costs money: schedule its deletion by hand when
    the last snapshot and the last recovery point are deleted ("Deleting AWS KMS keys", AWS KMS Developer Guide). A new
    key replaces the database, the cache and the secrets, and `PrivateBucket` encrypts only new objects with it.
    """

    arn: pulumi.Output[str]
    """ARN of the key."""
    key_id: pulumi.Output[str]
    """Id of the key."""
    alias: pulumi.Output[str]
    """Name of the alias, beginning with ``alias/``."""

    def __init__(
        self,
        name: str,
        args: EncryptionKeyArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: EncryptionKeyTransforms | None = None,
    ) -> None:
        policy = key_policy(
            account_id=args.account_id, region=args.region, partition=args.partition, flow_logs=args.flow_logs
        )
        super().__init__(name, opts)
        transforms = transforms or EncryptionKeyTransforms()

        key = aws.kms.Key(
            name,
            description=args.description,
            region=args.region,
            enable_key_rotation=True,
            deletion_window_in_days=args.deletion_window_days,
            policy=canonical_json(policy),
            tags={"Name": name},
            opts=self.child(transforms.key, pulumi.ResourceOptions(retain_on_delete=args.retain)),
        )
        alias = aws.kms.Alias(
            name,
            name=f"alias/{name}",  # so that people can find the key; it can move to another key without replacement
            region=args.region,
            target_key_id=key.key_id,
            opts=self.child(transforms.alias),
        )

        self.nodes = EncryptionKeyNodes(key=key, alias=alias)
        self.arn = key.arn
        self.key_id = key.key_id
        self.alias = alias.name
        self.finish()
