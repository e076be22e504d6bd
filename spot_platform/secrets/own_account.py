"""The resource policy that every secret of the stack has."""

import pulumi
import pulumi_aws as aws

from spot_planning.secrets.secret_policy import secret_policy
from spot_platform.planned import planned_json


def own_account_only(
    name: str, secret: aws.secretsmanager.Secret, opts: pulumi.ResourceOptions
) -> aws.secretsmanager.SecretPolicy:
    """Keep every principal of another account away from a secret.

    Args:
        name: Name of the resource; that of the secret.
        secret: The secret.
        opts: Options of the resource.
    """
    return aws.secretsmanager.SecretPolicy(
        name,
        secret_arn=secret.arn,
        policy=planned_json(secret_policy, secret_arn=secret.arn),
        # Secrets Manager then refuses a policy that opens the secret to everybody, also one that a transform makes.
        block_public_policy=True,
        opts=opts,
    )
