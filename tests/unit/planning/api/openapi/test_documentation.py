"""docs/openapi.md explains every finding."""

import re

from tests.unit.planning.api.openapi.test_reading import ROOT


def test_every_code_is_in_the_table() -> None:
    sources = (ROOT / "spot_planning" / "api" / "openapi").glob("*.py")
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    codes = set(re.findall(r"\b(?:rewrite|warn|refuse)\(\s*\"([a-zA-Z-]+)\"", text))
    codes |= set(re.findall(r"\b_check\(\s*report,\s*quotas,\s*\"([a-z-]+)\"", text)) | {"specification"}
    assert len(codes) > 30
    documented = set(
        re.findall(
            r"`([^`]+)`",
            "\n".join(
                re.findall(r"^\| (`.*?) \|", (ROOT / "docs" / "openapi.md").read_text(encoding="utf-8"), re.MULTILINE)
            ),
        )
    )
    # These are reported under the key itself.
    by_key = {
        "default",
        "example",
        "examples",
        "discriminator",
        "writeOnly",
        "callbacks",
        "externalDocs",
        "webhooks",
        "jsonSchemaDialect",
    }
    assert codes - documented == set()
    # These come from the code that opens the files.
    assert documented - codes - by_key == {"document", "open-path"}
