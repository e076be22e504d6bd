"""Constant, bounded load through the edge: a client that reads and writes, and checks every answer."""

import asyncio
import json
import random
import re
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from tests.drills.counting import Lost, Tally, fault_of

MOST_IN_FLIGHT = 100
"""Largest number of requests that wait for an answer. It is reached only if nothing answers; further requests are then
held back."""
TIMEOUT_SECONDS = 35.0
"""Timeout of a request: a little longer than API Gateway waits for its integration."""
LOGIN_SECONDS = 480.0
"""Time between two logins: an access token is valid for 900 s."""
REMEMBERED = 200
"""Number of the newest rows that are read again."""
PAGE = 100
_IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Clock = Callable[[], float]


class Load:
    """Sends requests at a fixed rate while the block runs, and then waits for the last answers.

    Of four requests, one reads the health summary, two read a row and one writes a row. No request is retried.

    Args:
        base_url: The edge's URL.
        host: The ``Host`` header of the API.
        api_key: The API key.
        per_second: Requests a second.
        seed: Seed of the order of the requests.
        transport: Transport in place of the network, for tests; None for the network.
    """

    def __init__(
        self,
        base_url: str,
        host: str,
        api_key: str,
        per_second: float,
        *,
        seed: int = 0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.tally = Tally()
        self.clock: Clock = time.monotonic
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"Host": host, "x-api-key": api_key},
            timeout=TIMEOUT_SECONDS,
            limits=httpx.Limits(max_connections=MOST_IN_FLIGHT, max_keepalive_connections=MOST_IN_FLIGHT),
            trust_env=False,
            transport=transport,
        )
        self._pause = 1 / per_second
        self._chance = random.Random(seed)
        self._account = {"email": f"drill-{uuid.uuid4().hex}@example.com", "password": uuid.uuid4().hex}
        self._marker = f"drill {uuid.uuid4().hex[:12]}"
        self._token = ""
        self._rows: list[tuple[str, str]] = []
        self._stopped = threading.Event()
        self._began = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._main, name="load", daemon=True)
        self.missing: set[str] = set()
        """Ids of acknowledged rows that the database does not have at the end."""

    def __enter__(self) -> Self:
        self._thread.start()
        self._began.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()
        if error is None and self._failure is not None:
            raise self._failure

    def _main(self) -> None:
        try:
            asyncio.run(self._run())
        except Exception as error:  # noqa: BLE001 - it is raised where the load is used
            self._failure = error
        finally:
            self._began.set()

    async def _run(self) -> None:
        async with self._client:
            await self._sign_up()
            self._began.set()
            await self._send()
            self.missing = self.tally.written - await self._found()

    async def _sign_up(self) -> None:
        """Create the load's account and its first row. These requests come before the load and must succeed."""
        answer = await self._client.post("/auth/register", json={**self._account, "fullName": "Drill"})
        if answer.status_code != 201:
            raise AssertionError(f"the service does not answer before the drill: sign-up {answer.status_code}")
        await self._log_in()
        await self._write()
        if self.tally.lost:
            raise AssertionError(f"the service does not answer before the drill: {self.tally.lost[0]}")

    async def _send(self) -> None:
        flying: set[asyncio.Task[None]] = set()
        logged_in = due = self.clock()
        kinds = (self._health, self._read, self._read, self._write)
        while not self._stopped.is_set():
            kind: Callable[[], Awaitable[None]] = self._chance.choice(kinds)
            if self.clock() - logged_in > LOGIN_SECONDS:
                kind, logged_in = self._log_in, self.clock()
            if len(flying) >= MOST_IN_FLIGHT:
                self.tally.held_back += 1
            else:
                task = asyncio.ensure_future(kind())
                flying.add(task)
                task.add_done_callback(flying.discard)
            due = max(due + self._pause, self.clock() - 1)  # no burst of late requests after the machine slept
            await asyncio.sleep(max(0.0, due - self.clock()))
        if flying:
            await asyncio.wait(flying)

    async def _health(self) -> None:
        found = await self._ask("GET", "/health", 200, lambda said: "" if said.get("status") == "ok" else "not ok")
        if found is not None:
            self.tally.releases[str(found.get("release"))] += 1

    async def _read(self) -> None:
        identifier, name = self._chance.choice(self._rows)
        await self._ask("GET", f"/ingredients/{identifier}", 200, _names(name))

    async def _write(self) -> None:
        name = f"{self._marker} {uuid.uuid4().hex[:8]}"
        row = {"name": name, "origin": "plant"}
        found = await self._ask("POST", "/ingredients", 201, _names(name), row)
        if found is not None:
            self.tally.written.add(str(found["id"]))
            self._rows = [*self._rows[-REMEMBERED:], (str(found["id"]), name)]

    async def _log_in(self) -> None:
        found = await self._ask(
            "POST", "/auth/login", 200, lambda said: "" if said.get("accessToken") else "no token", self._account
        )
        if found is not None:
            self._token = str(found["accessToken"])

    async def _ask(
        self,
        method: str,
        path: str,
        expected: int,
        problem: Callable[[Mapping[str, Any]], str],
        body: Mapping[str, str] | None = None,
    ) -> dict[str, Any] | None:
        """Send a request and count its result.

        Returns:
            The answer's body; None when the request is lost.
        """
        self.tally.sent += 1
        at = self.clock()
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        found: dict[str, Any] = {}
        try:
            answer = await self._client.request(method, path, json=body, headers=headers)
            found = _object(answer)
            why = fault_of(answer.status_code, expected, problem(found))
        except httpx.HTTPError as error:
            why = f"no answer: {type(error).__name__}"
        what = f"{method} {_IDENTIFIER.sub('{id}', path)}"
        if why is not None:
            self.tally.lost.append(Lost(at, what, why))
            return None
        self.tally.seconds.setdefault(what, []).append(self.clock() - at)
        return found

    async def _found(self) -> set[str]:
        """Return the ids of this load's rows that are in the database."""
        found: set[str] = set()
        query = {"q": self._marker, "limit": str(PAGE)}
        while True:
            answer = await self._client.get(
                "/ingredients", params=query, headers={"Authorization": f"Bearer {self._token}"}
            )
            page = _object(answer)
            if answer.status_code != 200:
                raise AssertionError(f"the written rows cannot be listed: {answer.status_code}")
            found |= {str(item["id"]) for item in page["items"]}
            if not page["nextCursor"]:
                return found
            query["cursor"] = page["nextCursor"]


def _names(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda said: "" if said.get("name") == name else "another row"


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = json.loads(answer.content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
