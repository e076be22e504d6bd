"""Parsing of an image's name and manifest."""

import json
from pathlib import Path

import pytest

from toolchain.datapath.tasks.images import CannotPullContainerError, image_of, parse_reference

REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest", "in_ecr"),
    [
        (f"{REGISTRY}/team/api:v1", REGISTRY, "team/api", "v1", None, True),
        (f"{REGISTRY}/api@{DIGEST}", REGISTRY, "api", None, DIGEST, True),
        (f"{REGISTRY}/api:v1@{DIGEST}", REGISTRY, "api", "v1", DIGEST, True),
        ("awaiting-image:none", "", "awaiting-image", "none", None, False),
        ("localhost:5000/api", "localhost:5000", "api", "latest", None, False),
        ("public.ecr.aws/x/otel:latest", "public.ecr.aws", "x/otel", "latest", None, False),
        ("library/redis", "", "library/redis", "latest", None, False),
    ],
)
def test_a_name_is_taken_apart(text, registry, repository, tag, digest, in_ecr) -> None:
    found = parse_reference(text)
    assert (found.registry, found.repository, found.tag, found.digest) == (registry, repository, tag, digest)
    assert found.is_in_ecr is in_ecr


def manifest(folder: Path, **configuration: object) -> dict[str, object]:
    return {
        "annotations": {
            "org.spot-platform.folder": str(folder),
            "org.spot-platform.config": json.dumps(configuration),
        }
    }


def test_an_image_has_what_its_dockerfile_says(tmp_path: Path) -> None:
    image = image_of(
        "r",
        manifest(
            tmp_path,
            Entrypoint=["tini", "--"],
            Cmd=["python", "-m", "service"],
            User="1001:1001",
            WorkingDir="/app",
            Env=["A=1", "B=x=y"],
            Architecture="arm64",
        ),
        DIGEST,
        "ARM64",
    )
    assert (image.folder, image.digest, image.user, image.working_directory) == (tmp_path, DIGEST, "1001:1001", "/app")
    assert (image.entrypoint, image.command) == (("tini", "--"), ("python", "-m", "service"))
    assert image.environment == {"A": "1", "B": "x=y"}


def test_a_command_in_shell_form_is_given_to_a_shell(tmp_path: Path) -> None:
    assert image_of("r", manifest(tmp_path, Cmd="run it"), DIGEST, "X86_64").command == ("/bin/sh", "-c", "run it")


def test_another_architecture_is_refused_as_ecs_refuses_it(tmp_path: Path) -> None:
    with pytest.raises(CannotPullContainerError, match="descriptor matching platform 'linux/arm64'"):
        image_of("r", manifest(tmp_path, Architecture="amd64"), DIGEST, "ARM64")


def test_files_that_are_gone_are_named(tmp_path: Path) -> None:
    with pytest.raises(CannotPullContainerError, match="api:v1: its files are not on this machine"):
        image_of("api:v1", manifest(tmp_path / "gone"), DIGEST, "X86_64")
