"""The variants of the service for the release drill."""

import ast
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.image import local_images
from tests.drills.sabotage import SABOTAGES, Planned, head_of, planned, write_variant

ROOT = Path(__file__).parents[2]
BACKEND = ROOT / "backend"
DOCUMENT = {"document": ROOT / "examples"}


@given(count=st.integers(1, 100), seed=st.integers())
def test_half_of_the_releases_are_sabotaged_each_way_alike(count, seed):
    plan = planned(count, seed)
    assert [each.number for each in plan] == list(range(1, count + 1))
    ways = Counter(each.name for each in plan if each.sabotage is not None)
    assert ways.total() == count // 2
    assert not ways or max(ways.values()) - min(ways[way.name] for way in SABOTAGES) <= 1
    assert planned(count, seed) == plan, "the same seed gives the same drill"


def test_no_releases_are_no_drill():
    with pytest.raises(ValueError, match="count=0"):
        planned(0, 1)
    with pytest.raises(ValueError, match="one way or more"):
        planned(2, 1, [])


@pytest.mark.parametrize("sabotage", [None, *SABOTAGES], ids=lambda each: each.name if each else "good")
def test_each_variant_is_an_image_of_its_own(sabotage, tmp_path):
    write_variant(BACKEND, tmp_path / "variant", Planned(1, sabotage), "marker")
    for file in (tmp_path / "variant").rglob("*.py"):
        ast.parse(file.read_text(encoding="utf-8"))

    def content(folder):
        image = local_images.make(folder, tmp_path / "images", architecture="arm64", contexts=DOCUMENT)
        return image.content

    assert content(tmp_path / "variant") != content(BACKEND)


def started(folder, *code):
    for document in DOCUMENT["document"].glob("*openapi.yaml"):
        shutil.copy(document, folder / "openapi.yaml")
    environment = {
        "JWT_SECRET": "0123456789abcdef" * 2,
        "DATABASE_URL": "postgresql://app:app@127.0.0.1:1/app",
        "PYTHONPATH": str(folder),
    }
    run = subprocess.run(
        [sys.executable, "-c", "\n".join(code)],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return run.stdout + run.stderr


MADE = ("from service.settings import load", "import os", "settings = load(os.environ)")
ASKED = (
    *MADE,
    "from service.app import create_app",
    "from starlette.testclient import TestClient",
    "client = TestClient(create_app(settings))",  # without the lifespan, so no connection is opened
)


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("crash at start", [*MADE, "import service.app"], "RuntimeError: drill: crash at start"),
        (
            "never ready",
            ["from service.health import HealthMonitor", "print('ready:', HealthMonitor([], 1).can_serve())"],
            "ready: False",
        ),
        ("answers 500", [*ASKED, "print('status', client.get('/health/live').status_code)"], "status 500"),
        ("missing secret", MADE, "payment_webhook_secret"),
    ],
)
def test_a_variant_is_wrong_in_its_way(name, code, said, tmp_path):
    sabotage = next(each for each in SABOTAGES if each.name == name)
    write_variant(BACKEND, tmp_path / "good", Planned(1, None), "marker")
    write_variant(BACKEND, tmp_path / "variant", Planned(2, sabotage), "marker")
    assert said.lower() in started(tmp_path / "variant", *code).lower()
    assert said.lower() not in started(tmp_path / "good", *code).lower()


def test_the_migration_that_fails_is_the_newest(tmp_path):
    sabotage = next(each for each in SABOTAGES if each.name == "migration fails")
    write_variant(BACKEND, tmp_path / "variant", Planned(1, sabotage), "marker")
    assert head_of(BACKEND / "migrations/versions") != "drill"
    assert head_of(tmp_path / "variant/migrations/versions") == "drill"
