"""Reads a request's body."""

import io

from toolchain.emulator.cloudwatch_protocol import Environment


def body_of(environ: Environment) -> bytes:
    """Read a request's body, and leave it to be read again."""
    stream = environ["wsgi.input"]
    ends = environ.get("wsgi.input_terminated")  # set for a body in chunks, which has no length
    body: bytes = stream.read() if ends else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body
