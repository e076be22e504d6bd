"""Makes temporary certificate authorities, which sign the certificates of the data path's TLS listeners."""

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True)
class Authority:
    """A certificate authority that signs server certificates."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def made(cls, name: str, days: int, permitted: Iterable[x509.GeneralName] = ()) -> Self:
        """Make a new authority.

        Args:
            name: Common name of the authority, which trust stores display.
            days: Validity of the authority and of every certificate that it signs, in days.
            permitted: Names that it may sign for (RFC 5280, section 4.2.1.10); empty for all names.
        """
        key, named = new_key(), _named(name)
        builder = (
            _builder(named, named, key.public_key(), datetime.now(UTC) + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
        )
        if subtrees := list(permitted):
            constraints = x509.NameConstraints(permitted_subtrees=subtrees, excluded_subtrees=None)
            builder = builder.add_extension(constraints, critical=True)
        return cls(key, builder.sign(key, hashes.SHA256()))

    def sign(
        self, name: str, alternatives: Iterable[x509.GeneralName], key: ec.EllipticCurvePublicKey
    ) -> x509.Certificate:
        """Sign a server's certificate. It is valid for as long as the authority.

        Args:
            name: Common name of the certificate, which clients do not check (RFC 6125); at most 64 characters.
            alternatives: DNS names and IP addresses that the certificate is for.
            key: The server's public key.
        """
        authority = self.certificate
        return (
            _builder(_named(name), authority.subject, key, authority.not_valid_after_utc)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )


def new_key() -> ec.EllipticCurvePrivateKey:
    """Make a private key of a type that every client accepts."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    """Return a private key as PEM, not encrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def certificate_pem(certificate: x509.Certificate) -> str:
    """Return a certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM).decode()


def server_context() -> ssl.SSLContext:
    """Make a listener's TLS context without its certificate: TLS 1.2 or later, as AWS's endpoints accept."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(end)
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
