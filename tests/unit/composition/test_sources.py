"""The files that the program reads from the project's folder, and the errors for files that it cannot read."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pulumi
import pytest

from composition.image import built_image
from composition.sources import content_tag, read_sources
from configuration.settings import load
from tests.program import STACKS, record_program, record_with_options
from tests.recording import record
from tests.stack_files import stack_configuration

pytestmark = pytest.mark.xdist_group("whole program")

GET = {"responses": {"200": {"description": "a"}}}
DOCUMENT = {"openapi": "3.0.3", "info": {"title": "a", "version": "1"}, "paths": {"/a": {"get": GET}}}


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the project as the engine does; otherwise only a program that was recorded before would have named it."""
    monkeypatch.setattr("composition.refusal.pulumi.get_project", lambda: "spot-platform")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app" / "src").mkdir(parents=True)
    (tmp_path / "app" / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "app" / "src" / "server.js").write_text("1\n")
    (tmp_path / "app" / ".dockerignore").write_text("# what is made here\nnode_modules/\n*.log\nDockerfile\n")
    return tmp_path / "app"


AWS = {"region": "us-east-1", "account_id": "123456789012"}


def sources(root: Path, document: Any = DOCUMENT, *, aws: dict[str, str] = AWS, **service: Any) -> Any:
    (root / "api.json").write_text(document if isinstance(document, str) else json.dumps(document))
    config = {
        "spot-platform:aws": json.dumps(aws),
        "spot-platform:api": json.dumps({"document": "api.json"}),
        "spot-platform:service": json.dumps(service),
    }
    return read_sources(load("local", config), root)


def test_an_image_is_named_by_the_contents_of_its_folder(folder: Path) -> None:
    before = content_tag(folder, "ARM64")
    assert before == content_tag(folder, "ARM64")
    assert before != content_tag(folder, "X86_64")
    assert sources(folder.parent, build="app").image_tag == before
    assert sources(folder.parent).image_tag is None


@pytest.mark.parametrize("name", ["Dockerfile", "src/server.js", "src/new.js", "npm.log", ".dockerignore"])
def test_every_file_that_may_be_in_the_image_counts(folder: Path, name: str) -> None:
    before = content_tag(folder, "ARM64")
    (folder / name).write_text("2\n")
    assert content_tag(folder, "ARM64") != before


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore"])
def test_what_the_build_reads_counts_though_it_is_ignored(folder: Path, name: str) -> None:
    (folder / ".dockerignore").write_text("*.log\nDockerfile\n.dockerignore\n")
    before = content_tag(folder, "ARM64")
    (folder / name).write_text("*.txt\nDockerfile\n.dockerignore\n")
    assert content_tag(folder, "ARM64") != before


def test_whether_a_file_can_be_run_counts(folder: Path) -> None:
    before = content_tag(folder, "ARM64")
    (folder / "src" / "server.js").chmod(0o755)
    assert content_tag(folder, "ARM64") != before


@pytest.mark.parametrize(("run", "modes"), [(False, (0o600, 0o644, 0o664)), (True, (0o700, 0o755, 0o775))])
def test_the_umask_of_the_machine_does_not_count(folder: Path, *, run: bool, modes: tuple[int, ...]) -> None:
    server, tags = folder / "src" / "server.js", set[str]()
    for mode in modes:
        server.chmod(mode)
        tags.add(content_tag(folder, "ARM64"))
    assert bool(server.stat().st_mode & 0o100) == run
    assert len(tags) == 1


def test_where_a_link_leads_counts_and_need_not_exist(folder: Path) -> None:
    tags = set[str]()
    for target in ("nowhere", "src", "src/server.js", "link"):
        (folder / "link").unlink(missing_ok=True)
        (folder / "link").symlink_to(target)
        tags.add(content_tag(folder, "ARM64"))
    assert len(tags) == 4


def test_a_name_may_be_any_bytes(folder: Path) -> None:
    before = content_tag(folder, "ARM64")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.js")).write_text("5\n")
    assert content_tag(folder, "ARM64") != before


def test_an_ignore_file_that_is_not_utf_8_is_said_with_its_key(folder: Path) -> None:
    (folder / ".dockerignore").write_bytes(b"caf\xe9\n")
    with pytest.raises(pulumi.RunError) as raised:
        sources(folder.parent, build="app")
    assert str(raised.value) == "spot-platform:service.build: app: .dockerignore is not UTF-8"


@pytest.mark.parametrize(
    ("name", "shown"), [(b"gone.js", "'gone.js'"), (b"caf\xe9.js", "'caf\\udce9.js'"), (b"a\nb", "'a\\nb'")]
)
def test_a_file_that_vanishes_is_said_with_its_key(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: bytes, shown: str
) -> None:
    monkeypatch.setattr("composition.sources._files", lambda made: iter([made / os.fsdecode(name)]))
    with pytest.raises(pulumi.RunError) as raised:
        sources(folder.parent, build="app")
    assert str(raised.value) == f"spot-platform:service.build: app: {shown}: No such file or directory"


@pytest.mark.parametrize("reading", ["hashlib.file_digest", "os.scandir"])
def test_what_cannot_be_read_is_said_with_its_key(folder: Path, monkeypatch: pytest.MonkeyPatch, reading: str) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(folder / "src"))

    monkeypatch.setattr(reading, refuse)
    with pytest.raises(pulumi.RunError) as raised:
        sources(folder.parent, build="app")
    assert str(raised.value) == "spot-platform:service.build: app: 'src': Permission denied"


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_document_that_is_no_regular_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "api.yaml"
    os.mkfifo(path) if kind == "pipe" else path.symlink_to("/dev/zero")
    config = {"spot-platform:aws": json.dumps(AWS), "spot-platform:api": json.dumps({"document": path.name})}
    with pytest.raises(pulumi.RunError) as raised:
        read_sources(load("local", config), tmp_path)
    assert str(raised.value) == "spot-platform:api.document: api.yaml: it is no regular file"


