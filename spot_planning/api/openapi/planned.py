"""The plan of an import."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spot_planning.api.openapi.findings import Finding
from spot_planning.api.openapi.integrations import INTEGRATION
from spot_planning.api.openapi.method_settings import MethodSettings
from spot_planning.api.openapi.options import DEFAULT_TIMEOUT_MILLISECONDS, ImportOptions
from spot_planning.api.openapi.quotas import Usage
from spot_planning.api.openapi.values import object_in, plain_object
from spot_planning.documents import canonical_json


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedOperation:
    """One planned method of the API. After the import, API Gateway must return an equal method."""

    source_path: str | None
    """The path in the document; None for an operation that the plan added."""
    resource_path: str
    http_method: str
    """``GET``, or ``ANY``."""
    integration: Mapping[str, Any]
    """The value of ``x-amazon-apigateway-integration``."""
    path_parameters: tuple[str, ...]
    request_validator: str | None
    api_key_required: bool
    authorizer: str | None
    """Name of the authorizer's security scheme; None for no authorizer."""
    is_open: bool = False
    """Whether the document allows everybody to call the method (``security: []``)."""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """An import document, with findings and details about it."""

    document: dict[str, Any]
    """The import document, whose canonical JSON is the body of ``aws.apigateway.RestApi``."""
    body: str
    """The import document as canonical JSON. It does not depend on the order of the source's keys."""
    report: tuple[Finding, ...]
    """Warnings and rewrites."""
    operations: tuple[PlannedOperation, ...]
    """All methods, including preflights, sorted by resource path and method."""
    method_settings: tuple[MethodSettings, ...]
    """Throttling and caching from the document. The stage must set them, because an import cannot."""
    usage: Usage
    """The used part of the quotas."""
    options: ImportOptions
    """The options with which the plan was made."""
    base_path: str = ""
    """Prefix of all paths of the document, such as ``/v1``."""

    def body_to(self, integration_target: str) -> str:
        """Return the import document with another load balancer in every integration, as canonical JSON.

        Args:
            integration_target: ARN of the load balancer, which replaces the placeholder in the plan.
        """
        planned = self.options.integration_target
        if planned is None or planned == integration_target:
            return self.body
        document = plain_object(self.document)
        for item in object_in(document, "paths", ()).values():
            for operation in item.values() if isinstance(item, dict) else ():
                integration = operation.get(INTEGRATION) if isinstance(operation, dict) else None
                if isinstance(integration, dict) and integration.get("integrationTarget") == planned:
                    integration["integrationTarget"] = integration_target
        return canonical_json(document)

    @property
    def longest_request(self) -> tuple[int, str]:
        """The longest time in milliseconds that a request may take at the backend, and the operation that takes it.

        Streamed responses do not count: no task that stops could wait for them. Without an operation that reaches the
        backend the time is 0.
        """
        timed = (
            (_milliseconds(each.integration), f"{each.http_method} {each.source_path or each.resource_path}")
            for each in self.operations
            if each.integration.get("connectionType") == "VPC_LINK"
            and each.integration.get("responseTransferMode") != "STREAM"
        )
        return max(timed, default=(0, ""))

    @property
    def open_paths(self) -> tuple[str, ...]:
        """Paths that everybody may call, without the base path, for ``policy.open_paths`` in the stack file."""
        found = {each.resource_path.removeprefix(self.base_path) or "/" for each in self.operations if each.is_open}
        return tuple(sorted(found))


def _milliseconds(integration: Mapping[str, Any]) -> int:
    given = integration.get("timeoutInMillis")
    return given if isinstance(given, int) else DEFAULT_TIMEOUT_MILLISECONDS
