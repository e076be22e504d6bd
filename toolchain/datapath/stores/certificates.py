"""Makes the certificate of the databases and caches, signed by a temporary certificate authority."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from cryptography import x509

from toolchain.datapath.authority import Authority, certificate_pem, key_pem, new_key, server_context
from toolchain.system.files import write_whole

AUTHORITIES_FILE: Final = "authorities.pem"
VALID_DAYS: Final = 365
RENEW_DAYS: Final = 30
"""A certificate that expires within this time is replaced when a reconciliation checks it."""


class Certificates:
    """Certificates for ``localhost`` and 127.0.0.1. The authority's key is never stored: it signs only once.

    Args:
        folder: Folder for the certificates; it must exist and be private.
    """

    def __init__(self, folder: Path) -> None:
        self.authority = folder / "ca.pem"
        """File with this authority alone, for clients that verify a database (DATABASE_CA_FILE)."""
        self.authorities = folder / AUTHORITIES_FILE
        """File with the system's authorities and this one, for clients that read only one file (SSL_CERT_FILE)."""
        self._certificate = folder / "server.pem"

    def ensure(self) -> None:
        """Make the certificates, unless they exist and are valid for at least `RENEW_DAYS`."""
        if not self._is_valid():
            self._make()

    def server_context(self) -> ssl.SSLContext:
        """Return the TLS context for a listener."""
        context = server_context()
        context.load_cert_chain(self._certificate)
        return context

    def _is_valid(self) -> bool:
        try:
            end = x509.load_pem_x509_certificate(self._certificate.read_bytes()).not_valid_after_utc
        except (OSError, ValueError):
            return False
        return self.authorities.exists() and end > datetime.now(UTC) + timedelta(days=RENEW_DAYS)

    def _make(self) -> None:
        authority, key = Authority.made("Local data path, throw-away authority", VALID_DAYS), new_key()
        names = (x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1")))
        certificate = authority.sign("localhost", names, key.public_key())
        pem = certificate_pem(authority.certificate)
        write_whole(self.authority, pem)
        write_whole(self.authorities, _authorities_of_the_system() + pem)
        write_whole(self._certificate, key_pem(key) + certificate_pem(certificate))


def _authorities_of_the_system() -> str:
    file = ssl.get_default_verify_paths().cafile
    try:
        return Path(file).read_text(encoding="utf-8") + "\n" if file else ""
    except (OSError, ValueError):
        return ""
