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


def test_each_variant_is_an_image_of_its_own(tmp_path):
    folders = [BACKEND]
    for number, sabotage in enumerate([None, *SABOTAGES], start=1):
        folders.append(tmp_path / f"variant-{number}")
        write_variant(BACKEND, folders[-1], Planned(number, sabotage), "marker")
        for file in folders[-1].rglob("*.py"):
            ast.parse(file.read_text(encoding="utf-8"))
    images = [
        local_images.make(folder, tmp_path / "images", architecture="arm64", contexts=DOCUMENT) for folder in folders
    ]
    assert len({image.content for image in images}) == len(folders) == 8


def made(folder, release):
    """Write a variant with the bytecode of what it shares with the service, so that its starts do not compile that."""
    write_variant(BACKEND, folder, release, "marker")
    for cache in (BACKEND / "service").rglob("__pycache__"):
        shutil.copytree(cache, folder / cache.relative_to(BACKEND))
    return folder


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


READY = ("from service.health import HealthMonitor", "print('ready:', HealthMonitor([], 1).can_serve())")
STATUS = (*ASKED, "print('status', client.get('/health/live').status_code)")


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """What a good variant prints in all the ways in which the others are wrong."""
    return started(made(tmp_path_factory.mktemp("good") / "variant", Planned(1, None)), *READY, *STATUS)


def test_a_good_variant_is_right_in_every_way(good):
    assert good.splitlines() == ["ready: True", "status 200"]


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("crash at start", [*MADE, "import service.app"], "RuntimeError: drill: crash at start"),
        ("never ready", READY, "ready: False"),
        ("answers 500", STATUS, "status 500"),
        ("missing secret", MADE, "payment_webhook_secret"),
    ],
)
def test_a_variant_is_wrong_in_its_way(name, code, said, good, tmp_path):
    sabotage = next(each for each in SABOTAGES if each.name == name)
    variant = made(tmp_path / "variant", Planned(2, sabotage))
    assert said.lower() in started(variant, *code).lower()
    assert said.lower() not in good.lower()


def test_the_migration_that_fails_is_the_newest(tmp_path):
    sabotage = next(each for each in SABOTAGES if each.name == "migration fails")
    write_variant(BACKEND, tmp_path / "variant", Planned(1, sabotage), "marker")
    assert head_of(BACKEND / "migrations/versions") != "drill"
    assert head_of(tmp_path / "variant/migrations/versions") == "drill"
