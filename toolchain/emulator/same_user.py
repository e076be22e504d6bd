"""Refuses requests from other users of this machine, because the emulator has no password."""

from collections.abc import Iterable
from typing import Any, Final
from weakref import WeakKeyDictionary

from toolchain.emulator.agreement import OWN_PREFIX
from toolchain.emulator.wsgi import Application, Environment, StartResponse
from toolchain.offline import peers

_MOTO: Final = "/moto-api"
_MESSAGE = b"this emulator serves the user who started it only\n"

_task_users: set[int] = set()


def take_task_users(report: dict[str, Any]) -> dict[str, Any]:
    """Store the users that the data path's tasks run as. They may call AWS's APIs, as tasks in AWS may.

    Args:
        report: ``users``: the user ids.
    """
    _task_users.update(int(user) for user in report["users"])
    return {}


class SameUserOnly:
    """WSGI middleware that refuses requests from processes of other users.

    Users of tasks may call AWS's APIs, but not moto's own API or the emulator's own paths.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        # cached for each connection, because finding the user takes 3 ms
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
