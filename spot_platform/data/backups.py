"""Backups of the database and the buckets, with optional copies in another Region."""

from collections.abc import Iterator
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.data.backups import (
    COMPLETION_WINDOW_MINUTES,
    START_WINDOW_MINUTES,
    backup_policy_arns,
)
from spot_planning.data.rules import BACKUPS_RULES
from spot_planning.data.settings import BackupsSettings
from spot_planning.declarations import arguments
from spot_planning.documents import canonical_json
from spot_planning.iam.policy_documents import assume_role_document
from spot_planning.problems import Problem
from spot_platform.component import Component, Transform, check
from spot_platform.data.copy_events import CopyEvents, CopyEventsArgs, CopyEventsTransforms
from spot_platform.monitoring.log_delivery import LogDelivery
from spot_platform.planned import planned


@arguments
class BackupsArgs(BackupsSettings, LogDelivery):
    """Arguments of `Backups`."""

    resource_arns: list[pulumi.Input[str]]
    """ARNs of the databases and buckets to back up; buckets must be versioned."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the vault."""
    copy_kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the vault for copies, in its Region; None for the account's key for AWS Backup in that Region."""


@dataclass(frozen=True, kw_only=True)
class BackupsTransforms:
    """Changes to the arguments of `Backups`'s resources."""

    vault: Transform | None = None
    vault_lock: Transform | None = None
    copy_vault: Transform | None = None
    copy_events: CopyEventsTransforms | None = None
    role: Transform | None = None
    role_policy_attachment: Transform | None = None
    plan: Transform | None = None
    selection: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class BackupsNodes:
    """The resources of `Backups`."""

    vault: aws.backup.Vault
    copy_vault: aws.backup.Vault | None
    copy_events: CopyEvents | None
    role: aws.iam.Role
    plan: aws.backup.Plan
    selection: aws.backup.Selection


