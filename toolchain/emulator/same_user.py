"""Keeps other users of this machine out of the emulator, which asks for no password."""

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from toolchain.emulator.cloudwatch_protocol import Application, Environment, StartResponse
from toolchain.offline import peers

_MESSAGE = b"this emulator serves the user who started it only\n"


class SameUserOnly:
    """WSGI middleware: refuses a request from another user's process."""

    def __init__(self, application: Application) -> None:
        self._application = application
        # Asking the system takes 3 ms, so it is asked once for each connection.
        self._refused: WeakKeyDictionary[object, bool] = WeakKeyDictionary()

    def __call__(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request, or refuse it."""
        connection = environ["werkzeug.socket"]
        if connection not in self._refused:
            self._refused[connection] = peers.is_refused(int(environ["REMOTE_PORT"]))
        if self._refused[connection]:
            start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", str(len(_MESSAGE)))])
            return [_MESSAGE]
        return self._application(environ, start_response)
