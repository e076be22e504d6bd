"""The secrets of the application's database users."""

from dataclasses import dataclass

import pulumi

from spot_planning.data.database import PASSWORD_LENGTH
from spot_planning.data.database_users import database_users
from spot_planning.data.settings import DatabaseSettings
from spot_planning.declarations import arguments
from spot_platform.component import Component
from spot_platform.secrets.generated_secret import GeneratedSecret, GeneratedSecretArgs, GeneratedSecretTransforms


@arguments
class DatabaseUsersArgs:
    """Arguments of `DatabaseUsers`."""

    database: DatabaseSettings
    """Settings of the database."""
    recovery_window_days: int
    """Days during which a destroyed secret can be restored; 0 deletes it at once."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the secrets."""


@dataclass(frozen=True, kw_only=True)
class DatabaseUsersTransforms:
    """Changes to the arguments of `DatabaseUsers`' resources."""

    password: GeneratedSecretTransforms | None = None


@dataclass(frozen=True, kw_only=True)
class DatabaseUsersNodes:
    """The resources of `DatabaseUsers`."""

    user: GeneratedSecret | None
    alternate_user: GeneratedSecret | None


class DatabaseUsers(Component):
    """spot-platform:index:DatabaseUsers: the credentials with which the application logs in to its database.

    Makes: two secrets, each with a ``username`` and a ``password``; none if the application logs in with IAM. The
    migration task creates the users themselves, as the container contract says.

    Costs: 0.40 USD a month for each secret.

    Risks: a secret with a new password is valid only after the migration task has run; until then the application uses
    the other user. Never change both passwords at once.
    """

    def __init__(
        self,
        name: str,
        args: DatabaseUsersArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: DatabaseUsersTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        transforms = transforms or DatabaseUsersTransforms()
        secrets = [
            GeneratedSecret(
                f"{name}{suffix}",
                GeneratedSecretArgs(
                    description=f"{user.username} of the database, for the service",
                    length=PASSWORD_LENGTH,
                    value_key="password",
                    fields={"username": user.username},
                    generation=user.generation,
                    recovery_window_days=args.recovery_window_days,
                    kms_key_arn=args.kms_key_arn,
                ),
                self.child(),
                transforms=transforms.password,
            )
            for suffix, user in zip(("", "-alternate"), database_users(args.database) or (), strict=False)
        ]
        self.nodes = DatabaseUsersNodes(
            user=secrets[0] if secrets else None, alternate_user=secrets[1] if secrets else None
        )
        self.environment: dict[str, pulumi.Input[str]] = (
            {} if secrets else {"DATABASE_AUTH": "iam", "DATABASE_USERNAME": args.database.application_username}
        )
        self.secrets: dict[str, pulumi.Input[str]] = {
            f"DATABASE_{prefix}{key.upper()}": pulumi.Output.concat(secret.arn, f":{key}::")
            for prefix, secret in zip(("", "ALTERNATE_"), secrets, strict=False)
            for key in ("username", "password")
        }
        self.finish()
