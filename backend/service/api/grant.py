"""``python -m service.api.grant E-MAIL ROLE...`` gives a registered user roles. It makes the first administrator.

It runs as a one-off task with the service's own environment; afterwards administrators use `PUT /users/{userId}/roles`.
"""

import argparse
import asyncio
import os
import sys
from uuid import uuid4

from service.api.identity import Role
from service.database import UNAVAILABLE, Database
from service.environment import SettingsError
from service.settings import Settings, load


async def grant(settings: Settings, email: str, roles: list[str]) -> bool:
    """Add roles to a user.

    Args:
        settings: The service's settings.
        email: The user's e-mail address.
        roles: The roles to add.

    Returns:
        Whether the user exists.
    """
    database = Database(settings)
    await database.open()
    try:
        async with database.connection() as connection, connection.transaction():
            user_id = await connection.fetchval(
                """UPDATE users SET roles = ARRAY(SELECT DISTINCT unnest(roles || $2::text[]))
                   WHERE lower(email) = lower($1) AND deleted_at IS NULL RETURNING id""",
                email,
                roles,
            )
            if user_id is not None:
                await connection.execute(
                    "INSERT INTO audit_log (id, action, subject) VALUES ($1, 'grant', $2)", uuid4(), f"user {user_id}"
                )
            return user_id is not None
    finally:
        await database.close()


def main(arguments: list[str]) -> int:
    """Run the command.

    Returns:
        The exit status: 0 if it is done, 1 without such a user or without a database, 2 if the environment is wrong.
    """
    parser = argparse.ArgumentParser(prog="python -m service.api.grant", description="Give a registered user roles.")
    parser.add_argument("email")
    parser.add_argument("roles", nargs="+", choices=[str(role) for role in Role])
    given = parser.parse_args(arguments)
    try:
        found = asyncio.run(grant(load(os.environ), given.email, given.roles))
    except SettingsError as error:
        sys.stderr.writelines(f"error: {problem}\n" for problem in error.problems)
        return 2
    except UNAVAILABLE as error:
        sys.stderr.write(f"error: the database is not available: {type(error).__name__}\n")
        return 1
    if not found:
        sys.stderr.write(f"error: there is no user {given.email}; they register first\n")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
