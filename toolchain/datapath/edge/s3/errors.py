"""Error responses of Amazon S3."""

import secrets
from xml.sax.saxutils import escape

from toolchain.datapath.edge.messages import Response

CROSS_ORIGIN_REFUSED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
    "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)
"""S3's own text, including its misspelling."""


class StorageError(Exception):
    """A request is refused.

    Attributes:
        status: HTTP status.
        code: S3's error code, such as ``AccessDenied``.
        message: S3's sentence.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message

    @property
    def response(self) -> Response:
        """The response to the viewer (Amazon S3 API Reference, "Error responses")."""
        request_id = secrets.token_hex(8).upper()
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{self.code}</Code><Message>{escape(self.message)}</Message>"
            f"<RequestId>{request_id}</RequestId><HostId>{secrets.token_urlsafe(24)}</HostId></Error>"
        )
        headers = (("Content-Type", "application/xml"), ("x-amz-request-id", request_id), ("Server", "AmazonS3"))
        return Response(self.status, headers, body.encode())


def access_denied(message: str = "Access Denied") -> StorageError:
    """Make the error for a request that is not allowed."""
    return StorageError(403, "AccessDenied", message)


def unknown_key() -> StorageError:
    """Make the error for an access key that does not exist."""
    return StorageError(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
