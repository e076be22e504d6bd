"""Account-wide protections that a stack can set, such as no public snapshots: a stack must not switch them off."""

from collections.abc import Iterator
from typing import Final

from policy.checks import ResourceCheck, is_false, is_one_of, is_true
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict

SERVICE_SETTING: Final = "aws:ssm/serviceSetting:ServiceSetting"
PUBLIC_DOCUMENTS: Final = "/ssm/documents/console/public-sharing-permission"


def _is_about_documents(setting: ResourceView) -> bool:
    return (setting.text("settingId") or PUBLIC_DOCUMENTS).endswith(PUBLIC_DOCUMENTS)


GUARDS: Final[dict[str, ResourceCheck]] = {
    "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess": is_one_of(
        "state", "block-all-sharing", "block-new-sharing"
    ),
    "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess": is_one_of("state", "block-new-sharing"),
    "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults": is_one_of("httpTokens", "required"),
    "aws:ec2/serialConsoleAccess:SerialConsoleAccess": is_false("enabled"),
    "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration": is_true("blockPublicSecurityGroupRules"),
    SERVICE_SETTING: is_one_of("settingValue", "Disable", when=_is_about_documents),
}
"""Type -> the check that its protection is on (AWS's pages "Block public access for AMIs", "Block public access for
snapshots", "Configure instance metadata options", "EC2 Serial Console", "Block public sharing for SSM documents" and
"Using Amazon EMR block public access")."""


def _stays_on(resource: ResourceView, config: Config) -> Iterator[Verdict]:
    yield from GUARDS[resource.type](resource, config)


RULES = (
    Rule(
        id="account-guards-on",
        title="Protections of the whole account stay on, where a stack sets them",
        problem="A protection of the whole account is switched off",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        prowler=(
            "ec2_ami_account_block_public_access",
            "ec2_ebs_snapshot_account_block_public_access",
            "ec2_instance_account_imdsv2_enabled",
        ),
        types=tuple(GUARDS),
        remediation="Leave the protection on, or leave it out of the stack.",
        check=_stays_on,
        note=(
            "It checks the protections against public images and snapshots, instance metadata without a token, the "
            "serial console, public documents of Systems Manager, and public EMR clusters. These are settings of the "
            "account: the rule checks only stacks that have them as resources."
        ),
    ),
)
