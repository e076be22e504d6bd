"""Any document is either planned, or refused with the place of the fault. No other exception is raised."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from spot_planning.api.openapi_import import (
    ImportOptions,
    ImportPlan,
    OpenApiError,
    build_import_document,
    compare_documents,
    specification_findings,
)
from tests.examples_count import examples
from tests.openapi_mutations import damaged_documents
from tests.openapi_options import open_options

damaging = settings(
    max_examples=examples(50), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
OPTIONS = st.builds(
    open_options,
    api_key_required=st.booleans(),
    cache_size_gb=st.sampled_from([None, 0.5]),
    base_path=st.sampled_from(["prepend", "ignore"]),
    proxy=st.sampled_from(["none", "fallback", "only"]),
)


def _planned(document: dict[str, Any], options: ImportOptions) -> tuple[ImportPlan | None, OpenApiError | None]:
    try:
        return build_import_document(document, options), None
    except OpenApiError as error:
        return None, error


@damaging
@given(damaged_documents(), OPTIONS)
def test_a_damaged_document_is_planned_or_refused(document: dict[str, Any], options: ImportOptions) -> None:
    plan, error = _planned(document, options)
    if plan is None:
        event("refused")
        assert error is not None
        assert str(error).startswith(f"{error.location}: ")
        assert "\n" not in str(error)
        return
    event("planned")
    assert json.loads(plan.body) == plan.document
    # A check must also work after a plan.
    for finding in specification_findings(document):
        assert "\n" not in finding.message


@damaging
@given(damaged_documents(), damaged_documents())
def test_damaged_documents_are_compared_or_refused(old: dict[str, Any], new: dict[str, Any]) -> None:
    with suppress(OpenApiError):
        compare_documents(old, new)
