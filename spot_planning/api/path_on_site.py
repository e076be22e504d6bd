"""An API below a path of its site: CloudFront hands that path on, with the API key in a header of its own."""

import json
import math
from typing import Final

from spot_planning.api.settings import PrivateApiSettings

KEY_HEADER: Final = "x-api-key"
"""Header that API Gateway reads an API key from. As a custom header of an origin it replaces what a viewer sends under
that name (Amazon CloudFront Developer Guide, "Add custom headers to origin requests")."""

VIEWER_ADDRESS_HEADER: Final = "X-Viewer-Address"
"""Header in which `api_request_function` says the viewer's IP address. API Gateway itself sees CloudFront's."""
VIEWER_HOST_HEADER: Final = "X-Viewer-Host"
"""Header in which it says the name that the viewer asked for: API Gateway gets its own in ``Host``."""

MINIMUM_READ_TIMEOUT_SECONDS: Final = 30
"""CloudFront's own default of the origin's response timeout."""
MAXIMUM_READ_TIMEOUT_SECONDS: Final = 120
"""CustomOriginConfig, Amazon CloudFront API Reference, ``OriginReadTimeout``."""
READ_TIMEOUT_MARGIN_SECONDS: Final = 5
"""What CloudFront waits longer than API Gateway, so that it is API Gateway's answer that ends a wait."""
LONGEST_INTEGRATION_MILLISECONDS: Final = (MAXIMUM_READ_TIMEOUT_SECONDS - READ_TIMEOUT_MARGIN_SECONDS) * 1000


def read_timeout_seconds(settings: PrivateApiSettings) -> int:
    """How long CloudFront waits for the API: for the first byte, and between two parts of an answer.

    Args:
        settings: Checked settings.
    """
    longest = max(settings.integration_timeout_milliseconds, settings.integration_timeout_quota_milliseconds)
    return max(MINIMUM_READ_TIMEOUT_SECONDS, math.ceil(longest / 1000) + READ_TIMEOUT_MARGIN_SECONDS)


def api_request_function(path: str, stage_name: str) -> str:
    """Source of the CloudFront Function that hands a request on to the API.

    It puts the stage in place of the site's path, so that the API's paths are those of its document, and says who asks,
    whatever a viewer sends under the names of these headers. The stage is no origin path: CloudFront adds that after it
    has taken ``/`` for the site's default root object, so that the API's own ``/`` could not be asked for.

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
