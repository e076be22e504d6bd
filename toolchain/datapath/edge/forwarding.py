"""Hands a request to what `Addresses` knows, such as a load balancer, over HTTP."""

import httpx

from toolchain.datapath.addresses import Addresses
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.edge.messages import HOP_BY_HOP, Request, Response

SECONDS = 30.0
"""CloudFront's default response timeout (Amazon CloudFront Developer Guide, "Response timeout")."""
ANSWER_LIMIT_BYTES = 100 * 1024 * 1024
_NOT_SENT_ON = HOP_BY_HOP | {"content-length", "expect"}


class Forwarder:
    """Sends requests on, and gives the answer back as it came, its body encoded as it was.

    Args:
        seconds: How long an answer may take.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._client = httpx.AsyncClient(timeout=seconds, trust_env=False, follow_redirects=False)

    async def send(self, base: str, request: Request) -> Response:
        """Send a request.

        Args:
            base: Where to, such as ``http://127.0.0.1:4000``.
            request: The request; its headers are sent as they are, without those of the connection.

        Raises:
            httpx.HTTPError: No answer came.
            AnswerTooLargeError: The answer is larger than the data path takes.
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
    """An answer has more bytes than are taken."""


async def fetched(client: httpx.AsyncClient, request: httpx.Request, most: int) -> Response:
    """Send a request, and read the answer as it came, its body encoded as it was.

    Args:
        client: Its connections are used.
        request: The request.
        most: Bytes of the answer's body.

    Raises:
        httpx.HTTPError: No answer came.
        AnswerTooLargeError: The body has more bytes.
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
    """The DNS names of the load balancers that viewers reach; an internal one has private addresses only.

    Args:
        control_plane: Knows the load balancers.

    Raises:
        botocore.exceptions.ClientError: The emulator refused.
    """
    rows = await control_plane.pages("elbv2", "describe_load_balancers", "LoadBalancers")
    return frozenset(str(row["DNSName"]) for row in rows if row.get("Scheme") == "internet-facing")


class LoadBalancers:
    """Reaches load balancers, and whatever else `Addresses` knows, by name.

    Args:
        addresses: What is served where.
        forwarder: Sends the requests.
    """

    PORTS = (443, 80)

    def __init__(self, addresses: Addresses, forwarder: Forwarder) -> None:
        self._addresses = addresses
        self._forwarder = forwarder

    def base(self, host: str, ports: tuple[int, ...] = PORTS) -> str | None:
        """Where a name is served, such as ``http://127.0.0.1:4000``; None when nothing serves it.

        Args:
            host: A name of AWS.
            ports: Its ports, the preferred one first.
        """
        local = next((local for port in ports if (local := self._addresses.local_port(host, port))), None)
        return None if local is None else f"http://127.0.0.1:{local}"

    async def answer(self, host: str, request: Request, ports: tuple[int, ...] = PORTS) -> Response | None:
        """Answer in place of the endpoint ``host``; None when nothing serves it.

        Raises:
            httpx.HTTPError: It does not answer.
        """
        base = self.base(host, ports)
        return None if base is None else await self._forwarder.send(base, request)
