"""Calls the emulator's APIs through boto3, as a client of AWS would."""

import asyncio
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, cast

import boto3
import httpx
from botocore import xform_name
from botocore.config import Config

from toolchain.datapath.readings import CHECK_SECONDS, Readings, only_reads
from toolchain.emulator.agreement import OWN_PREFIX, READS_HEADER, REVISION_PATH, REVISION_SECONDS, USER_AGENT

REGION = "us-east-1"
"""Region of the local stack (Pulumi.local.yaml), and of the resources that Amazon CloudFront uses."""
CONNECTIONS = 32
"""Connections that a client keeps open for concurrent calls."""
REPORT_SECONDS = 30.0
"""Timeout of a report to the emulator, which may be busy."""


class ControlPlane:
    """A client for AWS's APIs in the emulator. Its boto3 clients are made once, and all threads may use them.

    Args:
        endpoint: The emulator's address, such as ``http://127.0.0.1:5000``.
        region: Region whose APIs are called.
        check_seconds: Maximum delay until a change by another process is noticed; with 0 each call asks.
    """

    def __init__(self, endpoint: str, region: str = REGION, *, check_seconds: float = CHECK_SECONDS) -> None:
        self.endpoint = endpoint
        self.region = region
        self._http = httpx.AsyncClient(timeout=REPORT_SECONDS, trust_env=False)
        watch = self._revision_after if check_seconds else None
        self._readings = Readings(self._revision, check_seconds=check_seconds, await_revision=watch)
        self._client: Callable[[str], Any] = lru_cache(maxsize=None)(self._made)

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service.

        Args:
            service: The service's name in boto3, such as ``ecs``.
        """
        return self._client(service)

    async def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call an operation in a thread, without blocking the event loop.

        Args:
            service: The service's name in boto3.
            operation: The operation's name in boto3, such as ``describe_services``.
            arguments: The operation's arguments.

        Raises:
            botocore.exceptions.ClientError: The emulator refused.
        """
        call = partial(asyncio.to_thread, getattr(self.client(service), operation), **arguments)
        if only_reads(operation):
            return await self._readings.read((service, operation, arguments), call)
        try:
            return await call()
        finally:
            self._readings.changed()

    async def pages(self, service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
        """Call a paginated operation and read all pages.

        Args:
            service: The service's name in boto3.
            operation: The operation's name in boto3, such as ``describe_target_groups``.
            key: JMESPath of the items in a response, such as ``TargetGroups``.
            arguments: The operation's arguments.

        Returns:
            The items of all pages.

        Raises:
            botocore.exceptions.ClientError: The emulator refused.
        """
        paginator = self.client(service).get_paginator(operation)

        def read() -> list[Any]:
            return [item for item in paginator.paginate(**arguments).search(key) if item is not None]

        return await self._readings.read((service, operation, key, arguments), partial(asyncio.to_thread, read))

    async def report(self, kind: str, report: dict[str, Any], *, changes: bool = True) -> Any:
        """Send a report to the emulator: a state for its describe calls to return, or a request that no AWS API has.

        Args:
            kind: A kind of `toolchain.emulator.reports`.
            report: The body, as that kind requires.
            changes: False if the report changes nothing in the emulator, so that cached responses stay valid.

        Returns:
            The emulator's response.

        Raises:
            httpx.HTTPError: The emulator does not respond, or refuses the report.
        """
        headers = {} if changes else {READS_HEADER: "1"}
        try:
            answer = await self._http.post(f"{self.endpoint}{OWN_PREFIX}{kind}", json=report, headers=headers)
        finally:
            if changes:
                self._readings.changed()
        answer.raise_for_status()
        return answer.json()

    async def _revision(self) -> int:
        answer = await self._http.get(f"{self.endpoint}{REVISION_PATH}")
        answer.raise_for_status()
        return answer.json()["revision"]

    async def _revision_after(self, known: int) -> int:
        url = f"{self.endpoint}{REVISION_PATH}"
        answer = await self._http.get(url, params={"after": known}, timeout=REVISION_SECONDS + REPORT_SECONDS)
        answer.raise_for_status()
        return answer.json()["revision"]

    def _made(self, service: str) -> Any:
        # boto3's stubs name each service; here it is a parameter.
        client = cast("Any", boto3.client)(
            service,
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator takes any
            config=Config(
                max_pool_connections=CONNECTIONS,
                user_agent_extra=USER_AGENT,
                retries={"mode": "standard", "total_max_attempts": 2},
                s3={"addressing_style": "path"},
            ),
        )
        client.meta.events.register("before-call", _say_whether_it_reads)
        return client


def _say_whether_it_reads(model: Any, params: dict[str, Any], **_: Any) -> None:
    if only_reads(xform_name(model.name)):
        params["headers"][READS_HEADER] = "1"
