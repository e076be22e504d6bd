"""Finds the handler for a path and a method, and runs it: token, validation, transaction, retries, errors."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

import asyncpg
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from service.api.call import Call, Handler, Services, commit_watched, holds_no_connection
from service.api.contract import Contract, Operation
from service.api.identity import load_caller, read_token
from service.api.problems import Problem, answer, conflict, unavailable
from service.api.requests import read_body, read_parameters
from service.storage.provider import StorageError

logger = logging.getLogger(__name__)

ATTEMPTS: Final = 3
"""Maximum attempts of a transaction that PostgreSQL aborts because of a concurrent one (PostgreSQL manual,
"Serialization Failure Handling")."""
_TRY_AGAIN: Final = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_CONFLICTS: Final = (asyncpg.UniqueViolationError, asyncpg.ForeignKeyViolationError)


def make_routes(contract: Contract, handlers: Mapping[str, Handler]) -> list[Route]:
    """Return one route for each path, so that the response to a wrong method can list the allowed ones.

    Args:
        contract: The API document.
        handlers: The handlers by operation id.
    """
    by_path: dict[str, dict[str, tuple[Operation, Handler]]] = {}
    for operation_id, handler in handlers.items():
        operation = contract.operations[operation_id]
        by_path.setdefault(operation.path, {})[operation.method] = (operation, handler)
    # A fixed path must come before a path with a parameter in its place: /notifications/read-all,
    # /certificates/verify/{...}
    ordered = sorted(by_path.items(), key=lambda each: (each[0].count("{"), each[0]))
    return [Route(path, _Endpoint(methods)) for path, methods in ordered]


class _Endpoint:
    """Answers requests for a path with any method.

    It is not a function, because for a function Starlette checks the method itself. If the method is wrong, Starlette
    then continues with a path that has a parameter in the same place.
    """

    def __init__(self, methods: Mapping[str, tuple[Operation, Handler]]) -> None:
        self._methods: Final = methods
        self._allowed: Final = ", ".join([*methods, *(["HEAD"] if "GET" in methods else [])])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        found = self._methods.get("GET" if request.method == "HEAD" else request.method)
        if found is None:
            refusal = Problem(405, f"This path allows {self._allowed}.", headers={"Allow": self._allowed})
            await answer(refusal)(scope, receive, send)
            return
        try:
            response = await _run(request, *found)
        except Problem as problem:
            response = answer(problem)
        await response(scope, receive, send)


async def _run(request: Request, operation: Operation, handler: Handler) -> Response:
    services: Services = request.app.state.services
    secret = services.settings.jwt_secret.get_secret_value()
    claims = read_token(request.headers.get("authorization"), secret) if operation.signed_in else None
    values: Mapping[str, Any] = {}
    body: Any = None
    problem: Problem | None = None
    try:
        values = read_parameters(request, operation)
        body = await read_body(request, operation)
    except Problem as error:
        problem = error
    if problem is not None and claims is None:
        raise problem
    for attempt in range(1, ATTEMPTS + 1):
        call = Call(request, operation, services, values, body, None)
        try:
            return await _in_database(call, handler, claims, problem)
        except _TRY_AGAIN:
            if attempt == ATTEMPTS:
                raise conflict("Others change the same at the same time; try again.") from None
            await asyncio.sleep(0)
        except _CONFLICTS as error:
            logger.info("a constraint refused a change", extra={"constraint": error.constraint_name})
            raise Problem(operation.status(409, 422, 400), "Something else stands against it.") from error
        except StorageError as error:
            logger.warning("storage is away", extra={"reason": str(error)})
            raise unavailable("the storage of files") from error
    raise AssertionError("every attempt returns or raises")


async def _in_database(call: Call, handler: Handler, claims: Any, problem: Problem | None) -> Response:
    """Run a handler with a connection, and in a transaction unless the method is GET."""
    if holds_no_connection(handler):
        if claims is not None:
            async with call.connection() as connection:
                call.who = await load_caller(connection, claims)
        if problem is not None:
            raise problem
        return await handler(call)
    database = call.request.app.state.database
    with commit_watched() as commit:
        async with database.connection() as connection:
            call.database = connection
            if claims is not None:
                call.who = await load_caller(connection, claims)
            if problem is not None:
                # Raised only now, so that an invalid token is reported before the errors of the request
                raise problem
            if call.operation.method == "GET":
                return await handler(call)
            async with connection.transaction():
                response = await handler(call)
                commit.is_under_way = True
    for run in call.after_commit:
        await run()
    return response
