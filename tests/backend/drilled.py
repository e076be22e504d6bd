"""The reference service with further operations for the drills: fast, slow and stubborn ones. `tests.backend.task` runs it."""

import asyncio
import gc
import logging
import os
from contextlib import suppress
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from service import logs
from service.app import create_app
from service.cache import CACHE_ERRORS
from service.server import serve
from service.settings import load

TABLE = "CREATE TABLE IF NOT EXISTS drill (id uuid PRIMARY KEY)"
"""Creates the table that the operations read and write; the drills run it."""

router = APIRouter(prefix="/drill")


class Reading:
    """Reads a row in the way of `service.api.dispatch`: an ASGI object without Starlette's wrapper, with orjson."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        with suppress(*CACHE_ERRORS):
            await request.app.state.cache.incr("drill")
        async with request.app.state.database.connection() as connection:
            row_id = request.path_params["row_id"]
            found = await connection.fetchval("SELECT count(*) FROM drill WHERE id = $1::uuid", row_id)
        await Response(orjson.dumps({"found": found}), media_type="application/json")(scope, receive, send)


@router.put("/rows/{row_id}")
async def write(row_id: str, request: Request) -> dict[str, Any]:
    async with request.app.state.database.connection() as connection:
        await connection.execute("INSERT INTO drill VALUES ($1::uuid) ON CONFLICT DO NOTHING", row_id)
    return {"written": row_id}


@router.get("/slow/{seconds}")
async def slow(seconds: float) -> dict[str, Any]:
    await asyncio.sleep(seconds)
    return {"slept": seconds}


@router.get("/stubborn")
async def stubborn() -> dict[str, Any]:
    logging.getLogger(__name__).info("stubborn")
    while True:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)


@router.get("/who")
async def who(request: Request) -> dict[str, Any]:
    return {"client": request.client.host if request.client else None, "scheme": request.url.scheme}


@router.get("/frozen")
async def frozen() -> dict[str, int]:
    return {"frozen": gc.get_freeze_count(), "others": len(gc.get_objects())}


@router.get("/broken")
async def broken() -> dict[str, Any]:
    raise RuntimeError("a bug")


def main() -> None:
    settings = load(os.environ)
    logs.configure(settings.log_level)
    app = create_app(settings)
    # Starlette tries routes one after the other, so this one comes before the API's. It is a plain route, like them.
    app.router.routes.insert(0, Route("/drill/rows/{row_id}", Reading(), methods=["GET"]))
    app.include_router(router)
    serve(app, settings)
