import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.waiting import wait_until
from toolchain.errors import ToolchainError
from toolchain.setup import downloads, go_build, pulumi_command
from toolchain.setup.downloads import Archive
from toolchain.system.processes import is_running

ROOT = Path(__file__).parents[3]


def fake_pulumi(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pulumi"
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def no_pulumi_on_path(monkeypatch, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    return empty


@pytest.fixture
def record_hash(monkeypatch):
    """A function that pins a hash of the official archive for some platforms; at first for this platform."""

    def record(*platforms):
        recorded = Archive(str(pulumi_command.VERSION), "http://127.0.0.1:1/", dict.fromkeys(platforms, "0" * 64))
        monkeypatch.setattr(downloads, "archive", lambda _name: recorded)

    record(downloads.this_platform())
    return record


def refuse(*_args):
    raise OSError("no network")


def test_one_on_path_that_is_new_enough_is_used(monkeypatch, tmp_path):
    fake_pulumi(tmp_path / "bin", f"v{pulumi_command.VERSION.bump_minor()}")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert pulumi_command.find(tmp_path / "cache").command == "pulumi"


def test_an_old_or_broken_one_on_path_is_passed_over(monkeypatch, tmp_path):
    newer = str(pulumi_command.VERSION.bump_major())
    for answer in ("v3.1.0", newer, "nonsense", r"$(printf '\\266')"):
        fake_pulumi(tmp_path / "bin", answer)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
        assert pulumi_command.find(tmp_path / "cache") is None
    cached = fake_pulumi(tmp_path / "cache" / "bin", f"v{pulumi_command.VERSION}")
    assert pulumi_command.find(tmp_path / "cache").command == str(cached)


def test_any_version_is_used_where_the_sdk_is_told_not_to_look_at_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK", "true")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    for answer, version in (("v3.1.0", "3.1.0"), ("nonsense", None)):
        fake_pulumi(tmp_path / "bin", answer)
        found = pulumi_command.find(tmp_path / "cache")
        assert (found.command, found.version) == ("pulumi", version)


def test_no_look_for_an_update_is_made_while_asking_for_the_version(monkeypatch, tmp_path):
    monkeypatch.delenv("PULUMI_SKIP_UPDATE_CHECK", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    fake_pulumi(tmp_path / "bin", f'v{pulumi_command.VERSION}; test "$PULUMI_SKIP_UPDATE_CHECK" = true')
    assert pulumi_command.find(tmp_path / "cache") is not None


@pytest.mark.usefixtures("record_hash")
def test_the_download_is_tried_first_then_the_build(monkeypatch, tmp_path, no_pulumi_on_path):
    monkeypatch.setenv("PATH", f"{no_pulumi_on_path}:/usr/bin:/bin")
    monkeypatch.setattr(pulumi_command, "_download", refuse)
    monkeypatch.setattr(
        pulumi_command, "build", lambda staging, version, _say: fake_pulumi(staging / "bin", f"v{version}")
    )
    said = []
    found = pulumi_command.find_or_install(said.append, tmp_path / "cache")
    assert found.command == str(tmp_path / "cache" / "bin" / "pulumi")
    assert [line.split(": ", 1)[1] for line in said] == [
        "trying the official archive",
        "the official archive failed: no network",
        "trying a build from its Go module",
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cache", "empty"]


def test_an_archive_without_a_hash_is_not_tried(monkeypatch, tmp_path, no_pulumi_on_path, record_hash):
    monkeypatch.setenv("PATH", f"{no_pulumi_on_path}:/usr/bin:/bin")
    record_hash("another-platform")
    asked = []
    monkeypatch.setattr(pulumi_command, "_download", lambda *_: asked.append("the archive"))
    monkeypatch.setattr(
        pulumi_command, "build", lambda staging, version, _say: fake_pulumi(staging / "bin", f"v{version}")
    )
    said = []
    found = pulumi_command.find_or_install(said.append, tmp_path / "cache")
    assert found.command == str(tmp_path / "cache" / "bin" / "pulumi")
    version, here = pulumi_command.VERSION, downloads.this_platform()
    line = (
        f"Pulumi {version}: the official archive is not used, because downloads.toml has no hash of version "
        f"{version} for {here}; the command line is built from its Go module instead"
    )
    assert (asked, said) == ([], [line])


def test_when_no_archive_may_be_used_the_error_says_why(monkeypatch, tmp_path, no_pulumi_on_path, record_hash):
    record_hash()

    def no_go(*_args):
        raise ToolchainError("no Go on PATH")

    monkeypatch.setattr(pulumi_command, "build", no_go)
    reason = "the official archive is not used, because downloads.toml has no hash of version .* for .*; "
    with pytest.raises(ToolchainError, match=reason + "a build from its Go module: no Go on PATH"):
        pulumi_command.find_or_install(lambda _: None, tmp_path / "cache")


@pytest.mark.usefixtures("record_hash")
def test_when_nothing_works_one_error_says_what_was_tried(monkeypatch, tmp_path, no_pulumi_on_path):
    monkeypatch.setattr(pulumi_command, "_download", refuse)

    def no_go(*_args):
        raise ToolchainError("no Go on PATH")

    monkeypatch.setattr(pulumi_command, "build", no_go)
    with pytest.raises(ToolchainError) as error:
        pulumi_command.find_or_install(lambda _: None, tmp_path / "cache")
    message = str(error.value)
    assert "the official archive: no network; a build from its Go module: no Go on PATH" in message
    assert "Install it by hand" in message
    assert "\n" not in message
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("record_hash")
def test_an_interrupted_installation_leaves_nothing(monkeypatch, tmp_path, no_pulumi_on_path):
    def interrupted(staging, *_args):
        fake_pulumi(staging / "bin", f"v{pulumi_command.VERSION}")
        raise KeyboardInterrupt

    monkeypatch.setattr(pulumi_command, "_download", interrupted)
    with pytest.raises(KeyboardInterrupt):
        pulumi_command.find_or_install(lambda _: None, tmp_path / "caches" / "one")
    assert list((tmp_path / "caches").iterdir()) == []


def test_go_reports_its_own_last_line(monkeypatch, tmp_path):
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho 'go: downloading x' >&2\necho 'go: no such module' >&2\nexit 1\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(
        go_build, "_go_from_pypi", go_build._go_from_path
    )  # no download of the PyPI package, which is 75 MB: this tests the build
    with pytest.raises(ToolchainError, match="go: no such module"):
        go_build.build(tmp_path / "staging", pulumi_command.VERSION, lambda _: None)


def test_an_interrupted_build_does_not_go_on_in_the_background(monkeypatch, tmp_path):
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho $$ >&2\nexec sleep 600\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    started: list[int] = []

    def interrupted(process: "subprocess.Popen[str]", _say: object) -> str:
        assert process.stderr is not None
        started.append(int(process.stderr.readline()))
        raise KeyboardInterrupt

    monkeypatch.setattr(go_build, "_follow", interrupted)
    with pytest.raises(KeyboardInterrupt):
        go_build.build(tmp_path / "staging", pulumi_command.VERSION, lambda _: None)
    assert not is_running(started[0])


def test_the_version_is_in_one_place():
    pins = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["project"]
    assert f"pulumi=={pulumi_command.VERSION}" in pins
    go_mod = (ROOT / "toolchain" / "pulumi_cli" / "go.mod").read_text()
    versions = re.findall(r"github\.com/pulumi/pulumi/\w+/v3 v(\S+)", go_mod)
    assert versions == [str(pulumi_command.VERSION)] * 2


def test_the_policy_launcher_runs_the_sdk_of_this_environment(tmp_path):
    pulumi_command.write_policy_launcher(tmp_path)
    launcher = tmp_path / "pulumi-analyzer-policy-python"
    assert launcher.stat().st_mode & stat.S_IXUSR
    result = subprocess.run([launcher, "--help"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert sys.executable in launcher.read_text()
    assert "engineAddress" in result.stdout


def test_the_policy_host_ends_with_an_engine_that_was_killed(tmp_path):
    pulumi_command.write_policy_launcher(tmp_path)
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "__main__.py").write_text("import time; print('up', flush=True); time.sleep(600)\n")
    launcher = tmp_path / "pulumi-analyzer-policy-python"
    engine = subprocess.Popen(
        ["/bin/sh", "-c", f"{launcher} 127.0.0.1:1 {pack} & echo $!; wait"], stdout=subprocess.PIPE, text=True
    )
    assert engine.stdout is not None
    host = int(engine.stdout.readline())
    assert engine.stdout.readline() == "up\n"
    engine.kill()
    engine.wait()
    wait_until(lambda: not is_running(host), "the host ends", 20)
