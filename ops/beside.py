"""Runs a call in a thread, beside what its caller does meanwhile."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_Result = TypeVar("_Result")


def beside(call: Callable[[], _Result]) -> Future[_Result]:
    """Begin a call in a thread of its own, for example a request whose answer takes a while.

    Unlike a thread of `concurrent.futures.ThreadPoolExecutor`, it does not keep the process from ending: a run that has
    failed meanwhile need not wait for the answer.

    Args:
        call: The call. Two of them must not use a session of boto3 at the same time; a client they may.

    Returns:
        The call's result, or the exception that it raised.
    """
    future: Future[_Result] = Future()

    def run() -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 (`Future.result` raises it again)
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=run, name="beside", daemon=True).start()
    return future
