"""Chooses the request validator of each operation."""

from typing import Final

from spot_planning.api.openapi.findings import OpenApiError, place
from spot_planning.api.openapi.names import unused
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.sources import OperationSource
from spot_planning.api.openapi.values import Json, JsonObject, as_object, as_string, object_in

REQUEST_VALIDATOR: Final = "x-amazon-apigateway-request-validator"
REQUEST_VALIDATORS: Final = "x-amazon-apigateway-request-validators"
NO_VALIDATOR: Final = "none"
"""Value of the extension for an operation without a validator."""
_ALL: Final = "all"
_BODY: Final = "body-only"
_PARAMETERS: Final = "params-only"


class Validators:
    """The validators of an API: the planner's and the document's own."""

    def __init__(self, document: JsonObject, references: References) -> None:
        """Read the document's own validators.

        Raises:
            OpenApiError: A validator is not an object.
        """
        self._document = document
        own = as_object(
            references.inlined(object_in(document, REQUEST_VALIDATORS, ()), (REQUEST_VALIDATORS,)),
            (REQUEST_VALIDATORS,),
        )
        for name in sorted(own):
            as_object(own[name], (REQUEST_VALIDATORS, name))
        self.declared: JsonObject = dict(own)
        """All validators, for the import document."""
        self._names = {
            wanted: self._declare(wanted, {"validateRequestBody": body, "validateRequestParameters": parameters})
            for wanted, body, parameters in ((_ALL, True, True), (_BODY, True, False), (_PARAMETERS, False, True))
        }

    def _declare(self, wanted: str, validator: JsonObject) -> str:
        name = wanted if self.declared.get(wanted) == validator else unused(wanted, self.declared)[0]
        self.declared[name] = validator
        return name

    def choose(self, source: OperationSource, *, parameters: bool, body: bool) -> str | None:
        """Choose the validator of one operation by what must be validated. The extension takes precedence.

        The extension of the document's root applies to every operation without its own extension
        ("x-amazon-apigateway-request-validator property", Developer Guide).

        Args:
            source: The operation.
            parameters: Whether a query parameter or header is required.
            body: Whether the body has a model.

        Returns:
            The validator's name; None for no validator.

        Raises:
            OpenApiError: The extension does not name one of the validators.
        """
        own = REQUEST_VALIDATOR in source.operation
        holder, at = (source.operation, source.at) if own else (self._document, ())
        if REQUEST_VALIDATOR in holder:
            return self._named(holder[REQUEST_VALIDATOR], (*at, REQUEST_VALIDATOR))
        if parameters and body:
            return self._names[_ALL]
        return self._names[_PARAMETERS] if parameters else self._names[_BODY] if body else None

    def _named(self, value: Json, at: tuple[str | int, ...]) -> str | None:
        name = as_string(value, at)
        if name == NO_VALIDATOR:
            return None
        if name not in self.declared:
            raise OpenApiError(f"{name} is none of {', '.join(sorted([*self.declared, NO_VALIDATOR]))}", place(at))
        return name
