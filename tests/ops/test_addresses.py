"""The addresses of a stack's site and API."""

import ssl
from pathlib import Path

import pytest

from ops.addresses import address_of, path_on_site, served
from ops.aws import StackSession
from toolchain.datapath.addresses import Addresses
from toolchain.datapath.authority import Authority, certificate_pem
from toolchain.datapath.tls import Tls


def session(endpoint_url: str | None) -> StackSession:
    return StackSession(
        stack="local",
        outputs={},
        region="us-east-1",
        account_id="123456789012",
        caller="user/moto",
        endpoint_url=endpoint_url,
        session=None,
    )


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


@pytest.fixture
def with_tls(tmp_path: Path) -> Path:
    """Folder of a data path whose edge has TLS."""
    folder = tmp_path / "datapath"
    folder.mkdir()
    tls = Tls.beside(folder)
    tls.turn_on()
    tls.authority.write_text(certificate_pem(Authority.made("stack", 1).certificate))
    addresses = Addresses(folder, "edge")
    addresses.serve("edge.localhost", 80, 8400)
    addresses.serve("edge.localhost", 443, 8443)
    return folder


def test_with_tls_it_is_the_edge_with_https_and_the_stacks_authority_alone(with_tls: Path) -> None:
    address = address_of(session("http://127.0.0.1:5000"), "https://halalsphere.test/api", with_tls)
    assert address.url == "https://halalsphere.test.localhost:8443/api"
    url, headers = address.request("/health")
    assert (url, headers) == ("https://127.0.0.1:8443/api/health", {"Host": "halalsphere.test.localhost:8443"})
    assert isinstance(address.verify, ssl.SSLContext)
    assert [each["subject"] for each in address.verify.get_ca_certs()] == [((("commonName", "stack"),),)]
    other = address.beside("internal.elb.amazonaws.com")
    assert other.request("/")[0] == "https://127.0.0.1:8443/"
    assert other.request("/")[1] == {"Host": "internal.elb.amazonaws.com.localhost:8443"}
    assert other.verify is not True


def test_an_address_in_aws_is_verified_as_ever_and_has_no_edge_beside_it() -> None:
    address = address_of(session(None), "https://api.example.com/v1")
    assert address.verify is True
    with pytest.raises(ValueError, match="is not at an edge of this machine"):
        address.beside("other.example.com")


def test_what_tls_waits_for_is_said(with_tls: Path) -> None:
    local = session("http://127.0.0.1:5000")
    address = address_of(local, "https://a.test", with_tls)
    Tls.beside(with_tls).authority.unlink()
    with pytest.raises(ValueError, match=r"ca\.pem: .*: run `make up` again"):
        assert address.verify
    Addresses(with_tls, "edge").serve("edge.localhost", 80, 8400)
    with pytest.raises(ValueError, match="has no edge with HTTPS yet"):
        address_of(local, "https://a.test", with_tls)
    Tls.beside(with_tls).turn_off()
    assert address_of(local, "https://a.test", with_tls).url == "http://a.test.localhost:8400"
