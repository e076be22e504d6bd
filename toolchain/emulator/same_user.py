"""Keeps other users of this machine out of the emulator, which asks for no password."""

from collections.abc import Iterable
from typing import Any, Final
from weakref import WeakKeyDictionary

from toolchain.emulator.agreement import OWN_PREFIX
from toolchain.emulator.cloudwatch_protocol import Application, Environment, StartResponse
from toolchain.offline import peers

_MOTO: Final = "/moto-api"
_MESSAGE = b"this emulator serves the user who started it only\n"

_task_users: set[int] = set()


def take_task_users(report: dict[str, Any]) -> dict[str, Any]:
    """The data path says which users its tasks run as: they may ask AWS's APIs, as a task in AWS may.

    Args:
        report: ``users``: their numbers.
    """
    _task_users.update(int(user) for user in report["users"])
    return {}


class SameUserOnly:
    """WSGI middleware: refuses a request from another user's process."""

    def __init__(self, application: Application) -> None:
        self._application = application
        # Asking the system takes 3 ms, so it is asked once for each connection.
        self._users: WeakKeyDictionary[object, frozenset[int]] = WeakKeyDictionary()

    def __call__(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request, or refuse it."""
        connection = environ["werkzeug.socket"]
        if connection not in self._users:
            self._users[connection] = peers.users_of(int(environ["REMOTE_PORT"]))
        own = str(environ.get("PATH_INFO", "")).startswith((OWN_PREFIX, _MOTO))
        if peers.are_refused(self._users[connection], also=frozenset() if own else frozenset(_task_users)):
            start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", str(len(_MESSAGE)))])
            return [_MESSAGE]
        return self._application(environ, start_response)
