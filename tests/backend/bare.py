"""The drills' read operation without a framework, as the baseline for the service's throughput."""

import json
import os
from typing import Any

import asyncpg
import uvicorn
from redis.asyncio import Redis

pool: Any = None
redis = Redis.from_url(os.environ["REDIS_URL"])


async def app(scope: Any, receive: Any, send: Any) -> None:
    global pool  # noqa: PLW0603 - it needs a running loop
    if pool is None:
        pool = await asyncpg.create_pool(
            host=os.environ["DATABASE_HOST"],
            port=int(os.environ["DATABASE_PORT"]),
            database=os.environ["DATABASE_NAME"],
            user=os.environ["DATABASE_USERNAME"],
            password=os.environ["DATABASE_PASSWORD"],
            ssl="disable",
            max_size=10,
        )
    await redis.incr("drill")
    row = scope["path"].rpartition("/")[2]
    async with pool.acquire() as connection:
        found = await connection.fetchval("SELECT count(*) FROM drill WHERE id = $1::uuid", row)
    body = json.dumps({"found": found}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    # by default, uvicorn logs a line for each request
    level = os.environ.get("LOG_LEVEL", "info")
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level=level, lifespan="off")
