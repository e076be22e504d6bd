"""Runs a plugin process: serves requests, prints the port, and ends with the engine."""

import signal
import sys
from collections.abc import Callable
from concurrent import futures
from types import FrameType

import grpc

from .announcement import Announcement
from .parent import end_with_parent

_THREADS = 16
_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def serve(add_servicer: Callable[[grpc.Server, Announcement], None]) -> None:
    """Run a plugin until the engine stops it or has ended itself.

    Args:
        add_servicer: Adds the plugin's servicer to the server.
    """
    # The engine's address is the last argument; flags of the engine may come before it.
    announcement = Announcement(sys.argv[-1] if len(sys.argv) > 1 else "")
    server = grpc.server(futures.ThreadPoolExecutor(_THREADS), options=_UNLIMITED)
    add_servicer(server, announcement)
    port = server.add_insecure_port("127.0.0.1:0")

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.stop(grace=None)

    # The engine stops its plugins with SIGINT, after Cancel. A user's Ctrl-C does not reach this process, because the
    # engine starts every plugin in its own process group.
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    end_with_parent(lambda: server.stop(grace=None))
    server.wait_for_termination()
