"""Extensions of API Gateway at a document's root: keeps those that an import of a REST API uses, and reports others."""

from typing import Final

from spot_planning.api.openapi import quotas
from spot_planning.api.openapi.cors import GATEWAY_RESPONSES
from spot_planning.api.openapi.findings import Report
from spot_planning.api.openapi.options import ImportOptions
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.validators import REQUEST_VALIDATOR, REQUEST_VALIDATORS
from spot_planning.api.openapi.values import Json, JsonObject, as_string, list_in, object_in, plain_object
from spot_planning.documents import canonical_json

BINARY_MEDIA_TYPES: Final = "x-amazon-apigateway-binary-media-types"
_KEY_SOURCE: Final = "x-amazon-apigateway-api-key-source"
_HEADER: Final = "HEADER"
_PREFIX: Final = "x-amazon-apigateway-"
_POLICY: Final = "x-amazon-apigateway-policy"
_KEPT: Final = (
    _KEY_SOURCE,
    "x-amazon-apigateway-endpoint-access-mode",
    "x-amazon-apigateway-endpoint-configuration",
    "x-amazon-apigateway-minimum-compression-size",
    _POLICY,
    "x-amazon-apigateway-security-policy",
)
"""Extensions that are kept unchanged ("OpenAPI extensions for API Gateway", Developer Guide)."""
_LONGEST_SHOWN: Final = 80
_PLANNED: Final = (BINARY_MEDIA_TYPES, GATEWAY_RESPONSES, REQUEST_VALIDATOR, REQUEST_VALIDATORS)
"""Extensions that other parts of the plan write."""


def kept_extensions(document: JsonObject, references: References, options: ImportOptions, report: Report) -> JsonObject:
    """Return the extensions that are imported unchanged or set by the caller, and report all others.

    Args:
        document: The document.
        references: The document's references.
        options: Options of the import, with the caller's extensions and the account's quotas.
        report: Gets rewrites, contradictions, and a policy that is too long.

    Returns:
        Extensions for the root of the import document.
    """
    made = plain_object(options.extensions)
    kept: JsonObject = {_KEY_SOURCE: _HEADER}
    for key in sorted(document):
        if key in _KEPT:
            kept[key] = references.inlined(document[key], (key,))
            if key in made and not _agree(kept[key], made[key]):
                report.refuse("extension", (key,), f"the API's settings say {_shown(made[key])}: say that or nothing")
        elif key.startswith(_PREFIX) and key not in _PLANNED:
            report.rewrite("extension", (key,), "left out: it is for other kinds of APIs, or nothing that an API needs")
    if options.api_key_required and kept[_KEY_SOURCE] != _HEADER:
        # The keys of a usage plan are sent in the header x-api-key; no authorizer here provides a key.
        report.refuse("extension", (_KEY_SOURCE,), f"must be {_HEADER} where the API requires a key")
    kept |= made
    if _POLICY in kept:
        length = len(canonical_json(object_in(kept, _POLICY, ())))
        quotas.check_length(report, options.quotas, (_POLICY,), length, options.quotas.policy_characters)
    return kept


def _agree(said: Json, made: Json) -> bool:
    """Check whether a document's value agrees with the caller's; an object may lack some of its keys."""
    if isinstance(said, dict) and isinstance(made, dict):
        return all(key in made and made[key] == value for key, value in said.items())
    return said == made


def _shown(made: Json) -> str:
    text = canonical_json(made)
    return text if len(text) <= _LONGEST_SHOWN else "otherwise"


def own_binary_media_types(document: JsonObject) -> list[str]:
    """Return the binary media types that the document itself names.

    Raises:
        OpenApiError: A media type is not text.
    """
    return [
        as_string(item, (BINARY_MEDIA_TYPES, index))
        for index, item in enumerate(list_in(document, BINARY_MEDIA_TYPES, ()))
    ]
