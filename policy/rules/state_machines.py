"""AWS Step Functions: what a state machine did can be seen."""

from policy.checks import is_one_of, is_true
from policy.rule import Concern, Rule, Severity

STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"

RULES = (
    Rule(
        id="state-machine-logs",
        title="State machines log",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=("StepFunctions.1",),
        checkov=("CKV_AWS_285",),
        types=(STATE_MACHINE,),
        remediation="Set loggingConfiguration.level to ERROR or ALL, with a log group.",
        check=is_one_of("loggingConfiguration.level", "ALL", "ERROR", "FATAL"),
    ),
    Rule(
        id="state-machine-tracing",
        title="State machines are traced",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        checkov=("CKV_AWS_284",),
        types=(STATE_MACHINE,),
        remediation="Set tracingConfiguration.enabled to true.",
        check=is_true("tracingConfiguration.enabled"),
    ),
)
