"""Writes log records as JSON lines on standard output, with the ids of their request and their trace."""

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

from opentelemetry import trace
from typing_extensions import override

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Id of the request that is being answered; None outside a request."""

_BREAKING: Final = re.compile("[\x7f-\x9f\u2028\u2029]")
"""Line ends and control characters that JSON does not escape, but that confuse some log readers and terminals."""
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}
"""The attributes of every record, and uvicorn's text for terminals; all other attributes come from ``extra``."""


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON.

    Fields: ``time`` (UTC, ISO 8601), ``level``, ``logger``, ``message``, ``request_id`` and ``trace_id`` if there are
    any, the entries of ``extra``, and ``error`` with the traceback.
    """

    @override
    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (current := request_id.get()) is not None:
            fields["request_id"] = current
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            fields["trace_id"] = trace.format_trace_id(span.trace_id)
        fields.update({key: value for key, value in vars(record).items() if key not in _STANDARD})
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        text = json.dumps(fields, default=str, ensure_ascii=False)
        return _BREAKING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def configure(level: str) -> None:
    """Send every logger's records to standard output as JSON.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Otherwise warnings of packages would be lines on standard error that are not JSON.
    logging.captureWarnings(capture=True)
    # At debug level botocore logs each retry of a request to AWS, with headers.
    logging.getLogger("botocore").setLevel(logging.WARNING)
