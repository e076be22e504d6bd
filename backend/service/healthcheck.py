"""``python -m service.healthcheck``: the container's own health check; exit status 0 when the process answers."""

import os
import sys
import urllib.request
from http import HTTPStatus
from typing import Final

SECONDS: Final = 4
"""Seconds to wait; the container's health check gives up after 5."""


def lives(port: str) -> bool:
    """Whether the process answers.

    It does not ask for readiness: ECS would replace every task of a service whose database is away.

    Args:
        port: That it listens on.
    """
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=SECONDS) as answer:
            return answer.status == HTTPStatus.OK
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if lives(os.environ.get("PORT") or "3333") else 1)
