"""Wrong configurations, each with the lines that the user gets. The table is test_settings_wrong.yaml."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from configuration.reading import merged
from configuration.settings import SettingsError, load

WRONG: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))

BASE: dict[str, Any] = {
    "aws": {"region": "us-east-1", "account_id": "123456789012"},
    "api": {"document": "openapi.yaml"},
    "observability": {"alarm_emails": ["ops@example.com"]},
}
PROD: dict[str, Any] = {
    "dns": {"zone_name": "example.com", "site_domain": "example.com"},
    "backups": {"copy_region": "eu-central-1"},
}


def flat(sections: dict[str, Any]) -> dict[str, str]:
    return {
        f"spot-platform:{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in sections.items()
    }


@pytest.mark.parametrize(
    "case", WRONG, ids=[f"{number:03}-{case['lines'][0].split(':')[0]}" for number, case in enumerate(WRONG)]
)
def test_wrong(case: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        load(case["stack"], flat(merged(BASE, PROD if case["stack"] == "prod" else {}, case["given"])))
    assert list(caught.value.problems) == [f"spot-platform:{line}" for line in case["lines"]]


def test_the_table_is_all_there() -> None:
    assert len(WRONG) > 100


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_what_the_wrong_ones_are_made_from_is_right(stack: str) -> None:
    assert load(stack, flat(merged(BASE, PROD if stack == "prod" else {}))).profile == stack


def test_settings_of_the_providers_are_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        load("local", {**flat(BASE), "aws:region": "eu-west-1"})
    (problem,) = caught.value.problems
    assert problem == (
        "aws:region: has no effect, since every provider is made from the section aws; "
        "credentials are chosen with AWS_PROFILE"
    )
