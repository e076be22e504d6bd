"""An API below a path of its site: CloudFront forwards that path to the API and adds the API key in a header."""

import json
import math
from typing import Final

from spot_planning.api.settings import ImportSettings

KEY_HEADER: Final = "x-api-key"
"""Header from which API Gateway reads an API key. As a custom header of an origin it replaces a header of that name
from a viewer (Amazon CloudFront Developer Guide, "Add custom headers to origin requests")."""

VIEWER_ADDRESS_HEADER: Final = "X-Viewer-Address"
"""Header in which `api_request_function` sends the viewer's IP address. API Gateway itself sees CloudFront's
address."""
VIEWER_HOST_HEADER: Final = "X-Viewer-Host"
"""Header in which `api_request_function` sends the host name that the viewer requested. In ``Host``, API Gateway gets
its own name."""

MINIMUM_READ_TIMEOUT_SECONDS: Final = 30
"""CloudFront's default for the response timeout of an origin."""
MAXIMUM_READ_TIMEOUT_SECONDS: Final = 120
"""CustomOriginConfig, Amazon CloudFront API Reference, ``OriginReadTimeout``."""
READ_TIMEOUT_MARGIN_SECONDS: Final = 5
"""Seconds that CloudFront waits longer than API Gateway, so that API Gateway's timeout comes first."""
LONGEST_INTEGRATION_MILLISECONDS: Final = (MAXIMUM_READ_TIMEOUT_SECONDS - READ_TIMEOUT_MARGIN_SECONDS) * 1000


def read_timeout_seconds(settings: ImportSettings) -> int:
    """Return how many seconds CloudFront waits for the API: for the first byte, and between two packets of a response.

    Args:
        settings: Checked settings.
    """
    longest = max(settings.integration_timeout_milliseconds, settings.integration_timeout_quota_milliseconds)
    return max(MINIMUM_READ_TIMEOUT_SECONDS, math.ceil(longest / 1000) + READ_TIMEOUT_MARGIN_SECONDS)


def api_request_function(path: str, stage_name: str) -> str:
    """Return the source of the CloudFront Function that changes a request for the API.

    It replaces the site's path with the stage, so that the API's paths are the paths of its document. It also sets the
    headers with the viewer's address and host, and overwrites any that a viewer sends. The stage is not an origin path:
    CloudFront adds an origin path after it has replaced ``/`` by the site's default root object, so the API's own ``/``
    could not be requested.

    Args:
        path: The site's path, such as ``/api``.
        stage_name: Name of the API's stage.

    Returns:
        JavaScript for the runtime ``cloudfront-js-2.0``.
    """
    return f"""\
var PATH = {json.dumps(path)};
var STAGE = {json.dumps(f"/{stage_name}")};

function handler(event) {{
    var request = event.request;
    request.uri = STAGE + request.uri.substring(PATH.length);
    request.headers[{json.dumps(VIEWER_ADDRESS_HEADER.lower())}] = {{ value: event.viewer.ip }};
    if (request.headers.host) {{
        request.headers[{json.dumps(VIEWER_HOST_HEADER.lower())}] = {{ value: request.headers.host.value }};
    }}
    return request;
}}
"""
