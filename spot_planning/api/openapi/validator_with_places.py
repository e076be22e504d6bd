"""The validators of openapi-spec-validator, extended with the location of each broken rule in the document."""

from collections.abc import Iterable, Iterator

from jsonschema.exceptions import ValidationError
from jsonschema_path.paths import SchemaPath
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError, UnresolvableParameterError
from openapi_spec_validator.validation.keywords import (
    OpenAPIV30SchemaValidator,
    OpenAPIV31SchemaValidator,
    OperationValidator,
    SchemaValidator,
)

Place = tuple[str | int, ...]


class PlacedError(OpenAPIValidationError):
    """A broken rule and its location.

    Attributes:
        place: The keys and indices on the library's path from the root. The path leads through references.
    """

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.place = place


def _placed(errors: Iterable[ValidationError], path: SchemaPath) -> Iterator[ValidationError]:
    for error in errors:
        if isinstance(error, PlacedError):
            yield error
        elif isinstance(error, OpenAPIValidationError):
            yield PlacedError(error.message, _place(path))
        else:
            # An error of JSON Schema. The library validates only default values.
            yield PlacedError(f"the schema does not allow its default: {error.message}", (*_place(path), "default"))


def _place(path: SchemaPath) -> Place:
    return tuple(part if isinstance(part, int) else str(part) for part in path.parts)


class _PlacedSchemas(SchemaValidator):
    def __call__(
        self, schema: SchemaPath, require_properties: bool = True, meta_checked: bool = True
    ) -> Iterator[ValidationError]:
        # A faster library has already checked the meta-schema.
        del meta_checked
        yield from _placed(super().__call__(schema, require_properties, meta_checked=True), schema)

    def _collect_properties(self, schema: SchemaPath) -> set[str]:
        """Collect property names, also of schemas that refer to themselves, for which the library never returns."""
        value = schema.read_value()
        if id(value) in self._collecting:
            return set()
        self._collecting.add(id(value))
        try:
            return super()._collect_properties(schema)
        finally:
            self._collecting.discard(id(value))

    @property
    def _collecting(self) -> set[int]:
        return self.__dict__.setdefault("collecting", set[int]())


class _Placed30Schemas(_PlacedSchemas, OpenAPIV30SchemaValidator):
    pass


class _Placed31Schemas(_PlacedSchemas, OpenAPIV31SchemaValidator):
    pass


class _PlacedOperations(OperationValidator):
    def __call__(
        self, url: str, name: str, operation: SchemaPath, path_parameters: SchemaPath | None
    ) -> Iterator[ValidationError]:
        yield from _placed(self._rule_errors(url, name, operation, path_parameters), operation)

    def _rule_errors(
        self, url: str, name: str, operation: SchemaPath, path_parameters: SchemaPath | None
    ) -> Iterator[ValidationError]:
        for error in super().__call__(url, name, operation, path_parameters):
            # The planner itself reports path parameters that are not declared.
            if not isinstance(error, UnresolvableParameterError):
                yield error


class Placed30SpecValidator(OpenAPIV30SpecValidator):
    """Validates OpenAPI 3.0 beyond its meta-schema."""

    keyword_validators = {
        **OpenAPIV30SpecValidator.keyword_validators,
        "operation": _PlacedOperations,
        "schema": _Placed30Schemas,
    }

    def rule_errors(self) -> Iterator[ValidationError]:
        """Yield every broken rule except those of the meta-schema."""
        return self.root_validator(self.schema_path)


class Placed31SpecValidator(OpenAPIV31SpecValidator):
    """Validates OpenAPI 3.1 beyond its meta-schema."""

    keyword_validators = {
        **OpenAPIV31SpecValidator.keyword_validators,
        "operation": _PlacedOperations,
        "schema": _Placed31Schemas,
    }

    def rule_errors(self) -> Iterator[ValidationError]:
        """Yield every broken rule except those of the meta-schema."""
        return self.root_validator(self.schema_path)
