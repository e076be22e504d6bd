"""Request validators: which of them an operation gets."""

from typing import Final

from spot_planning.api.openapi.findings import OpenApiError, place
from spot_planning.api.openapi.sources import OperationSource
from spot_planning.api.openapi.values import JsonObject, as_object, as_string

REQUEST_VALIDATOR: Final = "x-amazon-apigateway-request-validator"
REQUEST_VALIDATORS: Final = "x-amazon-apigateway-request-validators"
NO_VALIDATOR: Final = "none"
"""Value of the extension by which an operation asks for no validator."""


def all_validators(own: JsonObject) -> JsonObject:
    """The validators of the API: everything, parameters or body, and the document's own, which prevail.

    Raises:
        OpenApiError: For one that is no object.
    """
    for name in sorted(own):
        as_object(own[name], (REQUEST_VALIDATORS, name))
    return {
        "all": {"validateRequestBody": True, "validateRequestParameters": True},
        "body-only": {"validateRequestBody": True, "validateRequestParameters": False},
        "params-only": {"validateRequestBody": False, "validateRequestParameters": True},
        **own,
    }


def validator_of(
    source: OperationSource, document: JsonObject, validators: JsonObject, *, parameters: bool, body: bool
) -> str | None:
    """Choose the validator of one operation by what there is to validate; the extension prevails.

    The extension of the document's root holds for every operation without one of its own
    ("x-amazon-apigateway-request-validator property", Developer Guide).

    Args:
        source: The operation.
        document: The document.
        validators: The API's validators.
        parameters: Whether a query parameter or header is required.
        body: Whether the body has a model.

    Returns:
        The validator's name, or None.

    Raises:
        OpenApiError: When the extension names none of the validators.
    """
    holder, at = (source.operation, source.at) if REQUEST_VALIDATOR in source.operation else (document, ())
    if REQUEST_VALIDATOR in holder:
        here = (*at, REQUEST_VALIDATOR)
        name = as_string(holder[REQUEST_VALIDATOR], here)
        if name == NO_VALIDATOR:
            return None
        if name not in validators:
            raise OpenApiError(f"{name} is none of {', '.join(sorted([*validators, NO_VALIDATOR]))}", place(here))
        return name
    if parameters and body:
        return "all"
    return "params-only" if parameters else "body-only" if body else None
