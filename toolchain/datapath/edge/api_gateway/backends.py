"""Sends requests to the backends of integrations."""

import asyncio
import importlib.util
import sys
from typing import Any, Final, cast

import httpx

from toolchain.datapath.edge.api_gateway.gateway_responses import GatewayError
from toolchain.datapath.edge.api_gateway.integrations import MAXIMUM_BYTES, Answer, Outgoing
from toolchain.datapath.edge.forwarding import AnswerTooLargeError, fetched

CONNECTIONS: Final = 256
KEPT_ALIVE: Final = 64
KEEP_ALIVE_SECONDS: Final = 30.0
MAXIMUM_STREAMED_BYTES: Final = 100 * 1024 * 1024
"""Maximum size of a streamed response, which is held in memory as a whole."""

if importlib.util.find_spec("sniffio") is None:
    # httpcore tries to import it for each lock that it makes, and each time Python searches all folders: half of the
    # cost of a request. None makes the import fail at once ("The import system", The Python Language Reference).
    cast("dict[str, Any]", sys.modules).setdefault("sniffio", None)


class Backends:
    """Sends requests to backends, which are served on ports of this machine."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            timeout=None,  # noqa: S113 - each request has the timeout of its integration
            verify=False,  # noqa: S501 - the certificate is for a name in AWS, the connection stays on this machine
            limits=httpx.Limits(
                max_connections=CONNECTIONS,
                max_keepalive_connections=KEPT_ALIVE,
                keepalive_expiry=KEEP_ALIVE_SECONDS,
            ),
        )

    async def call(self, outgoing: Outgoing, local_port: int, *, streams: bool) -> Answer:
        """Send a request and read its response.

        Args:
            outgoing: The request.
            local_port: Port on 127.0.0.1 that serves the backend.
            streams: Whether the response is streamed, and may be larger than a buffered response.

        Raises:
            GatewayError: The backend cannot be reached, closes the connection, takes too long, or its response is too
                large.
        """
        url = httpx.URL(scheme=outgoing.scheme, host="127.0.0.1", port=local_port, raw_path=outgoing.target.encode())
        # Send the bytes that were received: Latin-1 keeps them. White space around a value is not part of it (RFC 9110,
        # section 5.5).
        headers = [(name.encode(), value.strip(" \t").encode("latin-1", "replace")) for name, value in outgoing.headers]
        request = httpx.Request(
            outgoing.method,
            url,
            headers=headers,
            content=outgoing.body,
            # httpx resolves "/a/../b" in a URL, so that a path parameter would reach another operation's path.
            extensions={"target": outgoing.target.encode()},
        )
        most = MAXIMUM_STREAMED_BYTES if streams else MAXIMUM_BYTES
        try:
            async with asyncio.timeout(outgoing.timeout_seconds):
                response = await fetched(self._client, request, most)
        except TimeoutError as error:
            raise GatewayError("INTEGRATION_TIMEOUT", details="Endpoint request timed out") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            details = f"{type(error).__name__}: {error}"
            raise GatewayError("INTEGRATION_FAILURE", details=details) from error
        except AnswerTooLargeError as error:
            raise GatewayError("API_CONFIGURATION_ERROR", details=f"a response of more than {most} bytes") from error
        return Answer(response.status, response.headers, response.body)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
