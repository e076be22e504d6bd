"""Tasks that run as containers, because their image was built with a container engine."""

import subprocess
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from ops.image.local_containers import make
from ops.image.local_images import ensure_pushed
from tests.container_engine import engine_for_tests, image_folder
from tests.toolchain.datapath.running import wait_until
from tests.toolchain.datapath.tasks.world import DataPath, World
from toolchain.datapath.containers import LABEL, end_left_containers, note_engine
from toolchain.datapath.tasks.engine import container_program
from toolchain.datapath.tasks.images import ContainerImage, Image

IMAGE = Image(Path("/"), "sha256:1", container=ContainerImage("podman", "ab" * 32))
SECRET = "hidden-value"


def test_a_secret_is_in_no_argument_and_the_definition_is_obeyed(tmp_path: Path) -> None:
    scratch = tmp_path / "task" / "api"
    scratch.mkdir(parents=True)
    (scratch / "authorities.pem").write_text("x")
    definition = {
        "name": "api",
        "user": "1001:1001",
        "readonlyRootFilesystem": True,
        "linuxParameters": {"capabilities": {"drop": ["ALL"]}},
        "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp"}],
        "workingDirectory": "/app",
    }
    variables = {"PASSWORD": SECRET, "PATH": "/venv/bin:/bin", "PORT": "4000"}
    program = container_program(
        IMAGE, definition, ["tini", "--", "serve"], variables, name="n", folder=tmp_path, scratch=scratch
    )
    words = program.started()
    assert words[:7] == ["podman", "run", "--rm", "--name", "n", "--entrypoint", "tini"]
    assert words[-3:] == ["ab" * 32, "--", "serve"]
    pairs = set(pairwise(words))
    assert {
        ("--network", "host"),
        ("--label", f"{LABEL}={tmp_path}"),
        ("--user", "1001:1001"),
        ("--workdir", "/app"),
        ("--cap-drop", "ALL"),
        ("--env", "PASSWORD"),
        ("--env", "PORT"),
        ("--env", "PATH=/venv/bin:/bin"),
        ("--volume", f"{scratch.parent}/volumes/tmp:/tmp"),
        ("--volume", f"{scratch}/authorities.pem:{scratch}/authorities.pem:ro"),
    } <= pairs
    assert "--read-only" in words
    assert not any(SECRET in word for word in [*words, *program.beside(["true"]), *program.ending])
    assert program.environment["PASSWORD"] == SECRET
    assert program.environment["PATH"] != "/venv/bin:/bin", "the client must find its own programs"


def test_what_a_definition_does_not_say_is_left_to_the_image(tmp_path: Path) -> None:
    words = container_program(IMAGE, {"name": "a"}, [], {}, name="n", folder=tmp_path, scratch=tmp_path).started()
    assert not {"--user", "--workdir", "--read-only", "--entrypoint", "--volume"} & set(words)


def test_an_image_of_files_is_no_container(tmp_path: Path) -> None:
    image = Image(tmp_path, "sha256:1")
    with pytest.raises(ValueError, match="was not built with a container engine"):
        container_program(image, {}, [], {}, name="n", folder=tmp_path, scratch=tmp_path)


def test_a_service_of_containers_runs_is_seen_and_ends(
    world: World, data_path: DataPath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_for_tests(tmp_path, monkeypatch)
    folder = image_folder(tmp_path / "image")
    built = make(
        folder,
        architecture="amd64",
        contexts={"site": folder / "site"},
        arguments={},
        say=print,
    )
    digest, _is_new = ensure_pushed(world.client("ecr"), "stub", built)
    before = world.image
    monkeypatch.setattr(world, "image", f"{before.partition('@')[0]}@{digest}")
    revision = world.definition(check=False, secrets={"PASSWORD": f"{world.secret}:password::"})
    world.create_service("contained", revision, desired=1)
    world.steady("contained", revision)
    (task,) = world.tasks("contained")
    page = wait_until(lambda: answer_of(data_path.port_of(task)), "the container answers")
    assert page == "a page\n"
    arn = task["taskArn"]
    wait_until(lambda: "greeting hello" in world.log_lines(arn), "its log is in CloudWatch Logs")
    assert any("uid=1001" in line for line in world.log_lines(arn)), "it runs as the image's user"
    (container,) = running(engine, data_path)
    described = subprocess.run([engine, "inspect", container], capture_output=True, text=True, check=True).stdout
    assert "hidden-value" in described, "it has its secret"

    # As in a crash: the container is removed, and another task starts.
    subprocess.run([engine, "kill", container], capture_output=True, check=True)
    wait_until(lambda: [each["taskArn"] for each in world.tasks("contained")] not in ([], [arn]), "another task runs")
    world.client("ecs").update_service(cluster=world.cluster, service="contained", desiredCount=0)
    stopped = world.stopped("contained")
    assert 137 in {each["containers"][0]["exitCode"] for each in stopped}
    wait_until(lambda: not running(engine, data_path), "no container is left")


def test_a_container_that_was_left_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_for_tests(tmp_path, monkeypatch)
    path = tmp_path / "datapath"
    path.mkdir()
    note_engine(path, engine)
    subprocess.run(
        [
            *(engine, "run", "--detach", "--rm", "--network", "host", "--label", f"{LABEL}={path}"),
            *("localhost/spot-platform-probe", "exec /bin/busybox sleep 600"),
        ],
        capture_output=True,
        check=True,
    )
    assert end_left_containers(path) == 1
    assert end_left_containers(path) == 0


def test_an_engine_that_is_gone_has_nothing_to_end(tmp_path: Path) -> None:
    note_engine(tmp_path, str(tmp_path / "no-engine"))
    assert end_left_containers(tmp_path) == 0


def answer_of(port: int | None) -> str | None:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", timeout=10).text
    except httpx.TransportError:
        return None


def running(engine: str, data_path: DataPath) -> list[str]:
    """Return the ids of the containers that a data path runs."""
    command = [engine, "ps", "--quiet", "--filter", f"label={LABEL}={data_path.folder}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
