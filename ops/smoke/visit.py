"""What the checks of a smoke test have in common: how they ask, and what they find."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, cast

import httpx
from botocore.exceptions import ClientError

from ops.addresses import Address, address_of, path_on_site
from ops.aws import StackSession
from ops.aws_errors import code_of, is_denied
from ops.frontend.settings import api_key_of

REQUEST_SECONDS: Final = 15.0
CONNECT_SECONDS: Final = 5.0
MOST_BYTES: Final = 4 * 1024 * 1024
"""No more of an answer is read."""


class Status(StrEnum):
    """How a check ended."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes:
        status: How it ended.
        reason: What was seen, in a sentence without secrets.
    """

    status: Status
    reason: str


def passed(reason: str) -> Finding:
    """What was looked for is there."""
    return Finding(Status.OK, reason)


def failed(reason: str) -> Finding:
    """What was looked for is not there."""
    return Finding(Status.FAILED, reason)


def skipped(reason: str) -> Finding:
    """It cannot be looked for here."""
    return Finding(Status.SKIPPED, reason)


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP.

    Attributes:
        status: Its status code.
        headers: Its headers; names in any case.
        body: Its body, decompressed.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """A header in lower case; empty when it is missing."""
        return self.headers.get(name, "").lower()


def client_of(session: StackSession) -> httpx.Client:
    """What sends the requests of a smoke test.

    Args:
        session: The way to the stack. The local stack's authority is trusted for the edge of its data path alone.

    Raises:
        ValueError: The local data path does not run.
    """
    mounts: dict[str, httpx.BaseTransport | None] = {}
    where = address_of(session, session.output("site_url")) if session.is_local else None
    if where is not None and where.authority is not None and where.connect_to is not None:
        host, port = where.connect_to
        mounts[f"https://{host}:{port}"] = httpx.HTTPTransport(verify=where.verify)
    return httpx.Client(timeout=REQUEST_SECONDS, trust_env=not session.is_local, follow_redirects=False, mounts=mounts)


@dataclass
class Visit:
    """Asks the site and the API of a stack, and AWS about them.

    Attributes:
        session: The way to the stack.
        http: Sends the requests; it follows no redirects.
    """

    session: StackSession
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=REQUEST_SECONDS))

    @cached_property
    def site(self) -> Address:
        """Where the site answers."""
        return address_of(self.session, self.session.output("site_url"))

    @cached_property
    def api(self) -> Address:
        """Where the API answers."""
        return address_of(self.session, self.session.output("api_url"))

    @cached_property
    def api_path(self) -> str | None:
        """The path of the site below which the API answers; None for an API with an address of its own."""
        return path_on_site(self.session.output("site_url"), self.session.output("api_url"))

    @cached_property
    def api_key(self) -> str | None:
        """The API key; None when the stack has none. Never printed."""
        return api_key_of(self.session)

    @cached_property
    def operations(self) -> list[tuple[str, str, bool]]:
        """The API's operations: method, path and whether it asks for the key; preflights are left out."""
        pages = (
            self.session.client("apigateway")
            .get_paginator("get_resources")
            .paginate(restApiId=self.session.output("api_id"), embed=["methods"], PaginationConfig={"PageSize": 500})
        )
        return sorted(_operations(resource for page in pages for resource in page["items"]))

    def ask(
        self,
        where: Address,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """Send a request.

        Args:
            where: The site or the API.
            path: With a leading ``/``.
            method: The method.
            headers: Further headers.
            content: The body.

        Raises:
            httpx.HTTPError: There is no answer.
        """
        url, own = where.request(path)
        return self.fetch(url, method=method, headers={**own, **(headers or {})}, content=content)

    def fetch(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, content: bytes | None = None
    ) -> Answer:
        """Send a request to a whole address; see `ask`.

        Raises:
            httpx.HTTPError: There is no answer.
        """
        with self.http.stream(method, url, headers=dict(headers or {}), content=content) as answer:
            body = b""
            for part in answer.iter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    break
            return Answer(answer.status_code, dict(answer.headers), body)

    @cached_property
    def index(self) -> Answer:
        """The site's first page."""
        return self.ask(self.site, "/", headers={"Accept": "text/html"})


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        name: Its name, for ``--only`` and ``--skip``.
        what: What holds when it is ok.
        look: Looks.
        is_burst: Whether it sends many requests.
    """

    name: str
    what: str
    look: Callable[[Visit], Finding]
    is_burst: bool = False


def carried_out(check: Check, visit: Visit) -> Finding:
    """Carry out a check.

    Args:
        check: The check.
        visit: Asks.

    Returns:
        What it found; no answer over HTTP is a failure, and what the credentials may not read is skipped.

    Raises:
        ClientError: AWS refused for another reason, such as expired credentials.
        ValueError: The stack lacks an output, or its data path does not run.
    """
    try:
        return check.look(visit)
    except httpx.HTTPError as error:
        return failed(f"no answer: {type(error).__name__}: {error}")
    except ClientError as error:
        if is_denied(error):
            return skipped(f"the credentials may not do what it needs ({code_of(error)})")
        raise


def _operations(resources: Iterator[dict[str, Any]]) -> Iterator[tuple[str, str, bool]]:
    for resource in resources:
        methods = cast("dict[str, dict[str, Any]]", resource.get("resourceMethods", {}))
        for method, about in methods.items():
            if method != "OPTIONS":
                yield method, str(resource["path"]), bool(about.get("apiKeyRequired"))
