"""Forwards a request over HTTP to an address that the data path serves, such as a load balancer."""

import httpx

from toolchain.datapath.addresses import Addresses
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.edge.messages import HOP_BY_HOP, Request, Response

SECONDS = 30.0
"""CloudFront's default response timeout (Amazon CloudFront Developer Guide, "Response timeout")."""
ANSWER_LIMIT_BYTES = 100 * 1024 * 1024
_NOT_SENT_ON = HOP_BY_HOP | {"content-length", "expect"}


class Forwarder:
    """Forwards requests, and returns the responses unchanged, with their content encoding.

    Args:
        seconds: Timeout of a request.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._client = httpx.AsyncClient(timeout=seconds, trust_env=False, follow_redirects=False)

    async def send(self, base: str, request: Request) -> Response:
        """Send a request.

        Args:
            base: Scheme, host and port of the server, such as ``http://127.0.0.1:4000``.
            request: The request; its headers are sent unchanged, except hop-by-hop headers.

        Raises:
            httpx.HTTPError: There is no response.
            AnswerTooLargeError: The response's body has more than `ANSWER_LIMIT_BYTES`.
        """
        target = f"{request.path}?{request.query}" if request.query else request.path
        url = httpx.URL(base).copy_with(raw_path=target.encode("latin-1"))
        headers = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in request.headers
            if name.lower() not in _NOT_SENT_ON
        ]
        if request.body or request.header("content-length"):
            headers.append((b"content-length", str(len(request.body)).encode()))
        sent = httpx.Request(request.method, url, headers=headers, content=request.body or None)
        answer = await fetched(self._client, sent, ANSWER_LIMIT_BYTES)
        return answer.with_headers(without=HOP_BY_HOP)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class AnswerTooLargeError(ValueError):
    """A response has more bytes than allowed."""


async def fetched(client: httpx.AsyncClient, request: httpx.Request, most: int) -> Response:
    """Send a request, and read the response without decoding its body.

    Args:
        client: Client that sends the request.
        request: The request.
        most: Maximum size of the response's body in bytes.

    Raises:
        httpx.HTTPError: There is no response.
        AnswerTooLargeError: The body is larger.
    """
    answer = await client.send(request, stream=True)
    try:
        body = bytearray()
        async for part in answer.aiter_raw():
            body += part
            if len(body) > most:
                raise AnswerTooLargeError(f"the answer has more than {most} bytes")
    finally:
        await answer.aclose()
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw)
    return Response(answer.status_code, headers, bytes(body))


async def internet_facing(control_plane: ControlPlane) -> frozenset[str]:
    """Read the DNS names of the internet-facing load balancers; viewers cannot reach internal load balancers.

    Args:
        control_plane: The emulator.

    Raises:
        botocore.exceptions.ClientError: The emulator refused.
    """
    rows = await control_plane.pages("elbv2", "describe_load_balancers", "LoadBalancers")
    return frozenset(str(row["DNSName"]) for row in rows if row.get("Scheme") == "internet-facing")


class LoadBalancers:
    """Forwards requests to load balancers, and to any other host in `Addresses`.

    Args:
        addresses: Addresses that the data path serves, with their ports on this machine.
        forwarder: Forwarder that sends the requests.
    """

    PORTS = (443, 80)

    def __init__(self, addresses: Addresses, forwarder: Forwarder) -> None:
        self._addresses = addresses
        self._forwarder = forwarder

    def base(self, host: str, ports: tuple[int, ...] = PORTS) -> str | None:
        """Return the local URL of a host, such as ``http://127.0.0.1:4000``; None if the host is not served.

        Args:
            host: DNS name in AWS.
            ports: Ports in AWS, the preferred port first.
        """
        local = next((local for port in ports if (local := self._addresses.local_port(host, port))), None)
        return None if local is None else f"http://127.0.0.1:{local}"

    async def answer(self, host: str, request: Request, ports: tuple[int, ...] = PORTS) -> Response | None:
        """Forward a request to a host, and return the response; None if the host is not served.

        Raises:
            httpx.HTTPError: The host does not respond.
            AnswerTooLargeError: The response's body has more than `ANSWER_LIMIT_BYTES`.
        """
        base = self.base(host, ports)
        return None if base is None else await self._forwarder.send(base, request)
