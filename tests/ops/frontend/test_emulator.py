"""`python -m ops frontend` on stack `local` with a real emulator process over HTTP, as on a developer's machine."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops import aws
from ops.cli import main
from ops.frontend.plan import LOCK_KEY
from tests.ops.site_world import ACCOUNT, REGION, create_distribution, release_files
from toolchain.emulator.process import Emulator


def test_deployed_twice_and_rolled_back_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(aws, "ROOT", tmp_path)
    emulator = Emulator(tmp_path / ".platform" / "local")
    endpoint = emulator.start()
    try:
        session = aws.emulator_session()
        s3 = aws.make_client(session, "s3", REGION, endpoint)
        s3.create_bucket(Bucket="site")
        s3.put_bucket_versioning(Bucket="site", VersioningConfiguration={"Status": "Enabled"})
        outputs = {
            "region": REGION,
            "account_id": ACCOUNT,
            "site_url": "https://site.test",
            "site_bucket_name": "site",
            "site_distribution_id": create_distribution(aws.make_client(session, "cloudfront", REGION, endpoint)),
        }
        monkeypatch.setattr(aws, "stack_outputs", lambda stack: {"local": outputs}[stack])
        folder = tmp_path / "dist"

        def run(*arguments: str) -> Any:
            capsys.readouterr()
            assert main(["frontend", *arguments, "--json"]) == 0, capsys.readouterr().err
            return json.loads(capsys.readouterr().out)

        def write(number: int) -> None:
            for key, content in release_files(number).items():
                (folder / key).parent.mkdir(parents=True, exist_ok=True)
                (folder / key).write_text(str(content))

        def shown(key: str) -> str:
            return s3.get_object(Bucket="site", Key=key)["Body"].read().decode()

        write(1)
        first = run("deploy", str(folder))["release"]
        assert run("deploy", str(folder))["changed"] is False
        write(2)
        second = run("deploy", str(folder))
        assert (second["former"], second["invalidationEnded"]) == (first, True)
        assert shown("index.html") == release_files(2)["index.html"]
        # another run holds the lock: the emulator supports conditional writes like Amazon S3
        s3.put_object(Bucket="site", Key=LOCK_KEY, Body=b"{}")
        assert main(["frontend", "rollback", "--wait", "0"]) == 4
        s3.delete_object(Bucket="site", Key=LOCK_KEY)
        assert run("rollback")["release"] == first
        assert shown("index.html") == release_files(1)["index.html"]
        assert [each["live"] for each in run("releases")["releases"]] == [False, True]
    finally:
        emulator.stop()
