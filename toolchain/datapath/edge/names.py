"""Translates between DNS names in AWS and the names under ``.localhost`` that a browser on this machine uses for them.

The platform's configuration contains names in AWS: aliases, CORS origins, security headers. The browser uses names that
it resolves to this machine itself (RFC 6761, 6.3: ``.localhost``), with the edge's port, over HTTP, or over HTTPS if
the local stack has TLS. Amazon S3 is always served over HTTP:

    https://example.com          <->  http://example.com.localhost:8400 or https://example.com.localhost:8443
    https://BUCKET.s3.us-east-1.amazonaws.com/KEY  <->  http://127.0.0.1:8600/BUCKET/KEY

`local_headers` translates the headers of a response, `aws_headers` those of a request. Bodies are never changed.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit, urlunsplit

from toolchain.datapath.edge.messages import HeaderList, first

SUFFIX = ".localhost"
LOOPBACK = "127.0.0.1"
_OWN_HOSTS = frozenset({LOOPBACK, "localhost"})

_BUCKET = re.compile(
    r"(?P<bucket>[a-z0-9][a-z0-9.-]*)\.s3(?:[.-](?:dualstack\.)?[a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com"
)
_STORAGE = re.compile(r"s3(?:[.-](?:dualstack\.)?[a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com")
_SECURE_PREFIXES = ("__host-", "__secure-")

_URLS_IN_REQUESTS = frozenset({"origin", "referer"})
_URLS_IN_RESPONSES = frozenset({"location", "content-location"})
_POLICIES = frozenset({"content-security-policy", "content-security-policy-report-only"})
_ALLOWED_ORIGINS = frozenset({"access-control-allow-origin", "timing-allow-origin"})
_DROPPED = frozenset({"strict-transport-security", "alt-svc"})
_DROPPED_DIRECTIVES = frozenset({"upgrade-insecure-requests", "block-all-mixed-content"})


class Scheme(StrEnum):
    """The scheme with which a viewer connects to the edge."""

    HTTP = "http"
    HTTPS = "https"

    @property
    def of_web_sockets(self) -> str:
        """The WebSocket scheme with the same security (RFC 6455, section 3)."""
        return "ws" if self is Scheme.HTTP else "wss"


@dataclass(frozen=True)
class Names:
    """The served names and the ports, for translations for one viewer."""

    edge_port: int
    """Port for HTTP."""
    storage_port: int
    """Port on which Amazon S3 is served, path style."""
    served: frozenset[str] = frozenset()
    """DNS names in AWS that are served here, in lower case; other names in responses are not translated."""
    region: str = "us-east-1"
    tls_port: int | None = None
    """Port for HTTPS; None without TLS."""
    scheme: Scheme = Scheme.HTTP
    """The viewer's scheme. A viewer that uses HTTPS gets local URLs with HTTPS."""

    def seen_by(self, scheme: Scheme) -> "Names":
        """Return the names for a viewer that uses a scheme."""
        return replace(self, scheme=scheme)

    def seen_from(self, origin: str | None) -> "Names":
        """Return the names for a page of the given origin; its scheme is HTTP if it is not an origin of the edge."""
        parts = _split(origin or "")
        scheme = None if parts is None else self._scheme_of(parts)
        return self.seen_by(scheme or Scheme.HTTP)

    def aws_host(self, host: str) -> str | None:
        """Return the DNS name in AWS for a Host header; None for the edge's own page.

        Args:
            host: The header's value, such as ``example.com.localhost:8400``. A name in AWS stays unchanged.
        """
        name = host.strip().lower()
        if not name.endswith("]"):
            name = name.rsplit(":", 1)[0] if ":" in name else name
        name = name.removesuffix(SUFFIX).rstrip(".")
        return None if not name or name in _OWN_HOSTS or name in {"edge", "[::1]"} else name

    def local_host(self, name: str) -> str:
        """Return the host and port with which the viewer's browser reaches a name in AWS."""
        return f"{name}{SUFFIX}:{self._port_of(self.scheme)}"

    def local_origin(self, name: str) -> str:
        """Return the origin with which the viewer's browser reaches a name in AWS."""
        return f"{self.scheme}://{self.local_host(name)}"

    def aws_url(self, url: str) -> str:
        """Translate a URL or an origin of the browser to AWS; return other servers' URLs unchanged."""
        parts = _split(url)
        if parts is None or not parts.hostname:
            return url
        if (parts.scheme, parts.hostname, parts.port) == (Scheme.HTTP, LOOPBACK, self.storage_port):
            return self._aws_storage_url(parts)
        if self._scheme_of(parts) is None:
            return url
        return urlunsplit(("https", parts.hostname.removesuffix(SUFFIX), parts.path, parts.query, parts.fragment))

    def local_url(self, url: str) -> str:
        """Translate a URL or an origin in AWS to the browser's; return it unchanged if it is not served here."""
        parts = _split(url)
        if (
            parts is None
            or parts.scheme not in {"http", "https"}
            or not parts.hostname
            or parts.port not in {None, 443, 80}
        ):
            return url
        if bucket := _BUCKET.fullmatch(parts.hostname):
            path = f"/{bucket['bucket']}{parts.path}" if parts.path else ""
            return urlunsplit(("http", f"{LOOPBACK}:{self.storage_port}", path, parts.query, parts.fragment))
        if _STORAGE.fullmatch(parts.hostname):
            return urlunsplit(("http", f"{LOOPBACK}:{self.storage_port}", parts.path, parts.query, parts.fragment))
        if parts.hostname not in self.served:
            return url
        return urlunsplit((self.scheme, self.local_host(parts.hostname), parts.path, parts.query, parts.fragment))

    def schemes(self) -> tuple[Scheme, ...]:
        """Return the schemes that the viewer's page may use: first its own; with TLS, a page with HTTP also HTTPS."""
        return (self.scheme, *([Scheme.HTTPS] if self.scheme is Scheme.HTTP and self.tls_port is not None else []))

    def _port_of(self, scheme: Scheme) -> int | None:
        return self.edge_port if scheme is Scheme.HTTP else self.tls_port

    def _scheme_of(self, parts: SplitResult) -> Scheme | None:
        """Return the scheme of a URL of the edge; None for any other URL."""
        if not (parts.hostname or "").endswith(SUFFIX) or parts.port is None:
            return None
        return next((each for each in Scheme if (parts.scheme, parts.port) == (each, self._port_of(each))), None)

    def _aws_storage_url(self, parts: SplitResult) -> str:
        bucket, slash, key = parts.path.removeprefix("/").partition("/")
        name = f"{bucket}." if bucket else ""
        path = f"/{key}" if slash else parts.path if not bucket else "/"
        return urlunsplit(("https", f"{name}s3.{self.region}.amazonaws.com", path, parts.query, parts.fragment))


