"""The allowed values of a bucket's CORS settings."""

import re

from spot_planning.declarations import Allowed
from spot_planning.names.domain_names import is_port
from spot_planning.problems import listed

CORS_METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
"""The methods of a bucket's CORS rule (CORSRule, Amazon S3 API Reference)."""

CORS_METHOD_LIST = Allowed(f"one or more of {listed(CORS_METHODS)}", bool)

# A wildcard may only replace whole labels in front of a domain, so it cannot match the sites of others.
_ORIGIN = re.compile(
    r"(?:https://(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|http://(?:localhost|127\.0\.0\.1))"
    r"(?::(?P<port>[0-9]{1,5}))?"
)


def _is_origin(value: str) -> bool:
    found = _ORIGIN.fullmatch(value)
    return found is not None and is_port(found["port"])


BUCKET_ORIGIN = Allowed(
    "https://host, without a path and perhaps beginning with *., or http:// for localhost",
    _is_origin,
)
"""An origin that may use a bucket."""