class Backups(Component):
    """spot-platform:index:Backups: daily recovery points of databases and buckets, with copies in another Region.

    Makes: an encrypted vault, locked if `minimum_retention_days` is set; a plan with one rule; a selection by ARN; a
    role that can back up but not restore; and, with `copy_region`, a vault for copies and `CopyEvents`, which count the
    failed copies.

    Costs: recovery points of Amazon RDS 0.095 USD per GB-month beyond the free size of the database, of Amazon S3 0.05
    USD per GB-month; a copy costs the same again, and 0.02 USD per GB between Regions.

    Without `force_destroy`, the vaults with their locks and the role outlive the stack, and AWS Backup deletes the
    recovery points when their retention ends. Then delete the vaults and the role by hand. For the same reason a vault
    stays locked when `minimum_retention_days` is set to None: then delete the lock by hand.

    Risks: do not rely on a backup that was never restored. Restore with a separate role that has
    AWSBackupServiceRolePolicyForRestores and AWSBackupServiceRolePolicyForS3Restore. Amazon RDS itself does the
    point-in-time recovery of the database: continuous backups of AWS Backup would change the instance's backup window
    and retention, and every ``up`` would change them back. AWS Backup turns on EventBridge notifications of the buckets
    that it backs up.
    """

    vault_name: pulumi.Output[str]
    """Name of the vault."""
    vault_arn: pulumi.Output[str]
    """ARN of the vault."""
    copy_vault_arn: pulumi.Output[str | None]
    """ARN of the vault for copies; None without copies."""
    copy_metric_namespace: pulumi.Output[str] | None
    """The CloudWatch namespace of the metric FailedCopies; None without copies."""

    def __init__(
        self,
        name: str,
        args: BackupsArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: BackupsTransforms | None = None,
    ) -> None:
        check(Backups, name, args, BACKUPS_RULES, _problems(args))
        super().__init__(name, opts)
        self._args = args
        self._transforms = transforms = transforms or BackupsTransforms()

        vault = aws.backup.Vault(
            name,
            kms_key_arn=args.kms_key_arn,
            force_destroy=args.force_destroy,
            tags={"Name": name},
            opts=self._kept(transforms.vault),
        )
        self._lock(name, vault, self._kept(transforms.vault_lock))
        copy_vault = self._copy_vault(name, args.copy_region) if args.copy_region is not None else None
        role, attachments = self._role(name, vault)
        plan = self._plan(name, vault, copy_vault)
        selection = aws.backup.Selection(
            name,
            name=name,
            plan_id=plan.id,
            iam_role_arn=role.arn,
            resources=args.resource_arns,
            opts=self.child(transforms.selection, pulumi.ResourceOptions(depends_on=attachments)),
        )

        copy_events = self._copy_events(name, vault) if copy_vault is not None else None
        self.nodes = BackupsNodes(
            vault=vault, copy_vault=copy_vault, copy_events=copy_events, role=role, plan=plan, selection=selection
        )
        self.copy_metric_namespace = None if copy_events is None else copy_events.metric_namespace
        self.vault_name = vault.name
        self.vault_arn = vault.arn
        self.copy_vault_arn = pulumi.Output.from_input(None if copy_vault is None else copy_vault.arn)
        self.finish()

    def _kept(self, transform: Transform | None) -> pulumi.ResourceOptions:
        """Return the options of a child that outlives the stack, unless recovery points are deleted with it.

        AWS refuses to delete a vault that holds recovery points ("DeleteBackupVault", AWS Backup API Reference).
        """
        return self.child(transform, pulumi.ResourceOptions(retain_on_delete=not self._args.force_destroy))

    def _lock(
        self, name: str, vault: aws.backup.Vault, opts: pulumi.ResourceOptions, region: str | None = None
    ) -> None:
        if self._args.minimum_retention_days is not None:
            # Without changeable_for_days the lock is in governance mode: principals with the permission can remove it.
            # Every change replaces the resource, but the vault has only one lock: deleted last, the old resource would
            # take the new lock away.
            aws.backup.VaultLockConfiguration(
                name,
                region=region,
                backup_vault_name=vault.name,
                min_retention_days=self._args.minimum_retention_days,
                opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True)),
            )

    def _copy_vault(self, name: str, region: str) -> aws.backup.Vault:
        vault = aws.backup.Vault(
            f"{name}-copy",
            region=region,
            kms_key_arn=self._args.copy_kms_key_arn,
            force_destroy=self._args.force_destroy,
            tags={"Name": f"{name}-copy"},
            opts=self._kept(self._transforms.copy_vault),
        )
        self._lock(f"{name}-copy", vault, self._kept(self._transforms.vault_lock), region)
        return vault

    def _copy_events(self, name: str, vault: aws.backup.Vault) -> CopyEvents:
        return CopyEvents(
            f"{name}-copies",
            CopyEventsArgs(
                vault_arn=vault.arn,
                retention_days=self._args.log_retention_days,
                kms_key_arn=self._args.kms_key_arn,
                log_delivery_policy=self._args.log_delivery_policy,
            ),
            self.child(),
            transforms=self._transforms.copy_events,
        )

    def _role(self, name: str, vault: aws.backup.Vault) -> tuple[aws.iam.Role, list[aws.iam.RolePolicyAttachment]]:
        # AWS Backup deletes expired recovery points with the role that made them (AWS Backup Developer Guide, "Identity
        # and access management in AWS Backup"), so the role and its policies stay as long as the vaults.
        role = aws.iam.Role(
            name,
            description="AWS Backup makes recovery points",
            # No source account: AWS Backup does not document it, and another account cannot pass a role to AWS Backup.
            assume_role_policy=canonical_json(assume_role_document("backup.amazonaws.com")),
            tags={"Name": name},
            opts=self._kept(self._transforms.role),
        )
        attachments: list[aws.iam.RolePolicyAttachment] = []
        for what in ("database", "buckets"):

            def policy_arn(arn: str, what: str = what) -> str:
                return backup_policy_arns(arn)[what]

            attachments.append(
                aws.iam.RolePolicyAttachment(
                    f"{name}-{what}",
                    role=role.name,
                    policy_arn=planned(policy_arn, arn=vault.arn),
                    opts=self._kept(self._transforms.role_policy_attachment),
                )
            )
        return role, attachments

    def _plan(self, name: str, vault: aws.backup.Vault, copy_vault: aws.backup.Vault | None) -> aws.backup.Plan:
        args = self._args
        return aws.backup.Plan(
            name,
            rules=[
                aws.backup.PlanRuleArgs(
                    rule_name="scheduled",
                    target_vault_name=vault.name,
                    schedule=args.schedule,
                    start_window=START_WINDOW_MINUTES,
                    completion_window=COMPLETION_WINDOW_MINUTES,
                    enable_continuous_backup=False,
                    lifecycle=aws.backup.PlanRuleLifecycleArgs(delete_after=args.retention_days),
                    copy_actions=None
                    if copy_vault is None
                    else [
                        aws.backup.PlanRuleCopyActionArgs(
                            destination_vault_arn=copy_vault.arn,
                            lifecycle=aws.backup.PlanRuleCopyActionLifecycleArgs(delete_after=args.copy_retention_days),
                        )
                    ],
                )
            ],
            tags={"Name": name},
            opts=self.child(self._transforms.plan),
        )


def _problems(args: BackupsArgs) -> Iterator[Problem]:
    if not args.resource_arns:
        yield Problem(("resource_arns",), "is empty: there is nothing to back up", shows_value=False)
