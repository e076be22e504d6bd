"""`python -m ops storage migrate` against moto: every file arrives in spite of faults."""

import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.s3.models import s3_backends

from ops import aws, stack_outputs
from ops.cli import main
from ops.storage import check as upload_check
from ops.storage import run as upload_run
from ops.storage.journal import open_journal
from ops.storage.scan import check_prefix, scan
from tests.moto import running_moto
from tests.waiting import wait_until

ACCOUNT, BUCKET = "123456789012", "uploads-bucket"
MANY = 150
"""Number of files of which a run that is killed after the first twenty has sent only a part."""
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with running_moto() as url:
        yield url


@pytest.fixture
def s3(endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    yield client
    backend().reset()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "uploads"
    for number in range(12):
        path = made / f"company-{number % 3}" / "évidence" / f"file {number}.pdf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"content {number}".encode() * 1000)
    (made / "empty.txt").touch()
    return made


def expected(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def backend() -> Any:
    """Return moto's own buckets, which its server keeps in this process. Requests took a third of this file's time."""
    return s3_backends[ACCOUNT]["aws"]


def stored() -> dict[str, bytes]:
    keys = backend().get_bucket(BUCKET).keys
    return {key: keys[key].value for key in keys}


def migrate(folder: Path, capsys: pytest.CaptureFixture[str], *more: str, status: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["storage", "migrate", str(folder), "--bucket", BUCKET, "--yes", "--json", *more]) == status
    return json.loads(capsys.readouterr().out)


def test_every_file_arrives_with_its_checksum_and_type(
    s3: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = migrate(folder, capsys)
    assert (result["uploaded"], result["failed"], result["files"]) == (13, 0, 13)
    assert stored() == expected(folder)
    key = "company-1/évidence/file 1.pdf"
    head = s3.head_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
    digest = hashlib.sha256((folder / key).read_bytes()).digest()
    assert head["ChecksumSHA256"] == base64.b64encode(digest).decode()
    assert head["ContentType"] == "application/pdf"


def test_a_person_sees_how_far_it_is(
    s3: Any, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["storage", "migrate", str(folder), "--bucket", BUCKET, "--yes"]) == 0
    said = capsys.readouterr().err
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1000
    assert "moving" in said
    assert "100%" in said
    assert f"{size:.1f}/{size:.1f} kB" in said


def test_a_second_run_sends_what_is_new_or_changed(s3: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    migrate(folder, capsys)
    (folder / "new.png").write_bytes(b"new")
    (folder / "empty.txt").unlink()
    result = migrate(folder, capsys)
    assert (result["uploaded"], result["pending"], result["files"]) == (1, 1, 13)
    assert "new.png" in stored()


def test_without_its_journal_nothing_is_sent_twice(s3: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    migrate(folder, capsys)
    result = migrate(folder, capsys, "--journal", "other.sqlite")
    assert (result["uploaded"], result["already_there"]) == (0, 13)


def test_what_is_gone_from_the_bucket_is_sent_again(s3: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    migrate(folder, capsys)
    gone = "company-1/évidence/file 1.pdf"
    s3.delete_object(Bucket=BUCKET, Key=gone)
    assert migrate(folder, capsys, "--dry-run")["missing"] == 1
    result = migrate(folder, capsys)
    assert (result["missing"], result["pending"], result["uploaded"], result["failed"]) == (1, 1, 1, 0)
    assert stored() == expected(folder)
    assert migrate(folder, capsys)["missing"] == 0


def test_an_emptied_bucket_is_filled_again(
    s3: Any, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_check, "PAGE_KEYS", 5)
    arguments = ["storage", "migrate", str(folder), "--bucket", BUCKET, "--prefix", "old/", "--yes"]
    assert main(arguments) == 0
    for key in stored():
        s3.delete_object(Bucket=BUCKET, Key=key)
    s3.delete_bucket(Bucket=BUCKET)
    assert main(arguments) == 2
    s3.create_bucket(Bucket=BUCKET)
    capsys.readouterr()
    assert main(arguments) == 0
    said = capsys.readouterr()
    assert "13 sent, 0 there already, 0 done before, 0 failed" in said.out
    assert "13 files were moved before and are not in the bucket as they were" in said.err
    assert stored() == {f"old/{key}": content for key, content in expected(folder).items()}
    assert main(arguments) == 0
    assert "0 sent, 0 there already, 13 done before" in capsys.readouterr().out


def test_an_object_that_was_replaced_since_is_told(s3: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    migrate(folder, capsys)
    s3.put_object(Bucket=BUCKET, Key="empty.txt", Body=b"somebody else's", ChecksumAlgorithm="SHA256")
    result = migrate(folder, capsys, status=1)
    assert result["failures"] == ["empty.txt: the bucket has another object under this key; nothing is replaced"]


def test_an_object_with_other_content_is_never_replaced(
    s3: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    s3.put_object(Bucket=BUCKET, Key="empty.txt", Body=b"somebody else's", ChecksumAlgorithm="SHA256")
    result = migrate(folder, capsys, status=1)
    assert (result["uploaded"], result["failed"]) == (12, 1)
    assert result["failures"] == ["empty.txt: the bucket has another object under this key; nothing is replaced"]
    assert stored()["empty.txt"] == b"somebody else's"


def test_a_dry_run_sends_and_writes_nothing(
    s3: Any, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = migrate(folder, capsys, "--dry-run")
    assert (result["pending"], result["uploaded"], result["dryRun"]) == (13, 0, True)
    assert stored() == {}
    assert not (tmp_path / ".platform").exists()
    migrate(folder, capsys)
    assert migrate(folder, capsys, "--dry-run")["pending"] == 0


def test_keys_get_the_prefix(s3: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    migrate(folder, capsys, "--prefix", "old/")
    assert set(stored()) == {f"old/{key}" for key in expected(folder)}


def test_killed_in_the_middle_and_run_again_it_converges(
    s3: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(MANY):
        (folder / f"{number:03}.png").write_bytes(os.urandom(2000))
    process = subprocess.Popen(
        [sys.executable, "-m", "ops", "storage", "migrate", str(folder), "--bucket", BUCKET, "--workers", "2", "--yes"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    sent = backend().get_bucket(BUCKET).keys
    wait_until(lambda: len(sent) >= 20 or process.poll() is not None, "twenty files are sent", 60)
    assert process.poll() is None, "it ended before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = len(sent)
    assert before < MANY
    result = migrate(folder, capsys)
    done_before = result["files"] - result["pending"]
    assert 0 < done_before <= before
    assert result["uploaded"] + result["already_there"] == result["pending"]
    assert result["uploaded"] <= MANY - before + 2  # at most the killed workers' unfinished files are sent twice
    assert stored() == expected(folder)


def hostile_link(folder: Path) -> str:
    (folder / "a-link").symlink_to("/etc/passwd")
    return "'a-link' is a link"


def hostile_folder_link(folder: Path) -> str:
    (folder / "a-folder").symlink_to("/etc")
    return "'a-folder' is a link"


def hostile_line_break(folder: Path) -> str:
    (folder / "a\n\x1b[31m.pdf").touch()
    return "has a control character"


def hostile_bytes(folder: Path) -> str:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.pdf")).touch()
    return "is not UTF-8"


def hostile_pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    return "neither a file nor a folder"


def hostile_length(folder: Path) -> str:
    deep = folder.joinpath(*["d" * 200] * 5)
    deep.mkdir(parents=True)
    (deep / ("f" * 100)).touch()
    return "at most 1024 are allowed"


@pytest.mark.parametrize(
    "make",
    [hostile_link, hostile_folder_link, hostile_line_break, hostile_bytes, hostile_pipe, hostile_length],
)
def test_hostile_entries_are_refused_in_one_line_before_anything_is_sent(
    s3: Any, folder: Path, capsys: pytest.CaptureFixture[str], make: Any
) -> None:
    message = make(folder)
    assert main(["storage", "migrate", str(folder), "--bucket", BUCKET]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert error.isprintable() or error[:-1].isprintable()
    assert stored() == {}


def test_a_link_that_comes_after_the_scan_is_not_followed(s3: Any, folder: Path, tmp_path: Path) -> None:
    with open_journal(tmp_path / "journal") as journal:
        journal.take(scan(folder))
        (folder / "empty.txt").unlink()
        (folder / "empty.txt").symlink_to("/etc/passwd")
        outcome = upload_run.upload_all(journal, folder, s3, BUCKET, workers=2, on_progress=lambda _: None)
    assert (outcome.uploaded, outcome.failed) == (12, 1)
    assert "empty.txt" not in stored()


def test_a_file_that_changes_while_it_is_moved_is_not_noted(s3: Any, folder: Path, tmp_path: Path) -> None:
    with open_journal(tmp_path / "journal") as journal:
        journal.take(scan(folder))
        (folder / "empty.txt").write_bytes(b"not empty any more")
        outcome = upload_run.upload_all(journal, folder, s3, BUCKET, workers=2, on_progress=lambda _: None)
        assert outcome.failures == ["empty.txt: it was changed while it was moved; run again"]
        assert [file.key for file in journal.pending()] == ["empty.txt"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name either --stack or --bucket"),
        (["--bucket", BUCKET, "--stack", "dev"], "name either --stack or --bucket"),
        (["--bucket", "another-bucket"], "bucket=another-bucket: there is no such bucket"),
        (["--bucket", BUCKET, "--prefix", "/old"], "must end with a slash"),
        (["--bucket", BUCKET, "--prefix", "../"], "a part that means another folder"),
    ],
)
def test_what_the_user_can_put_right_is_one_line(
    s3: Any, folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["storage", "migrate", str(folder), *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1 or error.splitlines()[-1].startswith("error: ")


def test_no_folder_and_a_journal_of_another_migration_are_refused(
    s3: Any, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["storage", "migrate", str(tmp_path / "missing"), "--bucket", BUCKET]) == 2
    migrate(folder, capsys, "--journal", "journal")
    other = tmp_path / "other"
    other.mkdir()
    assert main(["storage", "migrate", str(other), "--bucket", BUCKET, "--journal", "journal"]) == 2
    assert "the journal is that of" in capsys.readouterr().err
    (tmp_path / "text").write_text("this is no journal at all, but long enough to look at" * 50)
    assert main(["storage", "migrate", str(folder), "--bucket", BUCKET, "--journal", "text"]) == 2


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_a_journal_that_is_no_regular_file_is_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, options: list[str]
) -> None:
    path = tmp_path / "odd"
    os.mkfifo(path) if kind == "pipe" else path.mkdir()
    assert main(["storage", "migrate", str(folder), "--bucket", BUCKET, "--journal", str(path), *options]) == 2
    assert capsys.readouterr().err == f"error: {path}: not a journal of a migration (it is no regular file)\n"


def test_two_at_once_do_not_share_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    program = (
        "import sys, pathlib; from ops.storage.journal import open_journal; open_journal(pathlib.Path(sys.argv[1]))"
    )
    with open_journal(path):
        run = subprocess.run(
            [sys.executable, "-c", program, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert "another migration has it open" in run.stderr


def test_the_bucket_comes_from_the_outputs_of_the_stack(
    s3: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = {
        "bucket_names": {"uploads": BUCKET, "backups": "b"},
        "secret": "[secret]",
        "region": "us-east-1",
        "account_id": "123456789012",
    }
    monkeypatch.setattr(aws, "stack_outputs", lambda stack: {"dev": outputs}[stack])
    assert main(["storage", "migrate", str(folder), "--stack", "dev", "--yes"]) == 0
    assert "13 files for uploads-bucket: 13 sent" in capsys.readouterr().out


def test_the_local_stack_is_the_emulators_whatever_the_shell_says(
    s3: Any, endpoint: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = {"bucket_names": {"uploads": BUCKET}, "region": "us-east-1", "account_id": "123456789012"}
    monkeypatch.setattr(aws, "stack_outputs", lambda stack: {"local": outputs}[stack])
    monkeypatch.setattr(aws, "emulator_endpoint", lambda: endpoint)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    assert main(["storage", "migrate", str(folder), "--stack", "local"]) == 0
    assert "13 files for uploads-bucket: 13 sent" in capsys.readouterr().out
    assert stored() == expected(folder)


def test_nothing_is_sent_to_aws_without_being_asked(
    s3: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["storage", "migrate", str(folder), "--bucket", BUCKET]
    assert main(words) == 1
    assert capsys.readouterr().err == (
        f"error: send 13 files ({sum(map(len, expected(folder).values()))} bytes) of {folder} to {BUCKET}: this changes "
        "AWS, and there is no terminal to ask at: add --yes\n"
    )
    assert stored() == {}
    assert main([*words, "--yes"]) == 0
    capsys.readouterr()
    assert main(words) == 0, "when nothing is left to send, nothing is asked"


def test_credentials_of_another_account_are_refused_before_anything_is_sent(
    s3: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = {"bucket_names": {"uploads": BUCKET}, "region": "us-east-1", "account_id": "111122223333"}
    monkeypatch.setattr(aws, "stack_outputs", lambda stack: {"dev": outputs}[stack])
    assert main(["storage", "migrate", str(folder), "--stack", "dev"]) == 2
    assert "the credentials are of account 123456789012, and the stack is in 111122223333" in capsys.readouterr().err
    assert stored() == {}


def test_a_stack_without_the_bucket_is_refused() -> None:
    with pytest.raises(ValueError, match=r"exports no bucket_names\.uploads"):
        stack_outputs.bucket_of({}, "uploads")


def test_outputs_of_a_stack_that_is_not_there_are_an_error_of_the_user() -> None:
    with pytest.raises(ValueError, match="stack=no-such-stack: "):
        stack_outputs.stack_outputs("no-such-stack")


@given(st.text(alphabet="ab/.\\\0é\n", max_size=12))
def test_a_prefix_is_a_folder_or_refused(prefix: str) -> None:
    try:
        kept = check_prefix(prefix)
    except ValueError:
        return
    assert kept == "" or (kept.endswith("/") and not kept.startswith("/"))
    assert ".." not in kept.split("/")
    assert kept.isprintable()
