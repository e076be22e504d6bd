"""The process that serves."""

import uvicorn
from fastapi import FastAPI

from service.lifecycle import Server
from service.settings import Settings


def serve(app: FastAPI, settings: Settings) -> None:
    """Serve until a signal comes and everything is finished.

    Args:
        app: Made by `service.app.create_app`.
        settings: Of the application.
    """
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
