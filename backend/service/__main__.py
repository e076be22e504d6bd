"""``python -m service``: serve, as the container does."""

import os
import sys

import uvicorn

from service import logs
from service.app import create_app
from service.lifecycle import Server
from service.settings import Settings, SettingsError, load


def main(arguments: list[str]) -> int:
    """Run a command.

    Args:
        arguments: Of the command line; none serves.

    Returns:
        The exit status: 0 when it did what it was told, 2 when it was told nonsense.
    """
    if arguments:
        print(f"error: {arguments[0]!r} is no command; allowed: none", file=sys.stderr)
        return 2
    try:
        settings = load(os.environ)
    except SettingsError as error:
        for problem in error.problems:
            print(f"error: {problem}", file=sys.stderr)
        return 2
    logs.configure(settings.log_level)
    serve(settings)
    return 0


def serve(settings: Settings) -> None:
    """Serve until a signal comes and everything is finished.

    Args:
        settings: From the environment.
    """
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=int(settings.request_seconds) + 1,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        lifespan="on",
    )
    Server(config, settings, app.state.lifecycle).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
