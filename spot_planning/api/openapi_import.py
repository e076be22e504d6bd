"""The public interface of ``spot_planning.api.openapi``: from an OpenAPI document to API Gateway's import document.

::

    document = read_document(text)
    plan = build_import_document(document, ImportOptions(cors_allowed_origins=["https://app.example.com"]))
    plan.body    # canonical JSON for aws.apigateway.RestApi
    plan.report  # every rewrite and warning, with its location
"""

from spot_planning.api.openapi.diff import Change, ChangeKind, compare_documents
from spot_planning.api.openapi.findings import Finding, OpenApiError, Severity
from spot_planning.api.openapi.method_settings import MethodSettings
from spot_planning.api.openapi.options import (
    BackendScheme,
    ImportOptions,
    ImportQuotas,
    needs_link_of_version_2,
    option_problems,
)
from spot_planning.api.openapi.plan import build_import_document
from spot_planning.api.openapi.planned import ImportPlan, PlannedOperation
from spot_planning.api.openapi.quotas import Usage
from spot_planning.api.openapi.reading import MAX_BYTES, read_document
from spot_planning.api.openapi.specification import specification_findings

__all__ = [
    "MAX_BYTES",
    "BackendScheme",
    "Change",
    "ChangeKind",
    "Finding",
    "ImportOptions",
    "ImportPlan",
    "ImportQuotas",
    "MethodSettings",
    "OpenApiError",
    "PlannedOperation",
    "Severity",
    "Usage",
    "build_import_document",
    "compare_documents",
    "needs_link_of_version_2",
    "option_problems",
    "read_document",
    "specification_findings",
]
