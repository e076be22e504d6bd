"""Options of an import that most tests of the import use: no API key, and any origin."""

from typing import Any

from spot_planning.api.openapi_import import ImportOptions


def open_options(**more: Any) -> ImportOptions:
    """Return options without an API key and for any origin; `more` has other values for these and further options."""
    return ImportOptions(**{"api_key_required": False, "cors_allowed_origins": ["*"], **more})
