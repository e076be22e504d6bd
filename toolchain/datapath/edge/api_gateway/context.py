"""The ``$context`` of a request, for mapping templates, parameter mappings and access logs.

Names: "Variables for data transformations for API Gateway" and "Variables for access logging for API Gateway" (Amazon
API Gateway Developer Guide).
"""

import base64
import re
import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast

from toolchain.datapath.edge.messages import Request

_VARIABLE: Final = re.compile(r"\$context((?:\.[A-Za-z0-9_-]+)+)|\$stageVariables\.([A-Za-z0-9_]+)")
_MAXIMUM_VALUE: Final = 8_000
"""Maximum length of a variable's value, in characters; otherwise a request could fill the log."""


class Context:
    """The variables of one request, as a tree of names.

    Args:
        variables: The initial variables.
    """

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self.tree: dict[str, Any] = dict(variables)

    def set(self, name: str, value: object) -> None:
        """Set a variable.

        Args:
            name: Name without ``context.``, such as ``identity.apiKeyId``.
            value: The new value.
        """
        *parents, last = name.split(".")
        place = self.tree
        for parent in parents:
            place = cast("dict[str, Any]", place.setdefault(parent, {}))
        place[last] = value

    def get(self, name: str) -> str | None:
        """Return a variable as text; None if the request does not have it.

        Args:
            name: Name without ``context.``, such as ``identity.sourceIp``.
        """
        place: Any = self.tree
        for part in name.split("."):
            if not isinstance(place, dict) or part not in place:
                return None
            place = cast("dict[str, Any]", place)[part]
        return None if place is None or isinstance(place, dict) else str(place)


def new_context(request: Request, seconds: float, *, account_id: str, rest_api_id: str, stage: str) -> Context:
    """Make the context of a new request.

    Args:
        request: The request.
        seconds: Time of the request, in seconds since 1970.
        account_id: The API's account id.
        rest_api_id: Id of the API.
        stage: Name of the stage.
    """
    came = datetime.fromtimestamp(seconds, tz=UTC)
    trace = f"Root=1-{int(seconds):08x}-{secrets.token_hex(12)}"
    return Context(
        {
            "accountId": account_id,
            "apiId": rest_api_id,
            "domainName": request.host,
            "domainPrefix": request.host.partition(".")[0],
            "extendedRequestId": base64.b64encode(secrets.token_bytes(11)).decode(),
            "httpMethod": request.method,
            "identity": {"sourceIp": request.client_address, "userAgent": request.header("User-Agent")},
            "path": request.path,
            "protocol": "HTTP/1.1",
            "requestId": str(uuid.uuid4()),
            "requestTime": came.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": int(seconds * 1000),
            "stage": stage,
            # A viewer's own trace is continued ("Amazon API Gateway active tracing support for AWS X-Ray").
            "xrayTraceId": request.header("X-Amzn-Trace-Id") or trace,
        }
    )


def substituted(text: str, context: Context, stage_variables: Mapping[str, str], absent: str = "") -> str:
    """Replace ``$context`` and ``$stageVariables`` in a text that supports no other template syntax.

    Args:
        text: Access log format, or template of a gateway response.
        context: The request's context.
        stage_variables: The stage's variables.
        absent: Replacement for a variable that the request does not have; ``-`` in access logs.
    """

    def value(found: re.Match[str]) -> str:
        name, stage_variable = found.groups()
        wanted = context.get(name.removeprefix(".")) if name else stage_variables.get(stage_variable)
        return (absent if wanted is None or wanted == "" else wanted)[:_MAXIMUM_VALUE]

    return _VARIABLE.sub(value, text)
