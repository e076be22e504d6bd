"""Images for the emulator: their files and configuration from a Dockerfile, and the push to the emulator's ECR."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ops.image import files as image_files
from ops.image import local_images
from ops.image.config import duration_nanoseconds
from ops.image.local_images import CONFIG, FOLDER, LocalImage, ensure_pushed, make

ROOT = Path(__file__).parents[3]


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    (folder / "service").mkdir(parents=True)
    (folder / "service" / "app.py").write_text("print(1)\n")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    return folder


def made(context: Path, dockerfile: str, **options: Any) -> LocalImage:
    (context / "Dockerfile").write_text(dockerfile)
    return make(context, context.parent / "images", architecture="arm64", **options)


def files(image: LocalImage) -> set[str]:
    return {str(path.relative_to(image.folder)) for path in image.folder.rglob("*") if path.is_file()}


def test_the_reference_service_becomes_an_image(tmp_path: Path) -> None:
    image = make(ROOT / "backend", tmp_path / "images", architecture="arm64", contexts={"document": ROOT / "examples"})
    config = json.loads(image.config)
    assert config["Entrypoint"] == ["tini", "--", "/app/docker-entrypoint.sh"]
    assert config["Cmd"] == ["python", "-m", "service"]
    assert (config["User"], config["WorkingDir"]) == ("1001:1001", "/app")
    assert config["ExposedPorts"] == {"3333/tcp": {}}
    assert "PORT=3333" in config["Env"]
    assert "PATH=/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" in config["Env"]
    assert "APP_RELEASE=unknown" in config["Env"]
    assert config["Healthcheck"]["Test"] == ["CMD", "python", "-m", "service.healthcheck"]
    assert config["Healthcheck"]["StartPeriod"] == 40 * 10**9
    assert image.left_out == ("/usr/bin/tini", "/venv")
    there = files(image)
    assert {"app/openapi.yaml", "app/docker-entrypoint.sh", "app/service/__main__.py"} <= there
    assert not any("__pycache__" in each or "requirements" in each for each in there)
    assert os.access(image.folder / "app" / "docker-entrypoint.sh", os.X_OK)
    document = (ROOT / "examples" / "halalsphere-openapi.yaml").read_text()
    assert (image.folder / "app" / "openapi.yaml").read_text() == document


def test_build_arguments_reach_the_environment(context: Path) -> None:
    text = "FROM scratch\nARG RELEASE=unknown\nENV APP_RELEASE=${RELEASE}\n"
    assert json.loads(made(context, text, arguments={"RELEASE": "7"}).config)["Env"] == ["APP_RELEASE=7"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("COPY service /a", {"a/app.py"}),
        ("WORKDIR /w\nCOPY service .", {"w/app.py"}),
        ("WORKDIR /w\nCOPY run.sh .", {"w/run.sh"}),
        ("COPY run.sh /start", {"start"}),
        ("COPY run.sh service/app.py /b/", {"b/run.sh", "b/app.py"}),
        ("COPY *.sh /c/", {"c/run.sh"}),
        ("ADD service/ /d/", {"d/app.py"}),
        ("COPY service /e\nCOPY run.sh /e", {"e/app.py", "e/run.sh"}),
        ("COPY ../run.sh /f", {"f"}),
    ],
)
def test_copy_puts_files_where_docker_does(context: Path, lines: str, expected: set[str]) -> None:
    assert files(made(context, f"FROM scratch\n{lines}\n")) == expected


def test_a_stage_without_commands_is_followed_and_its_base_inherited(context: Path) -> None:
    text = """FROM scratch AS files
