"""Answers a repeated request with the first answer."""

import sys
from collections import OrderedDict
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from toolchain.emulator.agreement import USER_AGENT
from toolchain.emulator.wsgi import Application, Environment, StartResponse

KEPT_ANSWERS = 5000

Answer = tuple[str, list[tuple[str, str]], bytes]


@dataclass
class _Turn:
    """The lock of an invocation: a request holds it while it is answered, and a repeated request waits for it."""

    lock: Lock = field(default_factory=Lock)
    wanted: int = 0


class AnswersAgain:
    """WSGI middleware that runs each invocation of the AWS SDK only once, repeats its answer, and logs requests.

    Reason: with thousands of requests within seconds, the provider sometimes loses an answer (observed: about one in
    five hundred) and sends the request again with the same invocation id. An operation that is not idempotent would
    then fail although it has succeeded: a route, an association of an address, a log delivery. The second request may
    come while the first one is still being answered, so it waits.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._turns: dict[str, _Turn] = {}
        self._lock = Lock()

    def __call__(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request, or repeat the answer to an earlier request of the same invocation."""
        invocation = environ.get("HTTP_AMZ_SDK_INVOCATION_ID", "")
        with self._turn(invocation):
            again = self._answers.get(invocation)
            status, headers, content = again or self._answer(environ)
            if invocation and not status.startswith("5"):
                self._keep(invocation, (status, headers, content))
        _log(environ, status, "again" if again else "")
        start_response(status, headers)
        return [content]

    def _keep(self, invocation: str, answer: Answer) -> None:
        with self._lock:
            self._answers[invocation] = answer
            while len(self._answers) > KEPT_ANSWERS:
                self._answers.popitem(last=False)

    @contextmanager
    def _turn(self, invocation: str) -> Generator[None]:
        """Wait until no other request of the invocation is being answered."""
        if not invocation:
            yield
            return
        with self._lock:
            turn = self._turns.setdefault(invocation, _Turn())
            turn.wanted += 1
        try:
            with turn.lock:
                yield
        finally:
            with self._lock:
                turn.wanted -= 1
                if not turn.wanted:
                    del self._turns[invocation]

    def _answer(self, environ: Environment) -> Answer:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *_: object) -> object:
            started.append((status, headers))
            return _ignore

        content = b"".join(self._application(environ, start))
        return (*started[-1], content)


def _ignore(_data: bytes) -> None:
    """Stand in for WSGI's old write function, which neither Flask nor moto uses."""


def _log(environ: Environment, status: str, note: str) -> None:
    if status.startswith("2") and USER_AGENT in environ.get("HTTP_USER_AGENT", ""):
        return
    service = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split("/")[3:4]
    operation = environ.get("HTTP_X_AMZ_TARGET") or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
    sys.stderr.write(" ".join((status[:3], *service, operation, note)).rstrip() + "\n")
