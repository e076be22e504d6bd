"""``python -m service.database_url`` prints DATABASE_URL, built from its parts, for the container's entrypoint."""

import os
import sys
from collections.abc import Mapping
from urllib.parse import quote


def database_url(environment: Mapping[str, str]) -> str:
    """Return the URL of the database.

    Every part is escaped: passwords from RDS or Secrets Manager contain characters with a meaning in URLs.

    Args:
        environment: Environment variables with DATABASE_HOST and DATABASE_PASSWORD; the other parts have defaults.

    Raises:
        KeyError: DATABASE_HOST or DATABASE_PASSWORD is missing.
    """

    def part(name: str, default: str) -> str:
        return quote(environment.get(name) or default, safe="")

    host = environment["DATABASE_HOST"]
    # An IPv6 address is put in brackets and not escaped.
    place = f"[{host}]" if ":" in host else quote(host, safe="")
    login = f"{part('DATABASE_USERNAME', 'app')}:{quote(environment['DATABASE_PASSWORD'], safe='')}"
    port, name, mode = part("DATABASE_PORT", "5432"), part("DATABASE_NAME", "app"), part("DATABASE_SSL", "require")
    return f"postgresql://{login}@{place}:{port}/{name}?sslmode={mode}"


if __name__ == "__main__":
    sys.stdout.write(database_url(os.environ))
