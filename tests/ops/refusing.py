"""Clients of boto3 as the operations make them, whose requests AWS refuses before they are sent."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from botocore.awsrequest import AWSResponse

from ops import aws
from tests.ops.site_world import REGION, session

CREDENTIALS_EXPIRED = (
    "error: the AWS credentials have expired (ExpiredTokenException): log in (`aws sso login`, or what your team uses) "
    "and run it again\n"
)


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self._body


class Refusing:
    """A client whose requests AWS refuses.

    Args:
        service: boto3's name of the service.
        code: AWS's error code.
        times: Number of requests to refuse; after them the client's own event handlers answer.
        status: HTTP status of the refusals.
    """

    def __init__(self, service: str, code: str, *, times: int = 10**6, status: int = 400) -> None:
        self.client = aws.make_client(session(), service, REGION, None)
        self.asked: list[str] = []
        """The operations that were refused."""
        self._code, self._status, self._left = code, status, times
        self.client.meta.events.register_first("before-send", self._before_send)

    def _before_send(self, event_name: str, **_: object) -> Any:
        if not self._left:
            return None
        self._left -= 1
        self.asked.append(event_name.rpartition(".")[2])
        return AWSResponse("https://aws", self._status, {"x-amzn-errortype": self._code}, _Raw(self._body()))

    def _body(self) -> bytes:
        protocol = str(self.client.meta.service_model.metadata["protocol"])
        if "json" in protocol:
            return json.dumps({"__type": self._code, "message": "no"}).encode()
        error = f"<Error><Code>{self._code}</Code><Message>no</Message></Error>"
        return (error if protocol == "rest-xml" else f"<ErrorResponse>{error}</ErrorResponse>").encode()


def raising(error: BaseException) -> Callable[..., Any]:
    """Return a function that raises an exception, whatever its arguments are."""

    def function(*_: object, **__: object) -> Any:
        raise error

    return function
