"""What happens when a secret that a service reads gets a new value."""

from collections.abc import Sequence
from typing import Any

from spot_planning.iam.policy_documents import Document, document, has_random_end, secret_arn, statement


def rotation_pattern(secrets: Sequence[str]) -> dict[str, Any]:
    """The EventBridge pattern for a new current value of one of these secrets.

    Secrets Manager sends this event by itself; RotationSucceeded would come through CloudTrail, and only where there
    is a trail. The event has the whole ARN: for a secret that is given without its random end, a pattern knows only how
    the ARN begins, and a secret ``mail-api`` redeploys the reader of ``mail`` too.

    Args:
        secrets: ``valueFrom`` ARNs of the containers.

    Source: AWS Secrets Manager User Guide, "Secret Label Updated event".
    """
    return {
        "source": ["aws.secretsmanager"],
        "detail-type": ["Secret Label Updated"],
        "resources": [
            arn if has_random_end(arn) else {"prefix": f"{arn}-"}
            for arn in sorted({secret_arn(value_from) for value_from in secrets})
        ],
        "detail": {"labelUpdated": ["AWSCURRENT"]},
    }


BETWEEN_LOOKS_SECONDS = 60
"""Seconds from one look at the service's deployments to the next."""

MOST_LOOKS = 60
"""Looks after which the tasks are replaced all the same: a deployment that has not ended within the hour is stuck, and
what the tasks cannot log in to any more is worse."""

_RETRY = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxAttempts": 5, "BackoffRate": 2}]


def redeployment(*, cluster: str, service: str, partition: str = "aws") -> dict[str, Any]:
    """The state machine that has Amazon ECS replace the tasks of a service, with nothing else changed.

    It waits while a deployment is in progress: Amazon ECS would stop that one in favour of this one, and the ``up``
    that waits for it would fail ("ServiceDeployment", Amazon ECS API Reference).

    Args:
        cluster: Name of the cluster.
        service: Name of the service.
        partition: The AWS partition.

    Source: AWS Step Functions Developer Guide, "Learning to use AWS service SDK integrations"; Amazon ECS API
    Reference, "Deployment", rolloutState.
    """
    ecs = f"arn:{partition}:states:::aws-sdk:ecs"
    in_progress = "$.Services[0].Deployments[?(@.RolloutState == 'IN_PROGRESS')].Id"
    return {
        "Comment": "Replace the tasks, which keep the secrets they started with",
        "StartAt": "Begin",
        "States": {
            "Begin": {"Type": "Pass", "Result": {"looks": 0}, "Next": "Look"},
            "Look": {
                "Type": "Task",
                "Resource": f"{ecs}:describeServices",
                "Parameters": {"Cluster": cluster, "Services": [service]},
                "ResultSelector": {"in_progress.$": in_progress},
                "ResultPath": "$.deployments",
                "Retry": _RETRY,
                "Next": "Choose",
            },
            "Choose": {
                "Type": "Choice",
                "Choices": [
                    {
                        "And": [
                            {"Variable": "$.deployments.in_progress[0]", "IsPresent": True},
                            {"Variable": "$.looks", "NumericLessThan": MOST_LOOKS},
                        ],
                        "Next": "Wait",
                    }
                ],
                "Default": "Redeploy",
            },
            "Wait": {"Type": "Wait", "Seconds": BETWEEN_LOOKS_SECONDS, "Next": "Count"},
            "Count": {"Type": "Pass", "Parameters": {"looks.$": "States.MathAdd($.looks, 1)"}, "Next": "Look"},
            "Redeploy": {
                "Type": "Task",
                "Resource": f"{ecs}:updateService",
                "Parameters": {"Cluster": cluster, "Service": service, "ForceNewDeployment": True},
                # The whole service comes back; nobody here reads it.
                "ResultPath": None,
                "Retry": _RETRY,
                "End": True,
            },
        },
    }


LOG_GROUP_PREFIX = "/aws/vendedlogs/states/"
"""What the name of a state machine's log group begins with. Every other log group makes the resource policy of log
delivery longer, until it reaches the limit of 5,120 characters and no further state machine can log; groups of this
prefix are admitted together (AWS Step Functions Developer Guide, "Avoiding Amazon CloudWatch Logs resource policy size
limits")."""


def redeployment_policy(service_arn: str) -> Document:
    """What the state machine may do: look at and update this service, log and trace.

    CloudWatch Logs and X-Ray know no resources in these actions; Step Functions sets log delivery up with the role of
    the state machine and refuses one that may not ("Using CloudWatch Logs to log execution history in Step Functions"
    and "IAM policies for AWS X-Ray", AWS Step Functions Developer Guide). Streams are
    created and events put by the delivery service, which that resource policy admits.

    Args:
        service_arn: ``arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME``.
    """
    return document(
        statement("RedeployService", ["ecs:DescribeServices", "ecs:UpdateService"], [service_arn]),
        statement(
            "SetUpLogDelivery",
            [
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
            ],
            ["*"],
        ),
        statement(
            "Trace",
            [
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ],
            ["*"],
        ),
    )


def start_policy(state_machine_arn: str) -> Document:
    """What EventBridge may do: start this state machine.

    Args:
        state_machine_arn: The state machine.
    """
    return document(statement("StartRedeployment", ["states:StartExecution"], [state_machine_arn]))
