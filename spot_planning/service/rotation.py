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


def redeployment(*, cluster: str, service: str, partition: str = "aws") -> dict[str, Any]:
    """The state machine that has Amazon ECS replace the tasks of a service, with nothing else changed.

    Args:
        cluster: Name of the cluster.
        service: Name of the service.
        partition: The AWS partition.

    Source: AWS Step Functions Developer Guide, "Learning to use AWS service SDK integrations".
    """
    return {
        "Comment": "Replace the tasks, which keep the secrets they started with",
        "StartAt": "Redeploy",
        "States": {
            "Redeploy": {
                "Type": "Task",
                "Resource": f"arn:{partition}:states:::aws-sdk:ecs:updateService",
                "Parameters": {"Cluster": cluster, "Service": service, "ForceNewDeployment": True},
                # The whole service comes back; nobody here reads it.
                "ResultPath": None,
                "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxAttempts": 5, "BackoffRate": 2}],
                "End": True,
            }
        },
    }


LOG_GROUP_PREFIX = "/aws/vendedlogs/states/"
"""What the name of a state machine's log group begins with. Every other log group makes the resource policy of log
delivery longer, until it reaches the limit of 5,120 characters and no further state machine can log; groups of this
prefix are admitted together (AWS Step Functions Developer Guide, "Avoiding Amazon CloudWatch Logs resource policy size
limits")."""


def redeployment_policy(service_arn: str) -> Document:
    """What the state machine may do: update this service, log and trace.

    CloudWatch Logs and X-Ray know no resources in these actions; Step Functions sets log delivery up with the role of
    the state machine and refuses one that may not ("Using CloudWatch Logs to log execution history in Step Functions"
    and "IAM policies for AWS X-Ray", AWS Step Functions Developer Guide). Streams are
    created and events put by the delivery service, which that resource policy admits.

    Args:
        service_arn: ``arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME``.
    """
    return document(
        statement("RedeployService", ["ecs:UpdateService"], [service_arn]),
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
