"""Replaces a service's tasks when one of its secrets gets a new value: event pattern, state machine and policies."""

from collections.abc import Sequence
from typing import Any

from spot_planning.iam.policy_documents import Document, document, has_random_end, secret_arn, statement


def rotation_pattern(secrets: Sequence[str]) -> dict[str, Any]:
    """Return the EventBridge pattern for a new current value of one of these secrets.

    Secrets Manager sends this event itself; RotationSucceeded comes through CloudTrail, so only if there is a trail.
    The event has the whole ARN. For a secret that is given without its random suffix, the pattern has only the
    beginning of the ARN, so a change of a secret ``mail-api`` also redeploys a service that reads ``mail``.

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
"""Seconds between two polls of the service's deployments."""

MOST_LOOKS = 60
"""Polls after which the tasks are replaced even if a deployment is in progress. A deployment that has not ended within
an hour is stuck, and tasks that cannot log in any more are worse."""

_RETRY = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxAttempts": 5, "BackoffRate": 2}]


def redeployment(*, cluster: str, service: str, partition: str = "aws") -> dict[str, Any]:
    """Return the state machine that tells Amazon ECS to replace the tasks of a service without other changes.

    It waits while a deployment is in progress. Otherwise Amazon ECS would stop that deployment in favour of the new
    one, and the ``up`` that waits for it would fail ("ServiceDeployment", Amazon ECS API Reference).

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
                # The response contains the whole service, which no state needs.
                "ResultPath": None,
                "Retry": _RETRY,
                "End": True,
            },
        },
    }


LOG_GROUP_PREFIX = "/aws/vendedlogs/states/"
"""Prefix of the names of state machines' log groups. Each log group without this prefix makes the resource policy of
log delivery longer, until the policy reaches the limit of 5,120 characters and no further state machine can log. Log
groups with this prefix share one entry (AWS Step Functions Developer Guide, "Avoiding Amazon CloudWatch Logs resource
policy size limits")."""


def redeployment_policy(service_arn: str) -> Document:
    """Return the state machine's policy: it may describe and update this service, write logs and send traces.

    These actions of CloudWatch Logs and X-Ray have no resource-level permissions. Step Functions sets up log delivery
    with the role of the state machine and refuses a role without these permissions ("Using CloudWatch Logs to log
    execution history in Step Functions" and "IAM policies for AWS X-Ray", AWS Step Functions Developer Guide). The
    delivery service creates the log streams and writes the events; the resource policy allows it.

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
    """Return the policy of the role of EventBridge: it may start this state machine.

    Args:
        state_machine_arn: ARN of the state machine.
    """
    return document(statement("StartRedeployment", ["states:StartExecution"], [state_machine_arn]))
