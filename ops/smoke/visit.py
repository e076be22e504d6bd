"""Sends the requests of the smoke test's checks, runs the checks, and holds their findings."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, cast

import httpx
from botocore.exceptions import ClientError

from ops.addresses import Address, address_of, path_on_site
from ops.aws import StackSession
from ops.aws_errors import in_one_line, is_denied
from ops.frontend.settings import api_key_of

REQUEST_SECONDS: Final = 15.0
CONNECT_SECONDS: Final = 5.0
MOST_BYTES: Final = 4 * 1024 * 1024
"""How much of a response's body is read at most."""


class Status(StrEnum):
    """The result of a check."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """The finding of a check.

    Attributes:
        status: Whether the check holds, failed or was skipped.
        reason: The observation behind the status, in a sentence without secrets.
    """

    status: Status
    reason: str


def passed(reason: str) -> Finding:
    """Return the finding of a check that holds."""
    return Finding(Status.OK, reason)


def failed(reason: str) -> Finding:
    """Return the finding of a check that does not hold."""
    return Finding(Status.FAILED, reason)


def skipped(reason: str) -> Finding:
    """Return the finding of a check that cannot run on this stack."""
    return Finding(Status.SKIPPED, reason)


@dataclass(frozen=True)
class Answer:
    """An HTTP response.

    Attributes:
        status: The status code.
        headers: The headers; their names are lower case.
        body: The decompressed body, at most a little more than `MOST_BYTES` of it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """Return a header's value in lower case; empty when the header is missing."""
        return self.headers.get(name, "").lower()


def client_of(session: StackSession) -> httpx.Client:
    """Make the HTTP client of a smoke test.

    For the local stack the client trusts the local certificate authority, but only at the address of the edge.

    Args:
        session: The stack's outputs and its access to AWS.

    Raises:
        ValueError: The local data path is not running.
    """
    mounts: dict[str, httpx.BaseTransport | None] = {}
    where = address_of(session, session.output("site_url")) if session.is_local else None
    if where is not None and where.authority is not None and where.connect_to is not None:
        host, port = where.connect_to
        mounts[f"https://{host}:{port}"] = httpx.HTTPTransport(verify=where.verify)
    return httpx.Client(timeout=REQUEST_SECONDS, trust_env=not session.is_local, follow_redirects=False, mounts=mounts)


@dataclass
class Visit:
    """Sends requests to a stack's site and API, and reads their settings from AWS.

    Attributes:
        session: The stack's outputs and its access to AWS.
        http: The HTTP client; it follows no redirects.
    """

    session: StackSession
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=REQUEST_SECONDS))

    @cached_property
    def site(self) -> Address:
        """The site's address."""
        return address_of(self.session, self.session.output("site_url"))

    @cached_property
    def api(self) -> Address:
        """The API's address."""
        return address_of(self.session, self.session.output("api_url"))

    @cached_property
    def api_path(self) -> str | None:
        """The path of the API on the site; None for an API with a host name of its own."""
        return path_on_site(self.session.output("site_url"), self.session.output("api_url"))

    @cached_property
    def api_key(self) -> str | None:
        """The API key; None when the stack exports no key. It must not be printed."""
        return api_key_of(self.session)

    @cached_property
    def operations(self) -> list[tuple[str, str, bool]]:
        """The API's operations except preflights: method, path, and whether the operation requires the API key."""
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
            where: Address of the site or the API.
            path: Path of the request, with a leading ``/``.
            method: The method.
            headers: Further headers.
            content: The body.

        Raises:
            httpx.HTTPError: There is no response.
        """
        url, own = where.request(path)
        return self.fetch(url, method=method, headers={**own, **(headers or {})}, content=content)

    def fetch(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, content: bytes | None = None
    ) -> Answer:
        """Send a request to a URL; see `ask`.

        Raises:
            httpx.HTTPError: There is no response.
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
    """A check of the smoke test.

    Attributes:
        name: Name of the check, for ``--only`` and ``--skip``.
        what: The statement that the check proves.
        look: The function that runs the check.
        is_burst: Whether the check sends many requests.
    """

    name: str
    what: str
    look: Callable[[Visit], Finding]
    is_burst: bool = False


def carried_out(check: Check, visit: Visit) -> Finding:
    """Run a check.

    Args:
        check: The check.
        visit: Sends the requests.

    Returns:
        The check's finding. A missing HTTP response gives "failed"; denied permissions give "skipped".

    Raises:
        ClientError: AWS refused for another reason, such as expired credentials.
        ValueError: The stack lacks an output, or the local data path is not running.
    """
    try:
        return check.look(visit)
    except httpx.HTTPError as error:
        return failed(f"no answer: {type(error).__name__}: {error}")
    except ClientError as error:
        if is_denied(error):
            return skipped(in_one_line(error))
        raise


def _operations(resources: Iterator[dict[str, Any]]) -> Iterator[tuple[str, str, bool]]:
    for resource in resources:
        methods = cast("dict[str, dict[str, Any]]", resource.get("resourceMethods", {}))
        for method, about in methods.items():
            if method != "OPTIONS":
                yield method, str(resource["path"]), bool(about.get("apiKeyRequired"))
