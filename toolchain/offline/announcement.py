"""Logs once in each run of the engine that the offline provider is used."""

import os
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

RUN_FOLDER = "PULUMI_AWS_OFFLINE_RUN"
"""Environment variable with the launchers' folder. All provider processes of a run share this folder."""

LINE = "offline AWS provider: nothing is sent to AWS; ids, ARNs and host names are made up"


class Announcement:
    """Logs `LINE` through the engine, once in a run, although each provider instance of a run is its own process."""

    def __init__(self, engine_address: str) -> None:
        self.engine_address = engine_address
        self._made = False

    def make(self) -> None:
        """Log the line unless another process of this run has logged it."""
        if self._made or not self.engine_address or not self._is_first():
            return
        self._made = True
        with grpc.insecure_channel(self.engine_address) as channel:
            request = engine_pb2.LogRequest(severity=engine_pb2.INFO, message=LINE)
            engine: Any = engine_pb2_grpc.EngineStub(channel)  # generated without types
            engine.Log(request, timeout=5)

    @staticmethod
    def _is_first() -> bool:
        folder = os.environ.get(RUN_FOLDER)
        if folder is None:
            return True
        try:
            # the parent is the engine, because the launcher uses exec; so the parent's PID identifies the run
            with Path(folder, f"announced-{os.getppid()}").open("x", encoding="utf-8"):
                return True
        except FileExistsError:
            return False
        except OSError:
            return True
