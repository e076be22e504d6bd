"""A secret whose value the stack generates once."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments, between, integer_from, setting
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
    """Purpose of the secret, shown in the console."""
    length: int = setting(default=64, allowed=between(MINIMUM_LENGTH, MAXIMUM_LENGTH))
    """Characters of the value, letters and digits, 32 to 128."""
    value_key: str | None = None
    """Key of the value in a JSON object; None stores the value alone."""
    fields: dict[str, str] = setting(default_factory=dict[str, str])
    """Further keys and values of the JSON object, which are not secret: ``{"username": "app_admin"}``."""
    recovery_window_days: int = setting(default=30, allowed=RECOVERY_WINDOW)
    """Days during which a destroyed secret can be restored, 7 to 30; 0 deletes it at once, so that the stack can be
    created again with the same names."""
    generation: int = setting(default=1, allowed=integer_from(1))
    """Increase it by one for a new value. Resources that use the value are updated in the same ``up``."""
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
    """spot-platform:index:GeneratedSecret: a random value in AWS Secrets Manager, generated at the first ``up``.

    Makes: a secret, a policy that denies access to other accounts, and its first version. The value comes from the
    operating system's random source (190 bits and more). Every run of the program generates another value, and all but
    the first are ignored. So always use the output `value`: it is the stored value, even after an ``up`` that failed
    half-way.

    Costs: 0.40 USD a month, and 0.05 USD per 10 000 requests.

    Risks: the value is in the stack's state, encrypted with its secrets provider, because resources are made from it.
    Tasks keep the value that they started with, so a new `generation` must be followed by a new deployment. Security
    Hub SecretsManager.1 requires scheduled rotation, which would need a rotation function.
    """

    arn: pulumi.Output[str]
    """ARN of the secret, known when the secret has a value."""
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
            # Each generation is a new resource, because with the ignored changes a replacement would keep the old
            # value.
            name if args.generation == 1 else f"{name}-{args.generation}",
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(secret_string(generate(args.length), args.value_key, args.fields)),
            opts=self.child(
                transforms.version,
                # The stages are ignored too, so that a version that somebody stored later does not lose AWSCURRENT.
                pulumi.ResourceOptions(ignore_changes=["secretString", "versionStages"]),
            ),
        )

        policy = own_account_only(name, secret, self.child(transforms.policy))
        self.nodes = GeneratedSecretNodes(secret=secret, policy=policy, version=version)
        self.arn = version.secret_id  # the ARN, but known only when the secret has its value
        self.value = pulumi.Output.secret(version.secret_string).apply(
            lambda text: stored_value(text or "", args.value_key)
        )
        self.finish()
