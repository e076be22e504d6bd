"""``python -m service`` runs the service, ``python -m service migrate`` brings the database up to date."""

import argparse
import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

from service import logs
from service.database_settings import MigrationSettings
from service.environment import SettingsError, read
from service.settings import Settings, load


def main(arguments: list[str]) -> int:
    """Run a command.

    Args:
        arguments: Arguments of the command line, without the program's name.

    Returns:
        The exit status: 0 if the command succeeded, 1 if it failed, 2 if the environment is wrong.
    """
    parser = argparse.ArgumentParser(prog="python -m service", description="The reference service.")
    parser.add_argument(
        "command",
        nargs="?",
        choices=("serve", "migrate"),
        default="serve",
        help="serve until SIGTERM comes (the default), or bring the database's users and tables up to date",
    )
    command = parser.parse_args(arguments).command
    try:
        return _migrate() if command == "migrate" else _serve(load(os.environ))
    except SettingsError as error:
        for problem in error.problems:
            print(f"error: {problem}", file=sys.stderr)
        return 2


@contextmanager
def _without_collections() -> Generator[None]:
    """Collect no garbage while the block imports. That takes a fifth of the start, and what is imported stays."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _migrate() -> int:
    with _without_collections():
        from service.migrate import FAILURES, migrate  # noqa: PLC0415 - the serving process needs no Alembic

    settings = read(MigrationSettings, os.environ)
    logs.configure(settings.log_level)
    try:
        asyncio.run(migrate(settings))
    except FAILURES as error:
        print(f"error: the database is not migrated: {error}", file=sys.stderr)
        return 1
    return 0


def _serve(settings: Settings) -> int:
    with _without_collections():
        from service.app import create_app  # noqa: PLC0415
        from service.server import serve  # noqa: PLC0415 - nor does a migration need the application

    logs.configure(settings.log_level)
    if settings.auto_migrate:
        status = subprocess.run([sys.executable, "-m", "service", "migrate"], check=False).returncode
        if status:
            return status
    serve(create_app(settings), settings)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
