"""AWS Step Functions: logs and traces of state machines."""

from typing import Final

from policy.checks import every, is_given, is_one_of, is_true
from policy.rule import Concern, Rule, Severity

STATE_MACHINE: Final = "aws:sfn/stateMachine:StateMachine"
LEVELS: Final = ("ERROR", "FATAL", "ALL")
"""The levels that StepFunctions.1 accepts; the only other level is OFF."""

RULES = (
    Rule(
        id="state-machine-logs",
        title="State machines log what fails",
        problem="The state machine does not log what fails",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=("StepFunctions.1",),
        prowler=("stepfunctions_statemachine_logging_enabled",),
        types=(STATE_MACHINE,),
        remediation="Set loggingConfiguration.level to ERROR and logDestination to a log group's ARN with :* after it.",
        check=every(
            is_one_of("loggingConfiguration.level", *LEVELS),
            is_given("loggingConfiguration.logDestination"),
        ),
        note="CKV_AWS_285 is not covered: it also requires the inputs and outputs of every step in the log.",
    ),
    Rule(
        id="state-machine-logs-every-step",
        title="State machines log each step",
        problem="The state machine does not log each step",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        cdk_nag=("AwsSolutions-SF1",),
        types=(STATE_MACHINE,),
        remediation="Set loggingConfiguration.level to ALL; includeExecutionData decides whether data is in the log.",
        check=is_one_of("loggingConfiguration.level", "ALL"),
        note="Step Functions itself keeps the history of an execution for 90 days, and none of Express workflows.",
    ),
    Rule(
        id="state-machine-tracing",
        title="State machines are traced",
        problem="The state machine is not traced",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        checkov=("CKV_AWS_284",),
        cdk_nag=("AwsSolutions-SF2",),
        types=(STATE_MACHINE,),
        remediation="Set tracingConfiguration.enabled to true.",
        check=is_true("tracingConfiguration.enabled"),
    ),
)
