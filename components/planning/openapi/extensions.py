"""Extensions of API Gateway at a document's root: those that an import of a REST API understands, and the rest."""

from typing import Final

from components.planning.documents import canonical_json
from components.planning.openapi import quotas
from components.planning.openapi.cors import GATEWAY_RESPONSES
from components.planning.openapi.findings import Report
from components.planning.openapi.options import ImportQuotas
from components.planning.openapi.validators import REQUEST_VALIDATOR, REQUEST_VALIDATORS
from components.planning.openapi.values import JsonObject, as_string, list_in, object_in

BINARY_MEDIA_TYPES: Final = "x-amazon-apigateway-binary-media-types"
_PREFIX: Final = "x-amazon-apigateway-"
_POLICY: Final = "x-amazon-apigateway-policy"
_KEPT: Final = (
    "x-amazon-apigateway-api-key-source",
    "x-amazon-apigateway-endpoint-access-mode",
    "x-amazon-apigateway-endpoint-configuration",
    "x-amazon-apigateway-minimum-compression-size",
    _POLICY,
    "x-amazon-apigateway-security-policy",
)
"""Kept as they are ("OpenAPI extensions for API Gateway", Developer Guide)."""
_PLANNED: Final = (BINARY_MEDIA_TYPES, GATEWAY_RESPONSES, REQUEST_VALIDATOR, REQUEST_VALIDATORS)
"""Become part of what the plan says itself."""


def kept_extensions(document: JsonObject, limits: ImportQuotas, report: Report) -> JsonObject:
    """Take the extensions that are imported as they are, and report those that are not imported at all.

    Args:
        document: The document.
        limits: The account's quotas.
        report: Where rewrites, and a policy that is too long, go.

    Returns:
        For the root of the import document.
    """
    kept: JsonObject = {"x-amazon-apigateway-api-key-source": "HEADER"}
    for key in sorted(document):
        if key in _KEPT:
            kept[key] = document[key]
        elif key.startswith(_PREFIX) and key not in _PLANNED:
            report.rewrite("extension", (key,), "left out: it is for other kinds of APIs, or nothing that an API needs")
    if _POLICY in document:
        length = len(canonical_json(object_in(document, _POLICY, ())))
        quotas.check_length(report, limits, (_POLICY,), length, limits.policy_characters)
    return kept


def own_binary_media_types(document: JsonObject) -> list[str]:
    """The binary media types that the document names itself.

    Raises:
        OpenApiError: For one that is no text.
    """
    return [
        as_string(item, (BINARY_MEDIA_TYPES, index))
        for index, item in enumerate(list_in(document, BINARY_MEDIA_TYPES, ()))
    ]
