"""The OpenAPI specification's own rules, checked by a library."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from components.planning.openapi.findings import Finding, Location, Severity, place

MOST_FINDINGS = 100
"""Where a document breaks more rules than this, the rest is not listed."""
_LONGEST = 200
"""Characters of one message; the library quotes the whole value that is wrong."""


def specification_findings(document: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Hold a document against the specification of its version.

    The planner checks what it reads by itself and fast; this checks everything else too (unknown keywords, operation
    ids that stand twice, ...), in seconds rather than milliseconds for a large document.

    Args:
        document: An OpenAPI 3.0 or 3.1 document.

    Returns:
        One refusal for each rule that is broken, at most ``MOST_FINDINGS``.
    """
    # Takes a second to import, which a preview should not pay.
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator  # noqa: PLC0415

    is_31 = str(document.get("openapi", "")).startswith("3.1")
    validator = (OpenAPIV31SpecValidator if is_31 else OpenAPIV30SpecValidator)(dict(document))
    findings: list[Finding] = []
    try:
        for error in islice(validator.iter_errors(), MOST_FINDINGS):
            findings.append(_refusal(tuple(error.absolute_path), error.message))  # noqa: PERF401 - kept when it raises
    except Exception as error:  # noqa: BLE001 - the library raises what it happens to stumble over in a document
        findings.append(_refusal((), f"the validator gave up: {type(error).__name__}: {error}"))
    return tuple(findings)


def _refusal(location: Location, message: str) -> Finding:
    text = " ".join(message.split())
    shortened = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return Finding(Severity.REFUSAL, "specification", place(location), shortened)
