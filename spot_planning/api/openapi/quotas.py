"""Checks a plan against API Gateway's quotas before anything is deployed."""

from dataclasses import dataclass

from spot_planning.api.openapi.findings import Location, Report
from spot_planning.api.openapi.options import ImportQuotas
from spot_planning.api.openapi.paths import resource_count
from spot_planning.api.openapi.values import JsonObject
from spot_planning.documents import canonical_json


@dataclass(frozen=True, slots=True)
class Usage:
    """The part of the quotas that a plan uses."""

    resources: int
    documentation_parts: int
    authorizers: int
    import_bytes: int


def fit(document: JsonObject, authorizers: int, quotas: ImportQuotas, report: Report) -> Usage:
    """Remove descriptions until the document fits the quotas, then refuse whatever still exceeds a quota.

    Args:
        document: The import document; descriptions may be removed from it.
        authorizers: Number of its authorizers.
        quotas: The account's quotas.
        report: Gets warnings and refusals.

    Returns:
        The used part of the quotas.
    """
    trims = (("parameters and responses", _trim_details), ("operations", _trim_operations))
    for what, trim in trims:
        parts, size = _documentation_parts(document), _size(document)
        if parts <= quotas.documentation_parts and size <= quotas.import_bytes:
            break
        report.warn(
            "documentation",
            ("paths",),
            f"{parts} documentation parts and {size} bytes: the descriptions of {what} are left out to fit",
        )
        trim(document)
    paths = document["paths"]
    usage = Usage(
        resources=resource_count(paths if isinstance(paths, dict) else ()),
        documentation_parts=_documentation_parts(document),
        authorizers=authorizers,
        import_bytes=_size(document),
    )
    _check(
        report, quotas, "resources", ("paths",), usage.resources, quotas.resources,
        "resources (distinct path prefixes); raise the quota and set it, or use proxy=only",
    )  # fmt: skip
    _check(report, quotas, "import-size", (), usage.import_bytes, quotas.import_bytes, "bytes to import")
    _check(
        report, quotas, "authorizers", ("components", "securitySchemes"), authorizers, quotas.authorizers, "authorizers"
    )  # fmt: skip
    return usage


def check_length(report: Report, quotas: ImportQuotas, at: Location, length: int, quota: int) -> None:
    """Check the length of a template or policy, characters, against its quota."""
    _check(report, quotas, "length", at, length, quota, "characters")


def _check(  # noqa: PLR0917 - a row of the table of quotas
    report: Report, quotas: ImportQuotas, code: str, at: Location, used: int, quota: int, what: str
) -> None:
    if used > quota:
        report.refuse(code, at, f"{used} {what}; the quota is {quota}")
    elif used >= quota * quotas.warning_share:
        report.warn(code, at, f"{used} {what}; the quota of {quota} is near")


def _size(document: JsonObject) -> int:
    return len(canonical_json(document).encode())


def _operations(document: JsonObject) -> list[JsonObject]:
    paths = document["paths"]
    items = paths.values() if isinstance(paths, dict) else ()
    return [
        operation
        for item in items
        if isinstance(item, dict)
        for operation in item.values()
        if isinstance(operation, dict)
    ]


def _details(operation: JsonObject) -> list[JsonObject]:
    parameters = operation.get("parameters")
    responses = operation.get("responses")
    found = [*(parameters if isinstance(parameters, list) else ())]
    found += [*(responses.values() if isinstance(responses, dict) else ())]
    return [detail for detail in found if isinstance(detail, dict)]


def _documentation_parts(document: JsonObject) -> int:
    """Count documentation parts: one for each description, and one for summary and description of each method."""
    parts = 1
    for operation in _operations(document):
        parts += bool(operation.get("summary") or operation.get("description"))
        parts += sum(bool(detail.get("description")) for detail in _details(operation))
    return parts


def _trim_details(document: JsonObject) -> None:
    for operation in _operations(document):
        for detail in _details(operation):
            if "in" in detail:
                detail.pop("description", None)
            else:
                detail["description"] = ""


def _trim_operations(document: JsonObject) -> None:
    for operation in _operations(document):
        operation.pop("description", None)
        operation.pop("summary", None)
