"""The users of the application in its database: two, so that a new password needs no outage."""

from collections.abc import Iterator
from dataclasses import dataclass

from spot_planning.data.settings import ApplicationLogin, DatabaseSettings
from spot_planning.problems import Problem

ALTERNATE = "_alternate"
LONGEST_USERNAME = 63
"""Bytes of an identifier ("Identifiers and Key Words", PostgreSQL)."""


@dataclass(frozen=True, kw_only=True)
class DatabaseUser:
    """A user with a password of the stack."""

    username: str
    generation: int
    """Which password it is: a higher number is a new one."""


def database_users(settings: DatabaseSettings) -> tuple[DatabaseUser, DatabaseUser] | None:
    """The two users that the service can log in as; None where it logs in with tokens of IAM.

    A generation of the setting gives one of the two a new password, the alternate user first: the other one's is valid
    all the time, so no task is without a way in, whichever it started with.

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
    """The ARN of one user of one instance, as ``rds-db:connect`` knows it.

    Args:
        instance_arn: ARN of the database instance.
        resource_id: Its ``DbiResourceId``, such as ``db-ABCDEFGHIJKL``.
        username: The user.

    Source: Amazon RDS User Guide, "Creating and using an IAM policy for IAM database access".
    """
    _, partition, _, region, account_id, *_ = instance_arn.split(":")
    return f"arn:{partition}:rds-db:{region}:{account_id}:dbuser:{resource_id}/{username}"


def application_is_not_the_master(settings: DatabaseSettings) -> Iterator[Problem]:
    """Neither of the application's users is the master, and both names are short enough."""
    name = settings.application_username
    if settings.username in {name, f"{name}{ALTERNATE}"}:
        yield Problem(("application_username",), f"must be another user than the master, username={settings.username}")
    if len(name) + len(ALTERNATE) > LONGEST_USERNAME:
        longest = LONGEST_USERNAME - len(ALTERNATE)
        yield Problem(
            ("application_username",), f"has {len(name)} characters; {ALTERNATE} behind it leaves room for {longest}"
        )
