"""Finds the local stack of a checkout: its outputs, its addresses, and boto3 clients for it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.config import Config

from tests import emulated
from toolchain.datapath.addresses import read_addresses

PYTHON = sys.executable
LIFTED_QUOTA = 1_000_000_000


class StackError(Exception):
    """The stack is not up, or not in the state that a drill needs."""


@dataclass
class Stack:
    """The local stack of a checkout.

    Attributes:
        checkout: The checkout's folder.
        environment: Environment of the commands that are run in the checkout.
    """

    checkout: Path
    environment: Mapping[str, str]

    def command(self, *arguments: str, timeout_seconds: float = 3600.0) -> subprocess.CompletedProcess[str]:
        """Run a module of the checkout, such as ``ops release list``, and capture its output."""
        return subprocess.run(
            [PYTHON, "-m", *arguments],
            cwd=self.checkout,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_seconds,
            check=False,
        )

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs.

        Raises:
            StackError: The stack is not up.
        """
        run = self.command("toolchain", "outputs", "local", "--json")
        if run.returncode:
            raise StackError(f"the outputs of the local stack cannot be read: {run.stderr.strip()}; `make up`")
        return json.loads(run.stdout)

    @cached_property
    def endpoint(self) -> str:
        """The emulator's URL.

        Raises:
            StackError: The emulator does not run.
        """
        said = self._read(self.checkout / ".platform" / "local" / "emulator.json")
        return f"http://127.0.0.1:{said['port']}"

    @cached_property
    def edge(self) -> tuple[str, str]:
        """The edge's URL, and the ``Host`` header of the API.

        Raises:
            StackError: The data path does not run.
        """
        served = read_addresses(self.checkout / ".platform" / "local" / "datapath")
        if "edge.localhost:80" not in served:
            raise StackError("the data path has no edge yet; `make up`")
        address = str(served["edge.localhost:80"])
        name = urlsplit(str(self.outputs["api_url"])).hostname
        return f"http://{address}", f"{name}.localhost:{address.rpartition(':')[2]}"

    @cached_property
    def api_key(self) -> str:
        """The API key. It is never printed."""
        key = self.client("apigateway").get_api_key(apiKey=str(self.outputs["api_key_id"]), includeValue=True)
        return str(key["value"])

    @property
    def cluster(self) -> str:
        """Name of the cluster."""
        return str(self.outputs["cluster_name"])

    @property
    def service(self) -> str:
        """Name of the service."""
        return str(self.outputs["service_name"])

    def client(self, service: str) -> Any:
        """Make a boto3 client for the emulator."""
        config = Config(proxies={}, retries={"total_max_attempts": 6, "mode": "standard"})
        return emulated.client(self.endpoint, service, str(self.outputs["region"]), config=config)

    @contextmanager
    def without_quota(self) -> Iterator[None]:
        """Lift the quotas of the API's usage plans while the block lasts.

        100 releases under 20 requests a second send more requests than the local stack's quota for a month, and API
        Gateway answers the others with 429.
        """
        gateway = self.client("apigateway")
        plans = {plan["id"]: plan["quota"]["limit"] for plan in gateway.get_usage_plans()["items"] if "quota" in plan}
        try:
            for plan in plans:
                _set_quota(gateway, plan, LIFTED_QUOTA)
            yield
        finally:
            for plan, limit in plans.items():
                _set_quota(gateway, plan, limit)

    def _read(self, file: Path) -> dict[str, Any]:
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StackError(f"no local stack is up in {self.checkout}: `make up` ({error})") from error


def _set_quota(gateway: Any, plan: str, limit: int) -> None:
    operation = {"op": "replace", "path": "/quota/limit", "value": str(limit)}
    gateway.update_usage_plan(usagePlanId=plan, patchOperations=[operation])


def machine_load() -> float:
    """Return the number of processes that ran or waited for a processor, averaged over five minutes (getloadavg(3))."""
    return round(os.getloadavg()[1], 1)
