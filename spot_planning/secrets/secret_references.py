"""References to secrets in the form that Amazon ECS accepts."""

ARN_PREFIX = "arn:"


def value_from(reference: str, region: str, account_id: str) -> str:
    """Return the ``valueFrom`` of a container's secret.

    Amazon ECS needs the ARN of a Secrets Manager secret; its random suffix may be missing (Amazon ECS Developer Guide,
    "Pass Secrets Manager secrets through Amazon ECS environment variables").

    Args:
        reference: A secret's name, or its ARN, also with ``:<JSON key>:<stage>:<version>``.
        region: The Region of a secret that is given by name.
        account_id: The account of a secret that is given by name.

    Returns:
        The ARN.
    """
    if reference.startswith(ARN_PREFIX):
        return reference
    return f"arn:aws:secretsmanager:{region}:{account_id}:secret:{reference}"
