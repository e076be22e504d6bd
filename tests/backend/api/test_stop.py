"""The checks end, also when a client's library loses a cancellation."""

import asyncio

from service.health import Check, HealthMonitor


def test_a_lost_cancellation_does_not_keep_the_service_from_ending() -> None:
    async def run() -> int:
        asked = asyncio.Event()
        lost = 0

        async def probe(_: float) -> None:
            nonlocal lost
            asked.set()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost += 1
                if lost > 2:
                    raise

        monitor = HealthMonitor([Check("database", probe, critical=True)], 60)
        monitor.start()
        await asked.wait()
        await asyncio.wait_for(monitor.stop(), 10)
        return lost

    assert asyncio.run(run()) == 1
