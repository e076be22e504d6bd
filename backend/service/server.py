"""The process that serves."""

import uvicorn

from service.app import create_app
from service.lifecycle import Server
from service.settings import Settings


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
