"""A throw-away certificate authority, and the certificate of the stores that it signed."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from toolchain.files import write_whole

AUTHORITIES_FILE: Final = "authorities.pem"
VALID_DAYS: Final = 365
RENEW_DAYS: Final = 30
"""A certificate that ends sooner is made anew when the data path starts."""


class Certificates:
    """Certificates for ``localhost`` and 127.0.0.1. The authority's key is never written: it signs once.

    Args:
        folder: Where they are kept; it must exist and be private.
    """

    def __init__(self, folder: Path) -> None:
        self.authority = folder / "ca.pem"
        """The authority alone, for clients that verify a database (DATABASE_CA_FILE)."""
        self.authorities = folder / AUTHORITIES_FILE
        """The authorities of this system and this one, for clients that take one file only (SSL_CERT_FILE)."""
        self._certificate = folder / "server.pem"

    def ensure(self) -> None:
        """Make the certificates, unless they are there and valid for long enough."""
        if not self._is_valid():
            self._make()

    def server_context(self) -> ssl.SSLContext:
        """What a listener needs; TLS 1.2 or later, as RDS and ElastiCache take."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self._certificate)
        return context

    def _is_valid(self) -> bool:
        try:
            end = x509.load_pem_x509_certificate(self._certificate.read_bytes()).not_valid_after_utc
        except (OSError, ValueError):
            return False
        return self.authorities.exists() and end > datetime.now(UTC) + timedelta(days=RENEW_DAYS)

    def _make(self) -> None:
        authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        authority_name, name = _named("Local data path, throw-away authority"), _named("localhost")
        authority = (
            _builder(authority_name, authority_name, authority_key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(authority_key, hashes.SHA256())
        )
        certificate = (
            _builder(name, authority_name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]),
                critical=False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
            .sign(authority_key, hashes.SHA256())
        )
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        pem = authority.public_bytes(Encoding.PEM).decode()
        write_whole(self.authority, pem)
        write_whole(self.authorities, _authorities_of_the_system() + pem)
        write_whole(self._certificate, private + certificate.public_bytes(Encoding.PEM).decode())


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _authorities_of_the_system() -> str:
    file = ssl.get_default_verify_paths().cafile
    try:
        return Path(file).read_text(encoding="utf-8") + "\n" if file else ""
    except (OSError, ValueError):
        return ""
