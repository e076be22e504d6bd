"""Amazon EC2: metadata and volumes of instances, such as the NAT instance of the cheapest profile."""

from collections.abc import Iterator

from policy.checks import is_one_of, is_own_key, is_true
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, violation

INSTANCE = "aws:ec2/instance:Instance"
VOLUME = "aws:ebs/volume:Volume"


def _volumes_encrypted(instance: ResourceView, _config: Config) -> Iterator[Verdict]:
    for device in (instance.at("rootBlockDevice"), *instance.at("ebsBlockDevices").items()):
        encrypted = device.at("encrypted")
        if not encrypted.flag():
            yield violation(encrypted.path, f"{encrypted}; it must be true")


RULES = (
    Rule(
        id="ec2-instance-metadata",
        title="The metadata service requires a token",
        problem="The metadata service does not require a token",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.8",),
        checkov=("CKV_AWS_79",),
        prowler=("ec2_instance_imdsv2_enabled",),
        trivy=("AWS-0028",),
        types=(INSTANCE,),
        remediation="Set metadataOptions.httpTokens to required.",
        check=is_one_of("metadataOptions.httpTokens", "required"),
    ),
    Rule(
        id="ec2-instance-volumes-encrypted",
        title="The volumes of instances are encrypted",
        problem="A volume of the instance is not encrypted",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("EC2.3",),
        checkov=(
            "CKV2_AWS_2",
            "CKV_AWS_8",
        ),
        cdk_nag=("AwsSolutions-EC26",),
        prowler=("ec2_ebs_volume_encryption",),
        trivy=("AWS-0131",),
        types=(INSTANCE,),
        remediation="Set encrypted of every block device to true.",
        check=_volumes_encrypted,
    ),
    Rule(
        id="ebs-volume-encrypted",
        title="Volumes are encrypted",
        problem="The volume is not encrypted",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        checkov=(
            "CKV2_AWS_2",
            "CKV_AWS_3",
        ),
        cdk_nag=("AwsSolutions-EC26",),
        prowler=("ec2_ebs_volume_encryption",),
        trivy=("AWS-0026",),
        types=(VOLUME,),
        remediation="Set encrypted to true.",
        check=is_true("encrypted"),
    ),
    Rule(
        id="ebs-volume-customer-managed-key",
        title="Volumes are encrypted with a customer-managed key",
        problem="The volume is encrypted with a key of AWS",
        severity=Severity.LOW,
        concern=Concern.ENCRYPTION,
        checkov=("CKV_AWS_189",),
        trivy=("AWS-0027",),
        types=(VOLUME,),
        remediation="Give kmsKeyId.",
        check=is_own_key("kmsKeyId"),
    ),
)