COPY service /out
FROM python:3.13 AS base
WORKDIR /app
ENV A=1
CMD ["x"]
FROM base
COPY --from=files /out ./s
COPY --from=0 /out/app.py b.py
ENTRYPOINT python -m s
"""
    image = made(context, text)
    config = json.loads(image.config)
    assert files(image) == {"app/s/app.py", "app/b.py"}
    assert (config["Entrypoint"], config["Cmd"]) == (["/bin/sh", "-c", "python -m s"], [])
    assert config["Env"] == ["A=1"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("COPY nothing /x", "line 2: nothing is not there"),
        ("COPY service", "line 2: COPY needs a source and a destination"),
        ("COPY --from=node:22 /dist /app/dist", "line 2: /dist is made by RUN or by another image"),
        ("COPY --exclude=x service /x", "line 2: COPY --exclude is not supported"),
        ("ADD https://example.com/x /x", "line 2: ADD of an address or an archive"),
        ("COPY run.sh service/app.py /x", "line 2: .* end it with /"),
        ("ONBUILD RUN true", "line 2: ONBUILD is not supported"),
        ("ENV A=1 B", "line 2: ENV needs NAME=VALUE, not 'B'"),
        ("HEALTHCHECK --interval=soon CMD true", "line 2: HEALTHCHECK: 'soon' is no duration"),
        ("HEALTHCHECK true", "line 2: HEALTHCHECK needs CMD"),
        ("CMD [1]", "line 2: CMD must be a list of strings"),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_line(context: Path, lines: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        made(context, f"FROM scratch\n{lines}\n")
    assert "\n" not in str(raised.value)
    assert not (context.parent / "images").exists()


def test_a_folder_without_a_dockerfile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no Dockerfile"):
        make(tmp_path, tmp_path / "images", architecture="arm64")


def test_links_that_lead_out_are_refused_and_others_followed(context: Path, tmp_path: Path) -> None:
    (context / "link.py").symlink_to("service/app.py")
    assert "x/link.py" in files(made(context, "FROM scratch\nCOPY . /x\n"))
    (tmp_path / "secret").write_text("s")
    (context / "out").symlink_to(tmp_path / "secret")
    with pytest.raises(ValueError, match="out is a link that leads out"):
        made(context, "FROM scratch\nCOPY . /x\n")
    (context / ".dockerignore").write_text("out\n")
    assert "x/run.sh" in files(made(context, "FROM scratch\nCOPY . /x\n"))


def test_pipes_and_dangling_links_are_refused(context: Path) -> None:
    os.mkfifo(context / "pipe")
    with pytest.raises(ValueError, match="pipe is no file"):
        made(context, "FROM scratch\nCOPY . /x\n")
    (context / "pipe").unlink()
    (context / "gone").symlink_to("nowhere")
    with pytest.raises(ValueError, match="gone is no file"):
        made(context, "FROM scratch\nCOPY . /x\n")


def test_a_huge_folder_is_refused(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_files, "MAXIMUM_BYTES", 5)
    with pytest.raises(ValueError, match=r"leave out in \.dockerignore"):
        made(context, "FROM scratch\nCOPY . /x\n")


def test_the_same_content_is_one_image_and_another_is_another(context: Path) -> None:
    text = "FROM scratch\nCOPY service /app\n"
    first, again = made(context, text), made(context, text)
    assert (first.content, first.manifest) == (again.content, again.manifest)
    (context / "service" / "app.py").write_text("print(2)\n")
    changed = made(context, text)
    (context / "service" / "app.py").chmod(0o755)
    executable = made(context, text)
    other_user = made(context, text + "USER 7\n")
    assert len({each.content for each in (first, changed, executable, other_user)}) == 4
    assert len(list(first.folder.parent.iterdir())) == 4
    assert first.folder.parent.stat().st_mode & 0o077 == 0


def test_an_image_is_never_half_written(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(local_images.shutil, "copyfile", fails)
    with pytest.raises(OSError, match="No space left"):
        made(context, "FROM scratch\nCOPY service /app\n")
    assert list((context.parent / "images").iterdir()) == []


def test_files_that_change_while_they_are_copied_make_no_image(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_images.shutil, "copyfile", lambda source, copy: copy.write_text("changed"))
    with pytest.raises(ValueError, match="changed while they were copied: run it again"):
        made(context, "FROM scratch\nCOPY service /app\n")
    assert list((context.parent / "images").iterdir()) == []


def test_only_the_images_used_last_are_kept(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_images, "MOST_IMAGES", 2)
    made_images = []
    for number in range(4):
        (context / "service" / "app.py").write_text(f"print({number})\n")
        made_images.append(made(context, "FROM scratch\nCOPY service /app\n"))
        os.utime(made_images[-1].folder, (number, number))
    left = context.parent / "images" / ".new-left"
    left.mkdir()
    os.utime(left, (1, 1))
    made(context, "FROM scratch\nCOPY service /app\n")
    assert {path.name for path in (context.parent / "images").iterdir()} == {
        made_images[2].content, made_images[3].content
    }  # fmt: skip


@pytest.fixture
def ecr() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("ecr", region_name="us-east-1")
        client.create_repository(repositoryName="api", imageTagMutability="IMMUTABLE")
        yield client


def test_an_image_is_pushed_once(context: Path, ecr: Any) -> None:
    text = "FROM scratch\nCOPY service /app\n"
    image = made(context, text)
    digest, is_new = ensure_pushed(ecr, "api", image)
    assert (is_new, ensure_pushed(ecr, "api", made(context, text))) == (True, (digest, False))
    manifest = json.loads(
        ecr.batch_get_image(repositoryName="api", imageIds=[{"imageDigest": digest}])["images"][0]["imageManifest"]
    )
    assert manifest["annotations"] == {FOLDER: str(image.folder), CONFIG: image.config}
    assert ensure_pushed(ecr, "api", made(context, text + "USER 7\n"))[0] != digest
    assert ensure_pushed(ecr, "api", made(context, text + "ENV A=1\n"))[0] != digest


def test_files_that_were_removed_are_made_again(context: Path) -> None:
    image = made(context, "FROM scratch\nCOPY service /app\n")
    shutil.rmtree(image.folder)
    assert files(made(context, "FROM scratch\nCOPY service /app\n")) == {"app/app.py"}


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("1m30s", 90), ("1.5h", 5400), ("250ms", 0.25)])
def test_durations_are_those_of_go(text: str, seconds: float) -> None:
    assert duration_nanoseconds(text) == seconds * 10**9
