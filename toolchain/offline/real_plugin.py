"""Starts the real AWS provider plugin to ask what it knows; nothing here needs credentials or a network."""

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
    """Where the engine keeps its plugins; it may not exist."""
    return Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins"


def installed_plugin() -> Path:
    """Where the engine keeps the plugin of the installed pulumi-aws version; it may not exist."""
    return plugins_folder() / f"resource-aws-v{package.version()}" / "pulumi-resource-aws"


class RealPlugin:
    """The real plugin, in a new process whenever the last one has died."""

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
        """End the plugin."""
        self._process.kill()
        self._process.communicate()

    def schema(self) -> dict[str, Any]:
        """The provider's Pulumi schema."""
        return json.loads(self._stub.GetSchema(provider_pb2.GetSchemaRequest(), wait_for_ready=True).schema)

    def check(self, token: str, inputs: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Let the plugin check a resource's inputs.

        Returns:
            The inputs with defaults, and the plugin's complaints.
        """
        request = provider_pb2.CheckRequest(
            urn=f"urn:pulumi:stack::project::{token}::{RESOURCE_NAME}",
            news=structs.to_struct(inputs),
            randomSeed=b"seed",
        )
        try:
            answer = self._stub.Check(request)
        except grpc.RpcError as error:
            # The half of the provider that is built on Terraform's plugin framework panics on a value outside a
            # closed list.
            if error.code() == grpc.StatusCode.UNAVAILABLE:  # pyright: ignore[reportAttributeAccessIssue]
                self.stop()
                self._start()
            return {}, []
        return structs.from_struct(answer.inputs), [failure.reason for failure in answer.failures]


@contextmanager
def started(executable: Path) -> Generator[RealPlugin]:
    """The plugin, for as long as the block lasts, with as much of an engine as it needs to start."""
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