def test_an_ignore_file_that_is_a_pipe_is_not_read(folder: Path) -> None:
    before = content_tag(folder, "ARM64")
    (folder / ".dockerignore").unlink()
    os.mkfifo(folder / ".dockerignore")
    assert content_tag(folder, "ARM64") != before


def test_what_is_plainly_ignored_does_not_count(folder: Path) -> None:
    before = content_tag(folder, "ARM64")
    (folder / "node_modules" / "left-pad").mkdir(parents=True)
    (folder / "node_modules" / "left-pad" / "index.js").write_text("3\n")
    assert content_tag(folder, "ARM64") == before
    (folder / ".dockerignore").write_text("node_modules\n!node_modules/left-pad\n")
    with_exception = content_tag(folder, "ARM64")
    (folder / "node_modules" / "left-pad" / "index.js").write_text("4\n")
    assert content_tag(folder, "ARM64") != with_exception


@pytest.mark.parametrize(
    ("document", "service", "message"),
    [
        (DOCUMENT, {"build": "src"}, "spot-platform:service.build: src has no Dockerfile"),
        (
            "openapi: [",
            {},
            "spot-platform:api.document: api.json: line 2, column 1: did not find expected node content",
        ),
        ({"openapi": "2.0"}, {}, "spot-platform:api.document: api.json: "),
    ],
)
def test_what_cannot_be_used_is_said_with_its_key(
    tmp_path: Path, document: Any, service: dict[str, Any], message: str
) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        sources(tmp_path, document, **service)
    assert str(raised.value).startswith(message)


def test_settings_that_the_document_contradicts_are_said_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        sources(tmp_path, {**DOCUMENT, "x-amazon-apigateway-minimum-compression-size": 1})
    assert str(raised.value) == (
        "spot-platform:api.document: api.json: x-amazon-apigateway-minimum-compression-size: "
        "the API's settings say 1024: say that or nothing"
    )


def taking(milliseconds: int, **more: str) -> dict[str, Any]:
    """Return the document with a second operation that takes so long."""
    slow = {**GET, "x-integration-settings": {"timeoutInMillis": milliseconds, **more}}
    return {**DOCUMENT, "paths": {"/a": {"get": GET}, "/report": {"post": slow}}}


@pytest.mark.parametrize(
    ("document", "seconds"),
    [(DOCUMENT, 15), (taking(14_000), 15), (taking(15_001), 16), (taking(900_000, responseTransferMode="STREAM"), 15)],
)
def test_the_longest_request_of_the_document_counts(tmp_path: Path, document: Any, seconds: int) -> None:
    """The profile `local` gives each operation 15 s."""
    service = {"deregistration_delay_seconds": 16, "stop_timeout_seconds": 46}
    assert sources(tmp_path, document, **service).request_seconds == seconds


CUT_BY_A_STOP = (
    "service.drain_seconds: 25 + 29 s for the longest request + 5 s for closing = 59 s must fit into "
    "stop_timeout_seconds=45"
)
CUT_BY_A_DEREGISTRATION = (
    "service.deregistration_delay_seconds: 15 must be 29 (the longest request) to 119 (a reclaimed Spot task is gone "
    "after 120 s)"
)


@pytest.mark.parametrize(
    ("service", "message"),
    [
        ({}, CUT_BY_A_STOP),
        ({"stop_timeout_seconds": 59}, CUT_BY_A_DEREGISTRATION),
    ],
)
def test_a_request_that_a_stop_or_a_deregistration_would_cut_is_refused(
    tmp_path: Path, service: dict[str, int], message: str
) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        sources(tmp_path, taking(28_500), **service)
    assert str(raised.value) == (
        f"spot-platform:{message}; the longest request is POST /report of api.json, whose response is not streamed"
    )


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("load_balancer", ["network", "application"])
def test_the_document_is_planned_once_and_the_plan_handed_on(stack: str, load_balancer: str) -> None:
    assert record_with_options(stack, load_balancer).documents_planned == 1


def test_no_image_is_built_for_an_emulator(folder: Path) -> None:
    emulated = {**AWS, "endpoint_url": "http://127.0.0.1:5000"}
    assert sources(folder.parent, aws=emulated).image_tag is None
    with pytest.raises(
        pulumi.RunError, match=r"^spot-platform:service\.build: the emulator has no registry to push .+$"
    ):
        sources(folder.parent, aws=emulated, build="app")


def test_nothing_is_made_without_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr("tests.recording.RecordingMonitor.keep", lambda _self, request, _urn: made.append(request.type))
    configuration = stack_configuration("dev")
    configuration["spot-platform:api"] = {"document": "examples/none.yaml"}
    with pytest.raises(pulumi.RunError, match=r"^spot-platform:api\.document: examples/none\.yaml: No such file"):
        record_program("dev", configuration)
    assert [type_ for type_ in made if type_.startswith("aws:")] == []


def test_every_build_is_an_image_of_its_own_and_none_is_deleted() -> None:
    """A registry with immutable tags refuses a second push with the same tag."""
    recording = record(
        lambda: built_image("api", folder="app", tag="build-1", repository_url="registry/api", architecture="ARM64")
    )
    image = recording.one("awsx:ecr:Image")
    assert image.inputs["context"] == "./app"
    assert image.inputs["imageTag"] == "build-1"
    assert image.inputs["platform"] == "linux/arm64"
    assert image.request.retainOnDelete is True
