"""Serves the pack to the engine."""

import contextlib
import sys
from concurrent import futures
from datetime import UTC, datetime
from typing import Final

import grpc
from pulumi.runtime.proto import analyzer_pb2_grpc

from policy.enforcement import exemptions_file, pins
from policy.engine.analyzer import Analyzer

LARGEST_MESSAGE: Final = 400 * 1024 * 1024
"""Bytes; the engine's own limit (Pulumi's ``analyzer_plugin.go``). A stack can exceed gRPC's 4 MiB."""


def serve() -> None:
    """Run the pack until the engine stops it. Exit at once with code 1 if the exemptions or pins file is wrong."""
    try:
        analyzer = Analyzer(exemptions_file.read(), pins.read(), datetime.now(UTC).date())
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    # One request at a time: the run's state is not thread-safe, and the engine sends one after the other anyway.
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=1),
        options=[("grpc.max_receive_message_length", LARGEST_MESSAGE)],
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(analyzer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    # The engine reads the port from the first line.
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):  # the signal with which the engine stops its plugins
        server.wait_for_termination()
    server.stop(None)