def aws_headers(headers: HeaderList, names: Names) -> HeaderList:
    """Translate the headers of a request to AWS: ``Origin``, ``Referer`` and ``Host``. Other headers stay unchanged."""
    return tuple(
        (name, names.aws_url(value) if name.lower() in _URLS_IN_REQUESTS else _host(name, value, names))
        for name, value in headers
    )


def _host(name: str, value: str, names: Names) -> str:
    return (names.aws_host(value) or value) if name.lower() == "host" else value


def local_headers(headers: HeaderList, names: Names, asked: HeaderList) -> HeaderList:
    """Translate the headers of a response to the browser's names.

    - ``Location`` and ``Content-Location``: URLs of served names and of buckets are translated.
    - ``Access-Control-Allow-Origin`` and ``Timing-Allow-Origin``: the request's origin, if the header allows it;
      otherwise translated as a URL.
    - ``Content-Security-Policy`` and its report-only form: see `local_policy`.
    - ``Set-Cookie``: ``Domain`` gets ``.localhost``. For a viewer with HTTP, ``Secure`` is removed, except from names
      that begin with ``__Host-`` or ``__Secure-``, which browsers accept only with it. ``SameSite=None``, which also
      needs ``Secure``, then becomes ``Lax``.
    - ``Strict-Transport-Security`` and ``Alt-Svc`` are removed: the first applies to all ports of a name (RFC 6797,
      section 8.3), also to the port for HTTP.

    Args:
        headers: Headers as an AWS service would send them.
        names: The names.
        asked: The headers of the request, as the browser sent them.
    """
    origin = first(asked, "origin")
    return tuple(
        (name, _local_value(name.lower(), value, names, origin))
        for name, value in headers
        if name.lower() not in _DROPPED
    )


