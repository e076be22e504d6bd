"""The resource policy of the stack's secrets."""

import pulumi
import pulumi_aws as aws

from spot_planning.secrets.secret_policy import secret_policy
from spot_platform.planned import planned_json


def own_account_only(
    name: str, secret: aws.secretsmanager.Secret, opts: pulumi.ResourceOptions
) -> aws.secretsmanager.SecretPolicy:
    """Deny access to a secret for every principal of another account.

    Args:
        name: Name of the resource; the same as the secret's.
        secret: The secret.
        opts: Options of the resource.
    """
    return aws.secretsmanager.SecretPolicy(
        name,
        secret_arn=secret.arn,
        policy=planned_json(secret_policy, secret_arn=secret.arn),
        # With this, Secrets Manager refuses a policy that allows everybody, even if a transform makes it.
        block_public_policy=True,
        opts=opts,
    )
