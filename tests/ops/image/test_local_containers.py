"""Builds of images for the emulator with a container engine."""

import json
import subprocess
from pathlib import Path

import pytest

from ops.errors import OperationError
from ops.image import container_build, local_containers
from ops.image.local_containers import EngineImage, described, make
from ops.image.local_images import CONFIG, CONTAINER
from tests.container_engine import engine_for_tests, image_folder

INSPECTED = {
    "Id": "sha256:" + "ab" * 32,
    "Architecture": "amd64",
    "Size": 7,
    "Config": {"Entrypoint": ["/run"], "Env": ["A=1"], "User": "1001", "Labels": {"x": "y"}},
}


@pytest.mark.parametrize("identifier", ["sha256:" + "ab" * 32, "ab" * 32])
def test_what_docker_and_podman_say_is_read_alike(identifier: str) -> None:
    image = described("docker", INSPECTED | {"Id": identifier}, "arm64")
    assert image.identifier == "ab" * 32
    assert image.tag == "container-abababababababab"
    manifest = json.loads(image.manifest)
    assert json.loads(manifest["annotations"][CONTAINER]) == {"engine": "docker", "image": "ab" * 32}
    config = json.loads(manifest["annotations"][CONFIG])
    assert (config["Architecture"], config["Entrypoint"], config["User"]) == ("arm64", ["/run"], "1001")
    assert "Labels" not in config


def test_an_image_is_built_with_its_contexts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_for_tests(tmp_path, monkeypatch)
    folder, said = image_folder(tmp_path / "image"), list[str]()

    def built() -> EngineImage:
        contexts = {"site": folder / "site"}
        return make(folder, architecture="arm64", contexts=contexts, arguments={}, say=said.append)

    image = built()
    assert image.engine == engine
    assert said == [f"{engine} builds {folder}"]
    assert "GREETING=hello" in json.loads(image.config)["Env"]
    assert built().tag == image.tag, "the same content is the same image"
    (folder / "site" / "page.txt").write_text("another page\n")
    assert built().tag != image.tag


@pytest.mark.parametrize(
    ("engine", "build"), [("podman", ["podman", "build"]), ("docker", ["docker", "buildx", "build", "--load"])]
)
def test_each_engine_is_told_what_the_user_gave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str, build: list[str]
) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **_options: object) -> subprocess.CompletedProcess[bytes]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, json.dumps([INSPECTED]).encode())

    monkeypatch.setattr(local_containers, "find_engine", lambda: engine)
    monkeypatch.setattr(container_build.subprocess, "run", run)
    make(tmp_path, architecture="arm64", contexts={"site": Path("s")}, arguments={"A": "1"}, say=print)
    options = ["--build-context", "site=s", "--build-arg", "A=1", "--tag", local_containers.TAG, str(tmp_path)]
    assert asked == [[*build, *options], [engine, "image", "inspect", local_containers.TAG]]


def test_a_build_that_fails_is_an_error_of_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = tmp_path / "podman"
    engine.write_text("#!/bin/sh\nexit 9\n")
    engine.chmod(0o755)
    monkeypatch.setattr(local_containers, "find_engine", lambda: str(engine))
    with pytest.raises(OperationError, match="failed with exit code 9, see above"):
        make(tmp_path, architecture="arm64", contexts={}, arguments={}, say=print)
