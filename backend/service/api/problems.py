"""Errors, in the one shape that the document declares: RFC 9457, `application/problem+json`."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, cast

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service import logs

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 1
"""Seconds after which to try again what the database or storage was away for."""


class Problem(Exception):  # noqa: N818 (the word of RFC 9457)
    """An answer that is an error.

    Args:
        status: HTTP status code.
        detail: One sentence for the developer of the client; never a value that may be secret.
        errors: Path and message of each fault of the request.
        headers: Further headers.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers


def not_found(what: str) -> Problem:
    """There is no such thing, or this user does not see it: nobody can tell which."""
    return Problem(404, f"There is no such {what}.")


def forbidden(detail: str) -> Problem:
    """The user sees it, but may not do that."""
    return Problem(403, detail)


def conflict(detail: str) -> Problem:
    """The present state does not allow it."""
    return Problem(409, detail)


def unprocessable(path: str, message: str) -> Problem:
    """Well formed, but something in it cannot be."""
    return Problem(422, "Something in the request cannot be.", [(path, message)])


def unauthorized(detail: str) -> Problem:
    """No token, or one that does not count."""
    return Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})


def answer(problem: Problem) -> Response:
    """Write a problem; lengths are those of the document's `Problem`."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail[:2000],
    }
    if (request_id := logs.request_id.get()) is not None:
        body["requestId"] = request_id[:64]
    if problem.errors:
        body["errors"] = [{"path": path[:200], "message": message[:500]} for path, message in problem.errors]
    return Response(orjson.dumps(body), problem.status, problem.headers, MEDIA_TYPE)


async def on_http_exception(_: Request, error: Exception) -> Response:
    """Answer what the framework refuses: no such path, no such method."""
    refused = cast("HTTPException", error)
    return answer(Problem(refused.status_code, str(refused.detail), headers=refused.headers))


def failed() -> Problem:
    """The service has a defect; what happened is in the log, never in the answer."""
    return Problem(500, "The service failed; quote the request id when you report it.")


def unavailable(what: str) -> Problem:
    """Something that the service needs is away; nothing was changed."""
    return Problem(503, f"The service cannot reach {what}; try again.", headers={"Retry-After": str(RETRY_SECONDS)})


def uncertain() -> Problem:
    """The database went away while a change was committed: nobody knows whether it was made.

    Without Retry-After, which clients take for leave to send the request again.
    """
    return Problem(503, "The service lost its database while saving; look whether it was done before you try again.")
