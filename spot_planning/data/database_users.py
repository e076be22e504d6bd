"""The application's two database users. With two, a password can change without an outage."""

from collections.abc import Iterator
from dataclasses import dataclass

from spot_planning.data.settings import ApplicationLogin, DatabaseSettings
from spot_planning.problems import Problem

ALTERNATE = "_alternate"
LONGEST_USERNAME = 63
"""Longest identifier, bytes ("Identifiers and Key Words", PostgreSQL)."""


@dataclass(frozen=True, kw_only=True)
class DatabaseUser:
    """A database user whose password the stack owns."""

    username: str
    generation: int
    """Number of the password; a higher number means a new password."""


def database_users(settings: DatabaseSettings) -> tuple[DatabaseUser, DatabaseUser] | None:
    """Return the two users that the service can log in as; None if it logs in with IAM tokens.

    Each new generation in the settings gives one of the two users a new password, the alternate user first. The other
    user's password stays valid meanwhile, so every task can still log in.

    Args:
        settings: Checked settings.
    """
    if settings.application_login == ApplicationLogin.IAM:
        return None
    generation = settings.application_password_generation
    return (
        DatabaseUser(username=settings.application_username, generation=(generation + 1) // 2),
        DatabaseUser(username=f"{settings.application_username}{ALTERNATE}", generation=generation // 2 + 1),
    )


def login_resource(instance_arn: str, resource_id: str, username: str) -> str:
    """Return the ARN of one user of one instance, in the form that ``rds-db:connect`` uses.

    Args:
        instance_arn: ARN of the database instance.
        resource_id: The instance's ``DbiResourceId``, such as ``db-ABCDEFGHIJKL``.
        username: Name of the user.

    Source: Amazon RDS User Guide, "Creating and using an IAM policy for IAM database access".
    """
    _, partition, _, region, account_id, *_ = instance_arn.split(":")
    return f"arn:{partition}:rds-db:{region}:{account_id}:dbuser:{resource_id}/{username}"


def application_is_not_the_master(settings: DatabaseSettings) -> Iterator[Problem]:
    """Neither of the application's users is the master user, and the name is short enough for the suffix."""
    name = settings.application_username
    if settings.username in {name, f"{name}{ALTERNATE}"}:
        yield Problem(("application_username",), f"must be another user than the master, username={settings.username}")
    if len(name) + len(ALTERNATE) > LONGEST_USERNAME:
        longest = LONGEST_USERNAME - len(ALTERNATE)
        yield Problem(
            ("application_username",), f"has {len(name)} characters; {ALTERNATE} behind it leaves room for {longest}"
        )
