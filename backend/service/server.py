"""Runs the application in a server."""

import uvicorn
from fastapi import FastAPI

from service.lifecycle import Server
from service.settings import Settings


def serve(app: FastAPI, settings: Settings) -> None:
    """Answer requests until a signal comes and the requests in flight are finished.

    Args:
        app: The application from `service.app.create_app`.
        settings: The application's settings.
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
