"""What API Gateway validates of a request before it goes to the integration.

Rules and wording: "Request validation for REST APIs in API Gateway" and "Test basic request validation in API Gateway";
models are JSON Schema draft 4 ("Amazon API Gateway important notes"; Amazon API Gateway Developer Guide).
"""

from collections.abc import Mapping
from typing import Any, Final

import jsonschema_rs

from toolchain.datapath.edge.api_gateway.document import Method
from toolchain.datapath.edge.api_gateway.gateway_responses import GatewayError
from toolchain.datapath.edge.api_gateway.mapping import Parameters
from toolchain.datapath.edge.api_gateway.media_types import media_type
from toolchain.datapath.edge.json_text import parsed

_MAXIMUM_PROBLEMS: Final = 5


class Validators:
    """The models of an API, compiled when they are first used.

    Args:
        schemas: ``components.schemas`` of the import document, to which models refer.
    """

    def __init__(self, schemas: Mapping[str, Any]) -> None:
        self._schemas = schemas
        self._compiled: dict[tuple[str, str, str], jsonschema_rs.Draft4Validator] = {}

    def check(self, method: Method, parameters: Parameters) -> None:
        """Validate a request as its method's request validator says.

        Args:
            method: The method.
            parameters: Those of the request, with its body.

        Raises:
            GatewayError: The request is not valid, or its model is not.
        """
        if method.validates_parameters:
            missing = missing_parameters(method, parameters)
            if missing:
                names = ", ".join(missing)
                raise GatewayError("BAD_REQUEST_PARAMETERS", f"Missing required request parameters: [{names}]")
        if method.validates_body:
            self._check_body(method, parameters)

    def _check_body(self, method: Method, parameters: Parameters) -> None:
        content_type = media_type(parameters.value("header", "Content-Type"))
        if content_type not in method.models:
            return  # "The applicable request payload": where no model is for a content type, none is applied.
        try:
            value = parsed(parameters.body or b"{}", constant=_refused)
        except ValueError as error:
            raise GatewayError("BAD_REQUEST_BODY", details=f"[{error}]") from error
        validator = self._validator(method, content_type)
        try:
            errors = zip(range(_MAXIMUM_PROBLEMS), validator.iter_errors(value), strict=False)
            problems = [each.message for _, each in errors]
        except ValueError as error:  # nested more deeply than it reads
            raise GatewayError("BAD_REQUEST_BODY", details=f"[{error}]") from error
        if problems:
            raise GatewayError("BAD_REQUEST_BODY", details=f"[{', '.join(problems)}]")

    def _validator(self, method: Method, content_type: str) -> jsonschema_rs.Draft4Validator:
        key = (method.resource_path, method.http_method, content_type)
        if key not in self._compiled:
            schema = {"allOf": [method.models[content_type]], "components": {"schemas": self._schemas}}
            try:
                self._compiled[key] = jsonschema_rs.Draft4Validator(schema, validate_formats=True)
            except ValueError as error:
                raise GatewayError("API_CONFIGURATION_ERROR", details=f"model of {key}: {error}") from error
        return self._compiled[key]


def missing_parameters(method: Method, parameters: Parameters) -> list[str]:
    """Names of a method's required parameters that a request lacks, or has without a value.

    Args:
        method: The method.
        parameters: Those of the request.
    """
    return [name for place, name in method.required_parameters if not (parameters.value(place, name) or "").strip()]


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
