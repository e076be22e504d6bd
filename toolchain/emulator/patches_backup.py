"""Patches of moto's AWS Backup: recovery points and plans. moto's objects are practically untyped, hence Any."""

import json
from typing import Any

from moto.backup import urls
from moto.backup.exceptions import ResourceNotFoundException
from moto.backup.models import Plan
from moto.backup.responses import BackupResponse

from toolchain.emulator.patching import add


def list_recovery_points() -> None:
    """Backup ListRecoveryPointsByBackupVault: always empty, because the emulator runs no backup jobs.

    Reason: missing; the provider lists the recovery points before it deletes a vault with ``forceDestroy``. Not
    offered upstream: no internet here.
    """

    def listing(self: Any) -> str:
        name = self.path.split("/backup-vaults/", 1)[1].split("/", 1)[0]
        self.backup_backend.describe_backup_vault(name)  # raises AWS's error if there is no such vault
        return json.dumps({"RecoveryPoints": []})

    add(BackupResponse, "list_recovery_points_by_backup_vault", listing)
    for end in ("", "/"):  # some SDKs send the slash at the end and some do not
        urls.url_paths[f"{{0}}/backup-vaults/(?P<name>[^/]+)/recovery-points{end}$"] = BackupResponse.dispatch


def update_backup_plans() -> None:
    """Backup UpdateBackupPlan. Reason: missing. Not offered upstream: no internet here."""

    def update(self: Any) -> str:
        identifier = self.path.split("/plans/", 1)[1].rstrip("/")
        plans = self.backup_backend.plans
        if identifier not in plans:
            raise ResourceNotFoundException(f"Failed reading Backup plan with provided version: {identifier}")
        plan: Any = plans[identifier]
        made: Any = Plan(json.loads(self.body)["BackupPlan"], "", self.backup_backend)
        plan.backup_plan, plan.version_id = made.backup_plan, made.version_id
        plan.advanced_backup_settings = made.advanced_backup_settings
        return json.dumps(plan.to_dict())

    add(BackupResponse, "update_backup_plan", update)
