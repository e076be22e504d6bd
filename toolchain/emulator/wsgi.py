"""The types of WSGI (PEP 3333), and a request's body."""

import io
from collections.abc import Callable, Iterable
from typing import Any

Environment = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environment, StartResponse], Iterable[bytes]]


def body_of(environ: Environment) -> bytes:
    """Read a request's body, and leave it to be read again."""
    stream = environ["wsgi.input"]
    ends = environ.get("wsgi.input_terminated")  # set for a body in chunks, which has no length
    body: bytes = stream.read() if ends else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body
