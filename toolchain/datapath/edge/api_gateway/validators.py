"""Validates a request before it is sent to the integration.

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
    """The validators of an API's models; a model is compiled when it is first used.

    Args:
        schemas: ``components.schemas`` of the import document, to which models refer.
    """

    def __init__(self, schemas: Mapping[str, Any]) -> None:
        self._schemas = schemas
        self._compiled: dict[tuple[str, str, str], jsonschema_rs.Draft4Validator] = {}

    def check(self, method: Method, parameters: Parameters) -> None:
        """Validate a request with its method's request validator.

        Args:
            method: The method.
            parameters: Parameters and body of the request.

        Raises:
            GatewayError: The request or its model is not valid.
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
            return  # "The applicable request payload": without a model for the content type, the body is not validated.
        try:
            value = parsed(parameters.body or b"{}", constant=_refused)
        except ValueError as error:
            raise GatewayError("BAD_REQUEST_BODY", details=f"[{error}]") from error
        validator = self._validator(method, content_type)
        try:
            errors = zip(range(_MAXIMUM_PROBLEMS), validator.iter_errors(value), strict=False)
            problems = [each.message for _, each in errors]
        except ValueError as error:  # the body is nested too deeply
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
    """Return the names of a method's required parameters that are missing or empty in a request.

    Args:
        method: The method.
        parameters: Parameters of the request.
    """
    return [name for place, name in method.required_parameters if not (parameters.value(place, name) or "").strip()]


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
