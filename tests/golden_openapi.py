"""Expected import documents. ``python -m tests.golden_openapi`` rewrites them; review the diff before you commit it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spot_planning.api.openapi_import import ImportOptions, ImportPlan, build_import_document, read_document
from tests.openapi_options import open_options

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "fixtures" / "openapi" / "golden"
CASES: dict[str, tuple[Path, ImportOptions]] = {
    "small": (
        GOLDEN / "small.yaml",
        open_options(
            cors_allowed_origins=["https://a.example.com", "https://b.example.com"],
            cors_allow_credentials=True,
            cache_size_gb=0.5,
        ),
    ),
    "example": (
        ROOT / "examples" / "halalsphere-openapi.yaml",
        open_options(api_key_required=True, cors_allowed_origins=["https://app.example.com"]),
    ),
}


def plan(name: str) -> ImportPlan:
    path, options = CASES[name]
    return build_import_document(read_document(path.read_bytes()), options)


def as_golden(made: ImportPlan) -> dict[str, Any]:
    """Return the parts that the test compares: the document, the findings and the method settings."""
    return {
        "document": made.document,
        "method_settings": [asdict(settings) for settings in made.method_settings],
        "report": [f"{each.severity} {each.code} {each.location}: {each.message}" for each in made.report],
    }


def main() -> None:
    for name in CASES:
        text = json.dumps(as_golden(plan(name)), indent=1, sort_keys=True, ensure_ascii=False)
        (GOLDEN / f"{name}.expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
