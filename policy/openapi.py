"""Reads the operations and security schemes of an OpenAPI document that Amazon API Gateway imports."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from policy.resources import ResourceView
from policy.values import Value, some

METHODS: Final = frozenset(
    {"get", "put", "post", "delete", "head", "patch", "options", "x-amazon-apigateway-any-method"}
)
AUTHORIZERS: Final = ("x-amazon-apigateway-authtype", "x-amazon-apigateway-authorizer")
KEY_HEADER: Final = "x-api-key"


class Operation(NamedTuple):
    """One operation of an OpenAPI document."""

    path: str
    method: str
    value: Value
    shared_parameters: Value

    @property
    def where(self) -> str:
        """Return the place of the operation, for messages: ``body: GET /companies``."""
        return f"body: {self.method.upper()} {self.path}"


def operations(api: ResourceView) -> Iterator[Operation]:
    """Read the operations of an API's document.

    Args:
        api: A REST API with a body.

    Yields:
        Each operation, including OPTIONS operations, which the gateway answers itself (preflight).

    Raises:
        UndecidableError: The document is unknown.
        WrongTypeError: The document is not JSON.
    """
    for path, item in api.at("body").document().at("paths").members().items():
        for method, value in item.members().items():
            if method.lower() in METHODS:
                yield Operation(path, method, replace(value, pattern="operation"), item.at("parameters"))


def schemes_of(document: Value) -> dict[str, Value]:
    """Read the security schemes of a document, by name.

    Args:
        document: An OpenAPI document.
    """
    # OpenAPI 3, and Swagger 2.
    places = (document.at("components.securitySchemes"), document.at("securityDefinitions"))
    return {name: scheme for place in places for name, scheme in place.members().items()}


def is_enforced(scheme: Value) -> bool:
    """Check whether the gateway enforces a security scheme.

    The gateway imports other schemes, such as a bearer token, but does not enforce them.

    Args:
        scheme: A scheme from `schemes_of`.
    """
    if any(scheme.at(extension).present for extension in AUTHORIZERS):
        return True
    parts = (("type", "apikey"), ("in", "header"), ("name", KEY_HEADER))
    return not some(parts, lambda part: str(scheme.at(part[0]).known()).lower() != part[1])
