"""Receives reports of the local data path, so that the emulator's describe actions return the actual states.

In AWS the data plane reports to the control plane in ways that no client sees. Here the data path posts JSON to
``/data-plane/<kind>``. ``KINDS`` lists the function for each kind.
"""

import json
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final

from toolchain.emulator import reports_ecs, reports_elb, reports_stores, same_user
from toolchain.emulator.agreement import OWN_PREFIX
from toolchain.emulator.deployed_apis import deployed_api
from toolchain.emulator.reports_cloudfront import take_invalidations
from toolchain.emulator.reports_s3 import access_key
from toolchain.emulator.wsgi import Application, Environment, StartResponse, body_of

Taker = Callable[[dict[str, Any]], Any]
"""A function that takes a parsed report and returns the answer, which is sent as JSON.

Raises:
    KeyError: The report lacks a key, or names a resource that the emulator does not have.
    ValueError: The report has a wrong value, or does not fit the emulator's state.
"""

KINDS: Final[dict[str, Taker]] = {
    "ecs-attach": reports_ecs.take_attachment,
    "ecs-observed": reports_ecs.take_observations,
    "ecs-start": reports_ecs.take_start,
    "spot-reclaim": reports_ecs.take_spot_reclaim,
    "task-users": same_user.take_task_users,
    "auth-tokens": reports_stores.tell_auth_tokens,
    "master-password": reports_stores.tell_master_password,
    "target-health": reports_elb.take_target_health,
    "deployed-api": deployed_api,
    "access-key": access_key,
    "cloudfront-invalidations": take_invalidations,
}
"""Kind of report -> the function that takes it."""


class DataPlaneReports:
    """WSGI middleware that passes reports to the functions of `KINDS`, and other requests to the application."""

    def __init__(self, application: Application, kinds: dict[str, Taker] | None = None) -> None:
        self._application = application
        self._kinds = KINDS if kinds is None else kinds

    def __call__(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a report, or let the application answer."""
        path = str(environ.get("PATH_INFO", ""))
        if not path.startswith(OWN_PREFIX):
            return self._application(environ, start_response)
        status, answer = self._taken(path.removeprefix(OWN_PREFIX), environ)
        body = json.dumps(answer, default=str).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]

    def _taken(self, kind: str, environ: Environment) -> tuple[HTTPStatus, Any]:
        taker = self._kinds.get(kind)
        if taker is None or environ.get("REQUEST_METHOD") != "POST":
            return HTTPStatus.NOT_FOUND, {"message": f"no report of kind {kind!r}; there are {sorted(self._kinds)}"}
        try:
            report = json.loads(body_of(environ))
            return HTTPStatus.OK, taker(report)
        except (KeyError, ValueError) as error:
            return HTTPStatus.BAD_REQUEST, {"message": f"{kind}: {error}"}
