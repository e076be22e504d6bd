"""Makes certificates for the names that a browser uses here; a temporary authority signs them at the TLS handshake.

One wildcard certificate is not enough: a wildcard matches one label (RFC 6125, section 6.4.3), and names below
``.localhost`` have several. The names are not known in advance either: the edge listens before most of its names exist.
So each name gets its certificate when a client requests it.
"""

import os
import re
import secrets
import ssl
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from toolchain.datapath.authority import Authority, certificate_pem, key_pem, new_key, server_context
from toolchain.datapath.edge.names import LOOPBACK
from toolchain.system.files import write_whole

VALID_DAYS: Final = 90
RENEW_DAYS: Final = 7
"""An authority that expires within this time is replaced; users must then make their browsers trust the new one."""
MOST_NAMES: Final = 256
"""Maximum number of cached certificates; other certificates are signed again."""
PROTOCOL: Final = "http/1.1"
"""The only protocol that is offered by ALPN (RFC 7301)."""
_OWN: Final = "localhost"
_PERMITTED: Final = (x509.DNSName(_OWN), x509.IPAddress(IPv4Network(LOOPBACK)))
"""The only names that the authority may sign for: a leaked key could sign only for names of this machine."""
_NAME: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+localhost")
_LONGEST_NAME: Final = 253
_Version = tuple[tuple[int, int, int], ...]


class NameCertificates:
    """Certificates for names below ``.localhost``, and one for ``localhost`` and 127.0.0.1.

    The authority's certificate and its key are stored in two files; only the owner may read the file with the key. The
    keys of the certificates are not stored.

    Args:
        folder: Private folder for the authority.
        authority: Path of the file with the authority's certificate, for clients.
        say: Function that writes a line into the log.
    """

    def __init__(self, folder: Path, authority: Path, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._public = authority
        self._private = folder / "ca-key.pem"
        self._say = say
        self._authority: Authority | None = None
        self._version: _Version = ()
        self._contexts = lru_cache(MOST_NAMES)(self._context_of)

    def ensure(self) -> None:
        """Load the stored authority; make a new one if it is missing, expires soon, or was not made by this module.

        Raises:
            OSError: The files cannot be written.
        """
        if self._authority is not None and _lasts(self._authority) and self._version == self._versions():
            return
        kept = self._kept()
        if kept is None:
            kept = Authority.made(f"Local stack, throw-away authority {secrets.token_hex(4)}", VALID_DAYS, _PERMITTED)
            write_whole(self._private, key_pem(kept.key) + certificate_pem(kept.certificate))
            self._say(f"edge: made a certificate authority: {self._public}")
        if not _says(self._public, certificate_pem(kept.certificate)):
            write_whole(self._public, certificate_pem(kept.certificate))
        self._authority, self._version = kept, self._versions()
        self._contexts.cache_clear()

    def server_context(self) -> ssl.SSLContext:
        """Return the TLS context for a listener; it also uses an authority that is made later."""
        context = _context()
        context.sni_callback = self._choose
        return context

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        """Select the certificate for the name that the client requests (RFC 6066, section 3)."""
        asked = (name or "").lower()
        is_local = len(asked) <= _LONGEST_NAME and _NAME.fullmatch(asked)
        try:
            connection.context = self._contexts(asked if is_local else _OWN)
        except OSError as error:  # for example if the disk is full, or the option is just being turned off
            self._say(f"edge: no certificate for {asked!r}: {error}")
            return ssl.AlertDescription.ALERT_DESCRIPTION_INTERNAL_ERROR
        return None

    def _context_of(self, name: str) -> ssl.SSLContext:
        if self._authority is None:
            raise OSError("there is no authority")
        names: list[x509.GeneralName] = [x509.DNSName(name)]
        if name == _OWN:
            names.append(x509.IPAddress(IPv4Address(LOOPBACK)))
        key = new_key()
        certificate = self._authority.sign("Local stack", names, key.public_key())
        context = _context()
        # The ssl module reads only files. Handshakes run one after the other in the event loop, so one file is enough.
        file = self._folder / "server.pem"
        try:
            write_whole(file, key_pem(key) + certificate_pem(certificate), is_lasting=False)
            context.load_cert_chain(file)
        finally:
            file.unlink(missing_ok=True)
        return context

    def _kept(self) -> Authority | None:
        try:
            about = self._private.lstat()
            if not stat.S_ISREG(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & 0o077:
                return None  # other users may have read or written it
            pem = self._private.read_bytes()
            key, certificate = load_pem_private_key(pem, None), x509.load_pem_x509_certificate(pem)
        except (OSError, ValueError, TypeError):  # TypeError: it is encrypted
            return None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            return None
        kept = Authority(key, certificate)
        return kept if _is_own(certificate) and _lasts(kept) else None

    def _versions(self) -> _Version:
        found: list[tuple[int, int, int]] = []
        for file in (self._private, self._public):
            with suppress(OSError):
                about = file.lstat()
                found.append((about.st_ino, about.st_mtime_ns, about.st_mode))
        return tuple(found)


def _context() -> ssl.SSLContext:
    context = server_context()
    context.set_alpn_protocols([PROTOCOL])
    return context


def _lasts(authority: Authority) -> bool:
    now, about = datetime.now(UTC), authority.certificate
    return about.not_valid_before_utc <= now and about.not_valid_after_utc > now + timedelta(days=RENEW_DAYS)


def _is_own(certificate: x509.Certificate) -> bool:
    """Check whether a certificate is an authority as this module makes it: only for names of this machine."""
    try:
        certificate.verify_directly_issued_by(certificate)
        constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints)
        is_authority = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound, x509.DuplicateExtension):
        return False
    return is_authority and constraints.critical and constraints.value.permitted_subtrees == list(_PERMITTED)


def _says(file: Path, text: str) -> bool:
    try:
        return file.read_text(encoding="utf-8") == text and not file.is_symlink()
    except (OSError, ValueError):
        return False
