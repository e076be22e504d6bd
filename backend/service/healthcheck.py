"""``python -m service.healthcheck`` is the container's own health check: it exits with 0 if the process answers."""

import os
import sys
import urllib.request
from http import HTTPStatus
from typing import Final

SECONDS: Final = 4
"""Timeout of the request in seconds; the container's health check gives up after 5."""


def lives(port: str) -> bool:
    """Return whether the process answers.

    It does not check readiness: otherwise ECS would replace every task of a service whose database is down.

    Args:
        port: The port that the process listens on.
    """
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=SECONDS) as answer:
            return answer.status == HTTPStatus.OK
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if lives(os.environ.get("PORT") or "3333") else 1)
