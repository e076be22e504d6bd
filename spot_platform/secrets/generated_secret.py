"""A secret that the stack makes up once and never writes down anywhere else."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments, at_least, between, setting
from spot_planning.secrets.generated_secret import (
    MAXIMUM_LENGTH,
    MINIMUM_LENGTH,
    RECOVERY_WINDOW,
    field_problems,
    generate,
    secret_string,
    stored_value,
)
from spot_platform.component import Component, Transform, check
from spot_platform.secrets.own_account import own_account_only


@arguments
class GeneratedSecretArgs:
    """Arguments of `GeneratedSecret`."""

    description: str
    """What the secret opens, as the console shows it."""
    length: int = setting(default=64, allowed=between(MINIMUM_LENGTH, MAXIMUM_LENGTH))
    """Characters of the value, letters and digits, 32 to 128."""
    value_key: str | None = None
    """Key of the value in a JSON object; None stores the value alone."""
    fields: dict[str, str] = setting(default_factory=dict[str, str])
    """What else is in the JSON object, nothing of it secret: ``{"username": "app_admin"}``."""
    recovery_window_days: int = setting(default=30, allowed=RECOVERY_WINDOW)
    """Days for which a destroyed secret can be brought back, 7 to 30; 0 deletes it at once, so that the stack can be
    made again under the same names."""
    generation: int = setting(default=1, allowed=at_least(1))
    """Raise it by one to replace the value with a new one; whoever reads it is updated in the same ``up``."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the secret."""


@dataclass(frozen=True, kw_only=True)
class GeneratedSecretTransforms:
    """Changes to the arguments of `GeneratedSecret`'s resources."""

    secret: Transform | None = None
    policy: Transform | None = None
    version: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class GeneratedSecretNodes:
    """The resources of `GeneratedSecret`."""

    secret: aws.secretsmanager.Secret
    policy: aws.secretsmanager.SecretPolicy
    version: aws.secretsmanager.SecretVersion


class GeneratedSecret(Component):
    """spot-platform:index:GeneratedSecret: a random value in AWS Secrets Manager, made at the first ``up``.

    Makes: a secret, a policy that keeps other accounts away from it, and its first version. The value comes from the
    operating system's random source (190 bits and more). Every run of the program makes up another one, and all but
    the first are ignored: whoever needs the value takes the output, which is what is stored, also after an ``up`` that
    failed half-way.

    Costs: 0.40 USD a month, and 0.05 USD per 10 000 requests.

    Risks: the value is in the stack's state, encrypted with its secrets provider, because resources are made from it.
    Tasks keep the value that they started with, so a new `generation` is followed by a new deployment. Security Hub
    SecretsManager.1 asks for rotation by a schedule, which only a rotation function could keep.
    """

    arn: pulumi.Output[str]
    """ARN of the secret; known once there is a value in it."""
    value: pulumi.Output[str]
    """The stored value, a secret output."""

    def __init__(
        self,
        name: str,
        args: GeneratedSecretArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: GeneratedSecretTransforms | None = None,
    ) -> None:
        check(GeneratedSecret, name, args, further=field_problems(args.value_key, args.fields))
        super().__init__(name, opts)
        transforms = transforms or GeneratedSecretTransforms()

        secret = aws.secretsmanager.Secret(
            name,
            description=args.description,
            kms_key_id=args.kms_key_arn,
            recovery_window_in_days=args.recovery_window_days,
            tags={"Name": name},
            opts=self.child(transforms.secret),
        )
        version = aws.secretsmanager.SecretVersion(
            # A new resource, because the ignored changes would carry an old value into a replacement.
            name if args.generation == 1 else f"{name}-{args.generation}",
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(secret_string(generate(args.length), args.value_key, args.fields)),
            opts=self.child(
                transforms.version,
                # The stages too: a version that somebody put in its place must not lose AWSCURRENT to this one.
                pulumi.ResourceOptions(ignore_changes=["secretString", "versionStages"]),
            ),
        )

        policy = own_account_only(name, secret, self.child(transforms.policy))
        self.nodes = GeneratedSecretNodes(secret=secret, policy=policy, version=version)
        self.arn = version.secret_id  # the ARN, but known only once the secret has its value
        self.value = pulumi.Output.secret(version.secret_string).apply(
            lambda text: stored_value(text or "", args.value_key)
        )
        self.finish()
