"""Services that watch over an account, and builds, jobs and notebooks that could escape from their container."""

from collections.abc import Iterator
from typing import Final

from policy.checks import every, is_false, is_none_of, is_one_of, is_true
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict
from policy.rules.clear_secrets import CODEBUILD
from policy.rules.data_stores import NOTEBOOK, of_types
from policy.rules.ecs import not_privileged

TRAIL: Final = "aws:cloudtrail/trail:Trail"
RECORDER: Final = "aws:cfg/recorderStatus:RecorderStatus"
DETECTOR: Final = "aws:guardduty/detector:Detector"
JOB: Final = "aws:batch/jobDefinition:JobDefinition"


def _job_is_not_privileged(job: ResourceView, _config: Config) -> Iterator[Verdict]:
    container = job.at("containerProperties")
    if container.present:
        yield from not_privileged(container.document())


ON: Final = {
    TRAIL: every(is_true("enableLogging"), is_true("enableLogFileValidation"), is_true("isMultiRegionTrail")),
    RECORDER: is_true("isEnabled"),
    DETECTOR: is_true("enable"),
}
NOT_PRIVILEGED: Final = {
    CODEBUILD: is_false("environment.privilegedMode"),
    JOB: _job_is_not_privileged,
    NOTEBOOK: is_one_of("rootAccess", "Disabled"),
}

RULES = (
    Rule(
        id="watching-switched-on",
        title="CloudTrail, AWS Config and GuardDuty are switched on, and a trail covers every Region",
        problem="A service that watches over the account is switched off, or sees only a part",
        severity=Severity.HIGH,
        concern=Concern.AUDIT,
        fsbp=("CloudTrail.4",),
        checkov=(
            "CKV_AWS_36",
            "CKV_AWS_67",
            "CKV_AWS_251",
        ),
        types=tuple(ON),
        remediation="Set the property that the message names to true.",
        check=of_types(ON),
        note="It checks only those that a stack makes, not whether the account has them at all.",
    ),
    Rule(
        id="builds-not-privileged",
        title="Builds, jobs and notebooks do not run privileged",
        problem="The build, job or notebook runs privileged, and may escape from its container",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        fsbp=(
            "CodeBuild.5",
            "SageMaker.3",
        ),
        checkov=(
            "CKV_AWS_210",
            "CKV_AWS_307",
            "CKV_AWS_316",
        ),
        types=tuple(NOT_PRIVILEGED),
        remediation=(
            "Set the property that the message names; CodeBuild makes images with environment.dockerServer instead."
        ),
        check=of_types(NOT_PRIVILEGED),
        note="A build that makes images in its own Docker daemon must be privileged: exempt that build.",
    ),
    Rule(
        id="builds-not-public",
        title="The output of builds is not public",
        problem="Anybody in the world may read the output of the builds",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        types=(CODEBUILD,),
        remediation="Leave projectVisibility PRIVATE.",
        check=is_none_of("projectVisibility", "PUBLIC_READ"),
    ),
)
