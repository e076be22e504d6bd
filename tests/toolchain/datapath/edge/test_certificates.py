"""The certificates for the edge's names, and the certificate authority that signs them."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from tests.toolchain.datapath.handshakes import client_context, shaken
from toolchain.datapath.authority import Authority, certificate_pem, key_pem, new_key
from toolchain.datapath.edge.certificates import MOST_NAMES, VALID_DAYS, NameCertificates

PERMITTED = (x509.DNSName("localhost"), x509.IPAddress(IPv4Network("127.0.0.1")))


class Kept:
    """A certificate authority in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.said = folder, list[str]()
        self.public, self.private = folder / "ca.pem", folder / "ca-key.pem"
        self.certificates = self.opened()

    def opened(self) -> NameCertificates:
        certificates = NameCertificates(self.folder, self.public, self.said.append)
        certificates.ensure()
        return certificates

    def client(self, *, checks_name: bool = True) -> ssl.SSLContext:
        return client_context(self.public.read_text(), checks_name=checks_name)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


@pytest.mark.parametrize("host", ["shop.test.localhost", "api.shop.test.localhost", "d1.cloudfront.net.localhost"])
def test_a_name_of_several_labels_has_its_own_certificate(kept: Kept, host: str) -> None:
    agreed = shaken(kept.certificates.server_context(), kept.client(), host)
    assert (agreed.names, agreed.version, agreed.protocol) == ([host], "TLSv1.3", "http/1.1")


def test_a_client_of_tls_1_2_is_taken_and_an_older_one_is_not(kept: Kept) -> None:
    server, client = kept.certificates.server_context(), kept.client()
    assert server.minimum_version is ssl.TLSVersion.TLSv1_2
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    agreed = shaken(server, client, "shop.test.localhost")
    assert (agreed.version, agreed.protocol) == ("TLSv1.2", "http/1.1")


@pytest.mark.parametrize(
    "host", [None, "127.0.0.1", "localhost", "shop.test", "example.com", "a!b.localhost", "-a.localhost"]
)
def test_any_other_name_gets_the_certificate_for_this_machine(kept: Kept, host: str | None) -> None:
    agreed = shaken(kept.certificates.server_context(), kept.client(checks_name=False), host)
    assert agreed.names == ["localhost", "127.0.0.1"]


def test_nothing_but_names_of_this_machine_can_be_signed_for(kept: Kept) -> None:
    signer, key, file = kept.certificates._kept(), new_key(), kept.folder / "example.pem"
    assert signer is not None
    file.write_text(key_pem(key) + certificate_pem(signer.sign("x", [x509.DNSName("example.com")], key.public_key())))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        shaken(server, kept.client(), "example.com")


def test_the_files_are_private_and_no_servers_key_is_among_them(kept: Kept) -> None:
    shaken(kept.certificates.server_context(), kept.client(), "shop.test.localhost")
    assert {file.name: file.stat().st_mode & 0o777 for file in kept.folder.iterdir()} == {
        "ca.pem": 0o600,
        "ca-key.pem": 0o600,
    }
    assert "PRIVATE KEY" not in kept.public.read_text()


def test_the_authority_is_short_lived_and_what_it_signs_ends_with_it(kept: Kept) -> None:
    authority = x509.load_pem_x509_certificate(kept.public.read_bytes())
    assert authority.not_valid_after_utc - datetime.now(UTC) <= timedelta(days=VALID_DAYS)
    agreed = shaken(kept.certificates.server_context(), kept.client(), "shop.test.localhost")
    certificate = x509.load_der_x509_certificate(agreed.certificate)
    assert certificate.not_valid_after_utc == authority.not_valid_after_utc


def test_it_stays_the_same_from_one_start_to_the_next(kept: Kept) -> None:
    before = kept.public.read_text()
    again = kept.opened()
    assert kept.public.read_text() == before
    assert shaken(again.server_context(), client_context(before), "shop.test.localhost")
    assert kept.said == [f"edge: made a certificate authority: {kept.public}"]


def test_it_signs_again_only_for_names_that_are_asked_for_seldom(kept: Kept) -> None:
    contexts = kept.certificates._contexts
    assert contexts("a.localhost") is contexts("a.localhost")
    assert contexts.cache_info().maxsize == MOST_NAMES


def garbage(kept: Kept) -> None:
    kept.private.write_text("no key")


def of_two_authorities(kept: Kept) -> None:
    kept.private.write_text(key_pem(new_key()) + kept.public.read_text())


def missing(kept: Kept) -> None:
    kept.private.unlink()


def readable_by_others(kept: Kept) -> None:
    kept.private.chmod(0o640)


def link(kept: Kept) -> None:
    kept.private.rename(kept.folder / "elsewhere.pem")
    kept.private.symlink_to(kept.folder / "elsewhere.pem")


def encrypted(kept: Kept) -> None:
    made = Authority.made("x", VALID_DAYS, PERMITTED)
    key = made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    kept.private.write_bytes(key + certificate_pem(made.certificate).encode())


def put(made: Authority) -> Callable[[Kept], None]:
    def wrong(kept: Kept) -> None:
        kept.private.write_text(key_pem(made.key) + certificate_pem(made.certificate))

    return wrong


def signed_by_another() -> Authority:
    other, key = Authority.made("x", VALID_DAYS, PERMITTED), new_key()
    return Authority(key, other.sign("x", [x509.DNSName("localhost")], key.public_key()))


WRONG = {
    "garbage": garbage,
    "of-two": of_two_authorities,
    "missing": missing,
    "readable": readable_by_others,
    "link": link,
    "encrypted": encrypted,
    "ends-soon": put(Authority.made("x", 5, PERMITTED)),
    "ended": put(Authority.made("x", 0, PERMITTED)),
    "without-constraints": put(Authority.made("x", VALID_DAYS)),
    "for-other-names": put(Authority.made("x", VALID_DAYS, (x509.DNSName("localhost"), x509.DNSName("example.com")))),
    "no-authority": put(signed_by_another()),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("is_running", [True, False], ids=["running", "starting"])
def test_what_is_foreign_or_ends_is_replaced(kept: Kept, wrong: Callable[[Kept], None], is_running: bool) -> None:
    before = kept.public.read_text()
    server = kept.certificates.server_context()
    shaken(server, kept.client(), "shop.test.localhost")
    wrong(kept)
    if is_running:
        kept.certificates.ensure()
    else:
        server = kept.opened().server_context()
    assert kept.public.read_text() != before
    assert shaken(server, kept.client(), "shop.test.localhost").names == ["shop.test.localhost"]
    assert (kept.private.is_symlink(), kept.private.stat().st_mode & 0o777) == (False, 0o600)
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(server, client_context(before), "shop.test.localhost")


def test_the_certificate_for_clients_is_put_back(kept: Kept) -> None:
    before = kept.public.read_text()
    kept.public.write_text("of another program")
    kept.certificates.ensure()
    assert kept.public.read_text() == before
    assert kept.said == [f"edge: made a certificate authority: {kept.public}"]


def test_a_handshake_in_the_moment_in_which_the_option_ends_is_refused_and_said(kept: Kept) -> None:
    client = kept.client()
    kept.folder.rename(kept.folder.with_name("gone"))
    with pytest.raises(ssl.SSLError, match="callback failed"):
        shaken(kept.certificates.server_context(), client, "shop.test.localhost")
    assert kept.said[-1].startswith("edge: no certificate for 'shop.test.localhost': ")
    with pytest.raises(FileNotFoundError):
        kept.opened()
    assert not kept.folder.exists()
