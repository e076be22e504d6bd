"""Parses values of HTTP header fields."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from toolchain.datapath.edge.messages import Request

_REFUSED = re.compile(r"q=0(\.0*)?$")


def accepts_gzip(request: Request) -> bool:
    """Check whether the viewer accepts gzip (RFC 9110, section 12.5.3); a weight of 0 refuses it."""
    codings = [part.strip().lower() for part in (request.header("accept-encoding") or "").split(",")]
    return any(coding.partition(";")[0].strip() in {"gzip", "*"} and not _REFUSED.search(coding) for coding in codings)


def moment(text: str | None) -> datetime | None:
    """Parse an HTTP date, such as ``Thu, 01 Jan 2026 00:00:00 GMT``; None if it is missing or malformed.

    A date without a time zone, such as with ``-0000``, is in UTC.
    """
    try:
        read = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return read.replace(tzinfo=UTC) if read is not None and read.tzinfo is None else read
