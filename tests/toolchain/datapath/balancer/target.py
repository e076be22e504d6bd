"""A target: a small HTTP server whose health can be changed."""

import asyncio
import contextlib
import threading
from collections.abc import Generator
from contextlib import contextmanager


class Target:
    """Answers every request with its name and the request's headers, and /health with a status that tests set."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.health_status = 200
        self.answers_health = True
        self.port = 0
        self.requests = 0
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head.decode(), writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, head: str, writer: asyncio.StreamWriter) -> None:
        status, body = 200, f"{self.name}\n{head}"
        if head.startswith("GET /health "):
            while not self.answers_health:
                await asyncio.sleep(0.05)
            status, body = self.health_status, "health"
        else:
            self.requests += 1
        if head.startswith("GET /slow "):
            await asyncio.sleep(0.3)
        data = body.encode()
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
        await writer.drain()


@contextmanager
def targets(*names: str) -> Generator[list[Target]]:
    """Yield targets that serve while the block runs."""
    loop = asyncio.new_event_loop()
    made = [Target(name) for name in names]
    servers: list[asyncio.Server] = []
    for target in made:
        server = loop.run_until_complete(asyncio.start_server(target.serve, "127.0.0.1", 0))
        target.port = server.sockets[0].getsockname()[1]
        servers.append(server)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for server in servers:
            server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                loop.run_until_complete(task)
        loop.close()
