"""Releases of an image that `ops release` builds itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops.errors import FAILED, USER_ERROR
from ops.image import container_build
from ops.image import source as image_source
from tests.ops.fake_ecs import REPOSITORY, manifest
from tests.ops.release.conftest import Ran, World


def test_a_folder_is_built_for_the_emulator_and_released(
    world: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    object.__setattr__(world.session, "endpoint_url", "http://127.0.0.1:1")
    monkeypatch.setattr(image_source, "ROOT", tmp_path)
    folder = tmp_path / "backend"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY app.py /app/\n")
    (folder / "app.py").write_text("")
    code, events, _ = ops("--build", str(folder), "--health-path", "")  # no confirmation on the local stack
    assert code == 0
    assert world.configured() == events[-1]["image"]
    assert len(list((tmp_path / ".platform" / "dev" / "images").iterdir())) == 1
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY gone.py /app/\n")
    code, _, error = ops("--build", str(folder))
    assert (code, "Dockerfile, line 2: gone.py is not there" in error) == (USER_ERROR, True)


def test_a_build_for_aws_without_a_container_engine_says_what_to_install(
    world: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container_build.shutil, "which", lambda _: None)
    code, _, error = ops("--build", "backend", "--yes")
    assert (code, error.count("\n")) == (FAILED, 1)
    assert "needs a container engine, and there is none here; install Docker with buildx" in error
    assert (world.ups, world.configured()) == ([], None)


def test_a_build_for_aws_is_pushed_under_a_tag_of_its_own_and_released(
    world: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[container_build.Build] = []

    def pushed(build: container_build.Build, ecr: Any, _: object) -> None:
        built.append(build)
        ecr.put_image(repositoryName="api", imageManifest=manifest("d"), imageTag=build.image.rpartition(":")[2])

    monkeypatch.setattr(container_build, "run", pushed)
    code, _, _ = ops("--build", "backend", "--build-context", "document=examples", "--yes", "--health-path", "")
    assert code == 0
    assert (built[0].platform, built[0].contexts) == ("linux/arm64", {"document": Path("examples")})
    assert built[0].image.startswith(f"{REPOSITORY}:build-")
    assert str(world.configured()).startswith(f"{REPOSITORY}@sha256:")
