"""Checks the OpenAPI version of a document."""

import re
from typing import Final

from spot_planning.api.openapi.findings import OpenApiError
from spot_planning.api.openapi.values import JsonObject

_VERSION: Final = re.compile(r"3\.([01])\.[0-9]+(?:-.+)?")


def is_openapi_31(document: JsonObject) -> bool:
    """Check whether a document is OpenAPI 3.1 rather than 3.0.

    Args:
        document: The document.

    Returns:
        True for 3.1.

    Raises:
        OpenApiError: The document has another version.
    """
    if "swagger" in document:
        raise OpenApiError(
            f"Swagger {document['swagger']} is not read; convert it to OpenAPI 3.0 first (swagger2openapi does)",
            "swagger",
        )
    version = document.get("openapi")
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None:
        raise OpenApiError(f"{version!r} is not OpenAPI 3.0 or 3.1", "openapi")
    return match.group(1) == "1"
