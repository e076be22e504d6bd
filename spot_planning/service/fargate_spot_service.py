"""What the platform decides about every service."""

TARGET_GROUP_NAME_LENGTH = 32
"""Longest name of a target group: Elastic Load Balancing API Reference, "CreateTargetGroup"."""

LONGEST_NAME = TARGET_GROUP_NAME_LENGTH - len("-1234567")
"""Characters that a service's name may have: Pulumi adds seven digits to the target group's."""


def owned_environment(
    *, port: int, region: str, node_env: str, drain_seconds: int, describe_tasks: bool
) -> dict[str, str]:
    """The environment variables of the container contract that the platform decides.

    AUTO_MIGRATE is false because every task would run the migrations at its start, at the same time and again with
    every Spot task; they run once, as a task of their own, before the rollout. TRUST_PROXY is true because the
    client's address comes in X-Forwarded-For: the load balancer hides it.

    Args:
        port: The container's port.
        region: AWS region.
        node_env: ``production`` and the like.
        drain_seconds: Seconds the process goes on accepting requests after SIGTERM.
        describe_tasks: Whether it may ask Amazon ECS about its task. A container that asks without leave is refused at
            each of its starts, and Security Hub's CloudWatch.2 wants an alarm on refused calls.
    """
    return {
        "PORT": str(port),
        "NODE_ENV": node_env,
        "AWS_REGION": region,
        "TRUST_PROXY": "true",
        "AUTO_MIGRATE": "false",
        "DRAIN_SECONDS": str(drain_seconds),
        "DESCRIBE_TASKS": "true" if describe_tasks else "false",
    }
