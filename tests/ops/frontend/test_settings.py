"""`config.json` of a deployed site: the stack's settings, unless the folder has its own `config.json`."""

import hashlib
import json

import pytest

from tests.ops.site_world import SiteWorld, plain_client, release_files, site

__all__ = ["site"]
API = "https://api.example.com"


@pytest.fixture
def with_api(site: SiteWorld) -> SiteWorld:
    """A site of a stack whose API requires a key."""
    key = plain_client("apigateway").create_api_key(name="site", value="k" * 20, enabled=True)
    site.outputs |= {"api_url": f"{API}/", "api_key_id": key["id"]}
    return site


def settings(site: SiteWorld) -> dict[str, str]:
    return json.loads(site.body("config.json"))


def test_a_folder_without_settings_gets_those_of_the_stack(with_api: SiteWorld) -> None:
    with_api.write(release_files(1))
    result = with_api.deploy()
    assert settings(with_api) == {"apiUrl": API, "apiKey": "k" * 20, "stack": "dev"}
    head = with_api.head("config.json")
    assert (head["ContentType"], head["CacheControl"]) == ("application/json; charset=utf-8", "no-cache")
    assert result["files"] == len(release_files(1)) + 1
    assert not (with_api.folder / "config.json").exists(), "the build goes to other stacks, too"
    assert with_api.deploy()["changed"] is False


def test_settings_live_on_over_releases_and_their_end(with_api: SiteWorld) -> None:
    for number in (1, 2, 3):
        with_api.write(release_files(number))
        with_api.deploy("--keep-days", "0")
    assert settings(with_api)["apiUrl"] == API
    with_api.run("rollback", "--yes", "--keep-days", "0")
    assert settings(with_api)["apiUrl"] == API


def test_a_settings_file_of_the_folder_is_kept(with_api: SiteWorld) -> None:
    with_api.write({**release_files(1), "config.json": '{"apiUrl": "/api"}'})
    with_api.deploy()
    assert settings(with_api) == {"apiUrl": "/api"}
    assert "GetApiKey" not in with_api.network.operations


def test_new_settings_are_a_new_release(with_api: SiteWorld) -> None:
    with_api.write(release_files(1))
    with_api.deploy()
    with_api.outputs["api_url"] = "https://other.example.com"
    result = with_api.deploy()
    assert (result["changed"], result["switched"]) == (True, ["config.json"])
    assert settings(with_api)["apiUrl"] == "https://other.example.com"
    assert result["invalidation"] == ["/config.json"]


@pytest.mark.parametrize("keep_days", ["0", "7"])
def test_a_rollback_to_a_release_without_settings_adds_them(with_api: SiteWorld, keep_days: str) -> None:
    with_api.write(release_files(1))
    with_api.deploy("--no-config")
    assert "config.json" not in with_api.objects()
    with_api.write(release_files(2))
    with_api.deploy()
    result = with_api.run("rollback", "--yes", "--keep-days", keep_days)
    assert settings(with_api)["apiUrl"] == API
    assert with_api.body("index.html").decode() == release_files(1)["index.html"]
    with_api.write(release_files(1))
    assert with_api.deploy()["release"] == result["release"], "what is live is known with its settings"


def test_a_rollback_that_was_killed_is_finished_with_the_settings(with_api: SiteWorld) -> None:
    with_api.write(release_files(1))
    first = with_api.deploy("--no-config")["release"]
    with_api.write(release_files(2))
    second = with_api.deploy()["release"]
    with_api.run("rollback", "--yes")
    with_api.run("rollback", "--to", second, "--yes")
    # as if the first rollback had been killed after it wrote the list of files and before it wrote their contents
    digest = hashlib.sha256(with_api.body("config.json")).hexdigest()
    with_api.s3.delete_object(Bucket=with_api.bucket, Key=f".releases/files/{digest}")
    assert with_api.run("rollback", "--to", first, "--yes")["uploads"] == 1
    assert settings(with_api)["apiUrl"] == API


def test_a_site_may_do_without_settings(with_api: SiteWorld) -> None:
    with_api.write(release_files(1))
    with_api.deploy("--no-config")
    with_api.write(release_files(2))
    with_api.deploy("--no-config")
    with_api.run("rollback", "--yes", "--no-config")
    assert "config.json" not in with_api.objects()
