"""What a plan of an import consists of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spot_planning.api.openapi.findings import Finding
from spot_planning.api.openapi.integrations import INTEGRATION
from spot_planning.api.openapi.method_settings import MethodSettings
from spot_planning.api.openapi.options import ImportOptions
from spot_planning.api.openapi.quotas import Usage
from spot_planning.api.openapi.values import object_in, plain_object
from spot_planning.documents import canonical_json


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedOperation:
    """One method of the API, as planned; what is read back from API Gateway must equal it."""

    source_path: str | None
    """The path in the document; None for what the plan added."""
    resource_path: str
    http_method: str
    """``GET``, or ``ANY``."""
    integration: Mapping[str, Any]
    """The value of ``x-amazon-apigateway-integration``."""
    path_parameters: tuple[str, ...]
    request_validator: str | None
    api_key_required: bool
    authorizer: str | None
    """Name of the authorizer's scheme."""
    is_open: bool = False
    """Whether the document says that anybody may call it (``security: []``)."""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """An import document and what there is to know about it."""

    document: dict[str, Any]
    """For ``canonical_json`` and then the body of ``aws.apigateway.RestApi``."""
    body: str
    """The document as canonical JSON: the same for every order of the source's keys."""
    report: tuple[Finding, ...]
    """Warnings and rewrites."""
    operations: tuple[PlannedOperation, ...]
    """All methods, preflights included, by resource path and method."""
    method_settings: tuple[MethodSettings, ...]
    """Throttling and caching that the document asks for; the stage sets them, the import cannot."""
    usage: Usage
    """What is used of the quotas."""
    options: ImportOptions
    """What the plan was made with."""
    base_path: str = ""
    """What is put before every path of the document: ``/v1``."""

    def body_to(self, integration_target: str) -> str:
        """The import document with the load balancer, which is known only once it exists, in every integration.

        Args:
            integration_target: ARN of the load balancer, for the one that the plan was made with.
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
    def open_paths(self) -> tuple[str, ...]:
        """Paths that anybody may call, without the base path: for ``policy.open_paths`` in the stack file."""
        found = {each.resource_path.removeprefix(self.base_path) or "/" for each in self.operations if each.is_open}
        return tuple(sorted(found))
