"""The environment variables that the platform sets for every service, and the longest name of a service."""

TARGET_GROUP_NAME_LENGTH = 32
"""Longest name of a target group: Elastic Load Balancing API Reference, "CreateTargetGroup"."""

LONGEST_NAME = TARGET_GROUP_NAME_LENGTH - len("-1234567")
"""Longest name of a service: Pulumi appends a hyphen and seven characters to the target group's name."""


def owned_environment(
    *, port: int, region: str, node_env: str, drain_seconds: int, describe_tasks: bool
) -> dict[str, str]:
    """Return the environment variables of the container contract that the platform sets.

    AUTO_MIGRATE is false because otherwise every task would run the migrations at its start, tasks at the same time and
    each new Spot task again. Instead, a separate task runs them once before the rollout. TRUST_PROXY is true because
    the load balancer hides the client's address, which is in X-Forwarded-For.

    Args:
        port: The container's port.
        region: AWS region.
        node_env: NODE_ENV of the container, such as ``production``.
        drain_seconds: Seconds the process goes on accepting requests after SIGTERM.
        describe_tasks: Whether the container may ask Amazon ECS about its task. Without the permission a container that
            asks would be refused at each start, and Security Hub's CloudWatch.2 requires an alarm on refused calls.
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
