"""Stands in for the official Python language host, which no package registry has.

It serves the engine's calls in `pulumi preview` and `up`. It runs the engine's program with the SDK's server for inline
programs, and policy packs with the SDK's own module. Unlike the official host, it does not find the virtual environment
and does not install packages.
"""

import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc


class LanguageHost(LanguageServer):
    def __init__(self) -> None:
        super().__init__(self._run_program)
        self._folder = Path()

    def _run_program(self) -> None:
        sys.path.insert(0, str(self._folder))
        runpy.run_path(str(self._folder), run_name="__main__")

    def Handshake(self, request: Any, context: Any) -> Any:
        return language_pb2.LanguageHandshakeResponse()

    def Run(self, request: Any, context: Any) -> Any:
        self._folder = Path(request.info.program_directory)
        return super().Run(request, context)

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.policy", *request.args, request.info.program_directory],
            cwd=request.info.program_directory,
            env=dict(variable.split("=", 1) for variable in request.env) or None,
            stdout=subprocess.PIPE,
        )
        context.add_callback(process.kill)
        assert process.stdout is not None
        while piece := os.read(process.stdout.fileno(), 4096):
            yield language_pb2.RunPluginResponse(stdout=piece)
        yield language_pb2.RunPluginResponse(exitcode=process.wait())

    def Cancel(self, request: Any, context: Any) -> Any:
        return Empty()


if __name__ == "__main__":
    server = grpc.server(ThreadPoolExecutor())
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    signal.signal(signal.SIGINT, lambda *_: server.stop(grace=None))
    server.wait_for_termination()
