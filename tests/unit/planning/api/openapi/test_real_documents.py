"""Public documents of other projects: built, or refused with reasons."""

import lzma
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from spot_planning.api.openapi_import import (
    ImportQuotas,
    OpenApiError,
    Severity,
    build_import_document,
    read_document,
)
from tests.openapi_options import open_options

FIXTURES = Path(__file__).parents[4] / "fixtures" / "openapi"


def _read(name: str) -> dict[str, Any]:
    packed = FIXTURES / name / "openapi.json.xz"
    return read_document(
        lzma.decompress(packed.read_bytes()) if packed.exists() else (FIXTURES / name / "openapi.yaml").read_bytes()
    )


def _operations(document: dict[str, Any]) -> int:
    methods = {"get", "put", "post", "delete", "options", "head", "patch"}
    return sum(len(methods & item.keys()) for item in document["paths"].values())


@pytest.mark.parametrize(
    ("name", "resources", "operations"),
    [("figma", 300, 54), ("scalar-galaxy", 300, 9), ("github", 1000, 1223)],
)
def test_built(name: str, resources: int, operations: int) -> None:
    document = _read(name)
    plan = build_import_document(document, open_options(quotas=ImportQuotas(resources=resources)))
    own = [operation for operation in plan.operations if operation.source_path is not None]
    assert len(own) == _operations(document) == operations
    assert plan.usage.resources <= resources
    if name != "github":
        # The library takes a minute for GitHub's document.
        validate(plan.document)


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("github", {("resources", "paths")}),
        (
            "apache-airflow",
            {("path", "paths./dags/~/dagRuns/list"), ("path", "paths./dags/~/dagRuns/~/taskInstances/list")},
        ),
        (
            "jupyterlab-server",
            {("path", "paths./lab/api/listings/%40jupyterlab/extensionmanager-extension/listings.json")},
        ),
    ],
)
def test_refused_with_all_reasons(name: str, reasons: set[tuple[str, str]]) -> None:
    with pytest.raises(OpenApiError) as caught:
        build_import_document(_read(name))
    refusals = {(each.code, each.location) for each in caught.value.findings if each.severity is Severity.REFUSAL}
    assert refusals == reasons


@pytest.mark.parametrize("name", ["apache-airflow", "jupyterlab-server"])
def test_what_is_refused_by_its_paths_passes_without_them(name: str) -> None:
    document = _read(name)
    document["paths"] = {path: item for path, item in document["paths"].items() if not set("~%") & set(path)}
    plan = build_import_document(document)
    validate(plan.document)


def test_github_as_a_proxy_alone() -> None:
    plan = build_import_document(_read("github"), open_options(proxy="only"))
    assert {operation.resource_path for operation in plan.operations} == {"/", "/{proxy+}"}


def test_swagger_2_is_refused_by_name() -> None:
    with pytest.raises(OpenApiError, match=r"Swagger 2\.0 is not read"):
        build_import_document(_read("jupyter-server"))


@pytest.mark.parametrize(
    "name", sorted(path.name for path in FIXTURES.iterdir() if path.is_dir() and path.name not in {"cases", "golden"})
)
def test_every_foreign_document_has_its_licence(name: str) -> None:
    assert (FIXTURES / name / "LICENSE").stat().st_size > 500
