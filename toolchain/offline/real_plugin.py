"""Starts the real AWS provider plugin, for its schema and its checks; this needs no credentials and no network."""

import json
import os
import subprocess
from collections.abc import Generator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from . import package, structs
from .observe import RESOURCE_NAME

_UNLIMITED = [("grpc.max_receive_message_length", -1)]  # the schema is longer than gRPC's 4 MiB


def plugins_folder() -> Path:
    """Return the folder of the engine's plugins; it may not exist."""
    return Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins"


def installed_plugin() -> Path:
    """Return the path of the plugin of the installed pulumi-aws version; it may not exist."""
    return plugins_folder() / f"resource-aws-v{package.version()}" / "pulumi-resource-aws"


class RealPlugin:
    """The real plugin. It is started again when its process has crashed."""

    _stub: Any  # generated without types

    def __init__(self, executable: Path, engine_port: int) -> None:
        self._command = [str(executable), f"127.0.0.1:{engine_port}"]
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = self._process.stdout.readline().strip() if self._process.stdout else ""
        channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=_UNLIMITED)
        self._stub = provider_pb2_grpc.ResourceProviderStub(channel)

    def stop(self) -> None:
        """Stop the plugin."""
        self._process.kill()
        self._process.communicate()

    def schema(self) -> dict[str, Any]:
        """Return the provider's Pulumi schema."""
        return json.loads(self._stub.GetSchema(provider_pb2.GetSchemaRequest(), wait_for_ready=True).schema)

    def check(self, token: str, inputs: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Let the plugin check a resource's inputs.

        Returns:
            The inputs with defaults, and the plugin's error messages; both are empty if the check itself failed.
        """
        request = provider_pb2.CheckRequest(
            urn=f"urn:pulumi:stack::project::{token}::{RESOURCE_NAME}",
            news=structs.to_struct(inputs),
            randomSeed=b"seed",
        )
        try:
            answer = self._stub.Check(request)
        except grpc.RpcError as error:
            # The resources built on Terraform's plugin framework panic if a value is not in a closed list, and then
            # the process is gone.
            if error.code() == grpc.StatusCode.UNAVAILABLE:  # pyright: ignore[reportAttributeAccessIssue]
                self.stop()
                self._start()
            return {}, []
        return structs.from_struct(answer.inputs), [failure.reason for failure in answer.failures]


@contextmanager
def started(executable: Path) -> Generator[RealPlugin]:
    """Start the plugin, with the minimal engine server that it needs to start; stop both after the block."""
    server = grpc.server(futures.ThreadPoolExecutor(1))
    engine_pb2_grpc.add_EngineServicer_to_server(_Engine(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    plugin = RealPlugin(executable, port)
    try:
        yield plugin
    finally:
        plugin.stop()
        server.stop(None)


class _Engine(engine_pb2_grpc.EngineServicer):
    def Log(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002 - the protocol's name
        return empty_pb2.Empty()