def _local_value(name: str, value: str, names: Names, origin: str | None) -> str:
    if name in _URLS_IN_RESPONSES:
        return names.local_url(value)
    if name in _ALLOWED_ORIGINS:
        return origin if origin and names.aws_url(origin) == value else names.local_url(value)
    if name in _POLICIES:
        return local_policy(value, names)
    if name == "set-cookie":
        return _local_cookie(value, names.scheme)
    return value


def local_policy(policy: str, names: Names) -> str:
    """Translate a Content-Security-Policy to the browser's names.

    A source that is served here gets its local name, and allows exactly as much as before: a bucket becomes its path on
    S3's port, because CSP also compares paths. ``https:`` and ``wss:`` stay, and get the local servers as additional
    sources. With TLS, a page with HTTP also gets the sources with HTTPS, because the site knows only one address of its
    API. ``upgrade-insecure-requests`` and ``block-all-mixed-content`` are removed, because S3 is served over HTTP. All
    other directives stay unchanged.

    Args:
        policy: The header's value.
        names: The names.
    """
    directives = (directive.split() for directive in policy.split(";"))
    return "; ".join(
        " ".join([words[0], *(source for word in words[1:] for source in _local_sources(word, names))])
        for words in directives
        if words and words[0].lower() not in _DROPPED_DIRECTIVES
    )


def _local_sources(source: str, names: Names) -> list[str]:
    if source in {"https:", "wss:"}:
        is_http = source == "https:"
        scheme = names.scheme if is_http else names.scheme.of_web_sockets
        # Over HTTPS the source itself already allows the edge.
        own = [f"{scheme}://*{SUFFIX}:{names.edge_port}"] if names.scheme is Scheme.HTTP else []
        return [source, *own, *([f"http://{LOOPBACK}:{names.storage_port}"] if is_http else [])]
    scheme, separator, rest = source.partition("://")
    authority, slash, path = (rest if separator else source).partition("/")
    host = authority.lower().removesuffix(":443")
    if separator and scheme not in {"https", "wss"}:
        return [source]
    if bucket := _BUCKET.fullmatch(host):
        place = f"http://{LOOPBACK}:{names.storage_port}/{bucket['bucket']}"
        return [f"{place}/{path}"] if path else [place, f"{place}/"]
    if _STORAGE.fullmatch(host):
        return [f"http://{LOOPBACK}:{names.storage_port}{slash}{path}"]
    if not _is_served(host, names):
        return [source]
    found: list[str] = []
    for each in names.schemes():
        local = {"https": f"{each}://", "wss": f"{each.of_web_sockets}://"}[scheme] if separator else ""
        found.append(f"{local}{names.seen_by(each).local_host(host)}{slash}{path}")
    return found


def _is_served(host: str, names: Names) -> bool:
    if host.startswith("*."):
        return any(name.endswith(host[1:]) for name in names.served)
    return host in names.served


def _local_cookie(cookie: str, scheme: Scheme) -> str:
    pair, *attributes = (part.strip() for part in cookie.split(";"))
    keeps_secure = scheme is Scheme.HTTPS or pair.lower().startswith(_SECURE_PREFIXES)
    kept = [pair]
    for attribute in attributes:
        name, _, value = attribute.partition("=")
        match name.strip().lower():
            case "secure" if not keeps_secure:
                continue
            case "samesite" if value.strip().lower() == "none" and not keeps_secure:
                kept.append("SameSite=Lax")
            case "domain" if value.strip():
                kept.append(f"Domain={value.strip().lstrip('.')}{SUFFIX}")
            case _:
                kept.append(attribute)
    return "; ".join(kept)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts
