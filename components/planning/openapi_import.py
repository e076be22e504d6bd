"""From an OpenAPI document to what Amazon API Gateway imports: the public face of ``components.planning.openapi``.

::

    document = read_document(text)
    plan = build_import_document(document, ImportOptions(cors_allowed_origins=("https://app.example.com",)))
    plan.body    # canonical JSON for aws.apigateway.RestApi
    plan.report  # every rewrite and warning, with its place
"""

from components.planning.openapi.diff import Change, ChangeKind, compare_documents
from components.planning.openapi.findings import Finding, OpenApiError, Severity
from components.planning.openapi.method_settings import MethodSettings
from components.planning.openapi.options import ImportOptions, ImportQuotas
from components.planning.openapi.plan import ImportPlan, PlannedOperation, build_import_document
from components.planning.openapi.quotas import Usage
from components.planning.openapi.reading import read_document
from components.planning.openapi.validation import specification_findings

__all__ = [
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
    "read_document",
    "specification_findings",
]
