"""``python -m tests.backend.drill`` runs the drain tests for longer, and prints figures for docs/performance.md."""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from tests.backend import balancer, drilled
from tests.backend.fleet import Fleet, two_tasks
from tests.backend.load import Load
from tests.backend.servers import MASTER, MASTER_PASSWORD, Postgres, Redis
from tests.backend.task import DRILLED

Step = Callable[[Fleet], None]
KINDS: dict[str, Step] = {
    "reclaim": lambda fleet: fleet.reclaim(fleet.tasks[0]),
    "deploy": lambda fleet: fleet.replace(fleet.tasks[0]),
    "kill": lambda fleet: fleet.kill(fleet.tasks[0]),
}


def run(kind: str, turns: int, environment: dict[str, str], folder: Path) -> bool:
    """Replace a task again and again under load, print the results, and return whether nothing was lost."""
    # Here a start takes as long as in production, and not only a fork.
    with two_tasks(environment, folder, DRILLED) as fleet, Load(fleet.balancer.url).running() as result:
        for turn in range(turns):
            KINDS[kind](fleet)
            if (turn + 1) % 10 == 0:
                print(
                    f"  {kind}: {turn + 1} of {turns}, {len(result.failures)} failed",
                    *result.failures[-1:],
                    file=sys.stderr,
                )
    tails = sorted(fleet.tails)
    busy = os.getloadavg()[2]
    print(f"{kind}: {turns} tasks, {result.requests} requests, {len(result.failures)} failed (load {busy:.0f})")
    print(
        f"  milliseconds: median {result.percentile(0.5):.1f}, p99 {result.percentile(0.99):.1f}, "
        f"longest {max(result.milliseconds):.0f} (one request in thirty takes 300 by itself)"
    )
    if tails:
        middle = tails[len(tails) // 2]
        print(f"  seconds from SIGTERM to the end: {tails[0]:.2f} to {tails[-1]:.2f}, median {middle:.2f}")
    for failure in result.failures[:20]:
        print(f"  failed: {failure}")
    lost = asyncio.run(missing_rows(environment, result.written))
    print(f"  acknowledged writes: {len(result.written)}, lost: {lost}")
    return not result.failures and lost == 0


async def missing_rows(environment: dict[str, str], written: set[str]) -> int:
    """Return the number of acknowledged writes that are not in the database."""
    connection = await asyncpg.connect(
        host=environment["DATABASE_HOST"],
        port=int(environment["DATABASE_PORT"]),
        database=environment["DATABASE_NAME"],
        user=MASTER,
        password=MASTER_PASSWORD,
        ssl="disable",
    )
    try:
        await connection.execute(drilled.TABLE)
        there = {str(row["id"]) for row in await connection.fetch("SELECT id FROM drill")}
    finally:
        await connection.close()
    return len(written - there)


@contextmanager
def prepared_servers() -> Iterator[dict[str, str]]:
    """Start a PostgreSQL and a Redis, and yield the environment of a task that uses them."""
    postgres, redis = Postgres(), Redis()
    try:
        postgres.create()
        redis.start()
        asyncio.run(postgres.create_database("drill"))
        environment = {
            "NODE_ENV": "test",
            "HOST": "127.0.0.1",
            "DATABASE_HOST": "127.0.0.1",
            "DATABASE_PORT": str(postgres.port),
            "DATABASE_NAME": "drill",
            "DATABASE_USERNAME": MASTER,
            "DATABASE_PASSWORD": MASTER_PASSWORD,
            "DATABASE_SSL": "disable",
            "REDIS_URL": redis.url,
            "JWT_SECRET": os.urandom(32).hex(),
        }
        asyncio.run(missing_rows(environment, set()))
        yield environment
    finally:
        redis.remove()
        postgres.remove()


def main() -> int:
    parser = argparse.ArgumentParser(description="Replace tasks under load, and count what is lost.")
    parser.add_argument("--turns", type=int, default=100, help="tasks to replace in each way (default: 100)")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="a way to replace them (default: all)")
    arguments = parser.parse_args()
    if balancer.program() is None:
        print(f"error: {balancer.MISSING}", file=sys.stderr)
        return 2
    failed = False
    with tempfile.TemporaryDirectory(prefix="drill-") as folder, prepared_servers() as environment:
        for kind in arguments.kind or list(KINDS):
            whole = run(kind, arguments.turns, environment, Path(folder))
            # A killed task loses the requests in progress. The drill counts them, but does not fail because of them.
            failed = failed or (kind != "kill" and not whole)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
