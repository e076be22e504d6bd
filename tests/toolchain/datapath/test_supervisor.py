"""A failing part is retried, and its error is logged once."""

import asyncio

from toolchain.datapath.supervisor import supervise


class Failing:
    """A part that fails once with each of some messages, and then works."""

    name = "part"

    def __init__(self, messages: list[str], stopped: asyncio.Event) -> None:
        self._messages = messages
        self._stopped = stopped

    async def converge(self) -> None:
        if not self._messages:
            self._stopped.set()
            return
        raise ValueError(self._messages.pop(0))

    async def close(self) -> None:
        """Do nothing."""


def test_an_error_is_told_once_however_often_boto3_has_tried() -> None:
    lines: list[str] = []

    async def run() -> None:
        stopped = asyncio.Event()
        messages = ["refused (500)", "refused (500) (reached max retries: 1)", "refused (500)", "gone"]
        await supervise([Failing(messages, stopped)], stopped, lines.append)

    asyncio.run(run())
    assert lines == ["part: ValueError: refused (500)", "part: ValueError: gone", "part: works again"]
