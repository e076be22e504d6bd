"""docs/container-contract.md names every variable that the service reads."""

import re

from service.settings import Settings
from tests.backend.servers import ROOT


def test_every_variable_is_in_the_table() -> None:
    page = (ROOT / "docs" / "container-contract.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Z0-9_, ]+) \|", page, re.MULTILINE)
    named = {name for row in rows for name in row.split(", ")}
    read = {name.upper() for name in Settings.model_fields}
    assert len(read) > 20
    assert read - named == set()
