"""Checks that a proxy for all paths does not bypass the authorizers of single operations."""

from spot_planning.api.openapi.findings import Report, Severity
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.security import SecurityPlanner
from spot_planning.api.openapi.sources import operations_as_written, proxy_operations
from spot_planning.api.openapi.values import JsonObject, object_in


def refuse_opening(document: JsonObject, references: References, report: Report, *, api_key_required: bool) -> None:
    """Refuse operations that have an authorizer in the document but not behind ``ANY /{proxy+}``.

    Args:
        document: The document.
        references: The document's references.
        report: Gets the refusals.
        api_key_required: Whether the proxy requires an API key.
    """
    apart = Report()
    planner = SecurityPlanner(document, references, apart, api_key_required=api_key_required)
    proxy = planner.plan(next(proxy_operations()))
    paths = {path: item for path, item in object_in(document, "paths", ()).items() if not path.startswith("x-")}
    for source in operations_as_written(paths, references, apart):
        security = planner.plan(source)
        if security.authorizer not in {None, proxy.authorizer}:
            report.refuse(
                "security",
                (*source.at, "security"),
                f"behind /{{proxy+}} nothing would ask for {security.authorizer}; ask for it at the root, or of every "
                "operation",
            )
    report.add(each for each in apart.findings if each.severity is Severity.REFUSAL and each.code == "security")
