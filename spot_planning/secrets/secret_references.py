"""References to secrets, as Amazon ECS takes them."""

ARN_PREFIX = "arn:"


def value_from(reference: str, region: str, account_id: str) -> str:
    """The ``valueFrom`` of a container's secret.

    Amazon ECS wants the ARN of a Secrets Manager secret; the random suffix of it may be missing (Amazon ECS Developer
    Guide, "Pass Secrets Manager secrets through Amazon ECS environment variables").

    Args:
        reference: A secret's name, or its ARN, also with ``:<JSON key>:<stage>:<version>``.
        region: The region of a secret that is given by name.
        account_id: The account of a secret that is given by name.

    Returns:
        The ARN.
    """
    if reference.startswith(ARN_PREFIX):
        return reference
    return f"arn:aws:secretsmanager:{region}:{account_id}:secret:{reference}"
