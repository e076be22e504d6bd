"""Where site and API of a stack answer."""

from pathlib import Path

import pytest

from ops.addresses import address_of, path_on_site, served
from ops.aws import StackSession
from toolchain.datapath.addresses import Addresses


def session(endpoint_url: str | None) -> StackSession:
    return StackSession("local", {}, "us-east-1", "123456789012", "user/moto", endpoint_url, None)


def test_in_aws_it_is_the_exported_address() -> None:
    address = address_of(session(None), "https://api.example.com/v1")
    assert address.request("/health") == ("https://api.example.com/v1/health", {})


def test_on_this_machine_it_is_the_edge_with_the_name_below_localhost(tmp_path: Path) -> None:
    Addresses(tmp_path, "edge").serve("edge.localhost", 80, 8400)
    Addresses(tmp_path, "stores").serve("db.example", 5432, 9)
    address = address_of(session("http://127.0.0.1:5000"), "https://api.halalsphere.test", tmp_path)
    assert address.url == "http://api.halalsphere.test.localhost:8400"
    url, headers = address.request("/health")
    assert (url, headers) == ("http://127.0.0.1:8400/health", {"Host": "api.halalsphere.test.localhost:8400"})
    assert served(tmp_path)["db.example:5432"] == "127.0.0.1:9"


def test_without_the_data_path_it_is_said_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"the local data path does not run .*: `make up`"):
        address_of(session("http://127.0.0.1:5000"), "https://a.test", tmp_path / "datapath")
    with pytest.raises(ValueError, match="has no edge yet"):
        address_of(session("http://127.0.0.1:5000"), "https://a.test", tmp_path)


@pytest.mark.parametrize(
    ("api", "path"),
    [
        ("https://app.example.com/api", "/api"),
        ("https://app.example.com/a/b/", "/a/b"),
        ("https://app.example.com", None),
        ("https://api.example.com/v1", None),
        ("https://a1.execute-api.us-east-1.amazonaws.com/prod", None),
    ],
)
def test_an_api_of_the_site_is_known_by_its_address(api: str, path: str | None) -> None:
    assert path_on_site("https://app.example.com", api) == path


def test_an_api_of_the_site_is_asked_by_its_path(tmp_path: Path) -> None:
    Addresses(tmp_path, "edge").serve("edge.localhost", 80, 8400)
    address = address_of(session("http://127.0.0.1:5000"), "https://halalsphere.test/api", tmp_path)
    assert address.request("/health")[0] == "http://127.0.0.1:8400/api/health"
