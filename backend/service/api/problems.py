"""Errors in the format that the document declares: RFC 9457, `application/problem+json`."""

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
"""Seconds after which a client may retry a request that failed because the database or storage did not answer."""


class Problem(Exception):  # noqa: N818 (the word of RFC 9457)
    """An error response.

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
    """Return 404: the entry does not exist, or the user may not see it. The response does not reveal which."""
    return Problem(404, f"There is no such {what}.")


def forbidden(detail: str) -> Problem:
    """Return 403: the user may see the entry, but may not do this."""
    return Problem(403, detail)


def conflict(detail: str) -> Problem:
    """Return 409: the present state does not allow the request."""
    return Problem(409, detail)


def unprocessable(path: str, message: str) -> Problem:
    """Return 422: the request is well-formed, but contains an impossible value."""
    return Problem(422, "Something in the request cannot be.", [(path, message)])


def unauthorized(detail: str) -> Problem:
    """Return 401: there is no token, or it is not valid."""
    return Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})


def answer(problem: Problem) -> Response:
    """Return the response for a problem. Texts are cut to the lengths of the document's `Problem`."""
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
    """Return the response for an error of the framework, such as an unknown path."""
    refused = cast("HTTPException", error)
    return answer(Problem(refused.status_code, str(refused.detail), headers=refused.headers))


def failed() -> Problem:
    """Return 500: the service has a defect. Details are in the log, never in the response."""
    return Problem(500, "The service failed; quote the request id when you report it.")


def unavailable(what: str) -> Problem:
    """Return 503: a part that the service needs is unavailable; nothing was changed."""
    return Problem(503, f"The service cannot reach {what}; try again.", headers={"Retry-After": str(RETRY_SECONDS)})


def uncertain() -> Problem:
    """Return 503: the database failed during a commit, so it is unknown whether the change was made.

    The response has no Retry-After, because clients would then send the request again.
    """
    return Problem(503, "The service lost its database while saving; look whether it was done before you try again.")
