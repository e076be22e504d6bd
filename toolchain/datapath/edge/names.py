"""Names of AWS and the names under ``.localhost`` that a browser on this machine uses for them.

What the platform has configured speaks of AWS's names: aliases, CORS origins, security headers. The browser speaks of
names that it resolves to this machine by itself (RFC 6761, 6.3: ``.localhost``), with the edge's port, over HTTP, or
over HTTPS where the local stack has TLS. Amazon S3 is played over HTTP either way:

    https://example.com          <->  http://example.com.localhost:8400 or https://example.com.localhost:8443
    https://BUCKET.s3.us-east-1.amazonaws.com/KEY  <->  http://127.0.0.1:8500/BUCKET/KEY

`local_headers` says what is translated in a response, `aws_headers` what in a request. Bodies are never touched.
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
    """How a viewer reaches the edge."""

    HTTP = "http"
    HTTPS = "https"

    @property
    def of_web_sockets(self) -> str:
        """The scheme of a WebSocket on the same way (RFC 6455, section 3)."""
        return "ws" if self is Scheme.HTTP else "wss"


@dataclass(frozen=True)
class Names:
    """The ports, which names of AWS are served here, and how the viewer came whose browser is to understand them."""

    edge_port: int
    """Of HTTP."""
    storage_port: int
    """Where Amazon S3 is played, path style."""
    served: frozenset[str] = frozenset()
    """Names of AWS, in lower case; all others are left as they are in responses."""
    region: str = "us-east-1"
    tls_port: int | None = None
    """Of HTTPS; None without TLS."""
    scheme: Scheme = Scheme.HTTP
    """How the viewer came. What came by HTTPS is led on to addresses with HTTPS."""

    def seen_by(self, scheme: Scheme) -> "Names":
        """The names for a viewer that came by a scheme."""
        return replace(self, scheme=scheme)

    def seen_from(self, origin: str | None) -> "Names":
        """The names for a page that asks another port, by its origin; HTTP where it is no origin of the edge."""
        parts = _split(origin or "")
        scheme = None if parts is None else self._scheme_of(parts)
        return self.seen_by(scheme or Scheme.HTTP)

    def aws_host(self, host: str) -> str | None:
        """The name of AWS that a Host header means; None for the edge's own page.

        Args:
            host: The header's value, such as ``example.com.localhost:8400``. A name of AWS is taken as it is.
        """
        name = host.strip().lower()
        if not name.endswith("]"):
            name = name.rsplit(":", 1)[0] if ":" in name else name
        name = name.removesuffix(SUFFIX).rstrip(".")
        return None if not name or name in _OWN_HOSTS or name in {"edge", "[::1]"} else name

    def local_host(self, name: str) -> str:
        """Host and port under which the viewer's browser reaches a name of AWS."""
        return f"{name}{SUFFIX}:{self._port_of(self.scheme)}"

    def local_origin(self, name: str) -> str:
        """The origin under which the viewer's browser reaches a name of AWS."""
        return f"{self.scheme}://{self.local_host(name)}"

    def aws_url(self, url: str) -> str:
        """A URL or an origin of the browser in AWS's names; one that is not of this machine's edge as it is."""
        parts = _split(url)
        if parts is None or not parts.hostname:
            return url
        if (parts.scheme, parts.hostname, parts.port) == (Scheme.HTTP, LOOPBACK, self.storage_port):
            return self._aws_storage_url(parts)
        if self._scheme_of(parts) is None:
            return url
        return urlunsplit(("https", parts.hostname.removesuffix(SUFFIX), parts.path, parts.query, parts.fragment))

    def local_url(self, url: str) -> str:
        """A URL or an origin of AWS as the browser reaches it; one that is not served here as it is."""
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
        """The schemes by which the viewer's page may go on: its own first, and from HTTP also to HTTPS."""
        return (self.scheme, *([Scheme.HTTPS] if self.scheme is Scheme.HTTP and self.tls_port is not None else []))

    def _port_of(self, scheme: Scheme) -> int | None:
        return self.edge_port if scheme is Scheme.HTTP else self.tls_port

    def _scheme_of(self, parts: SplitResult) -> Scheme | None:
        """By which scheme a URL leads to a name at the edge; None for one that does not."""
        if not (parts.hostname or "").endswith(SUFFIX) or parts.port is None:
            return None
        return next((each for each in Scheme if (parts.scheme, parts.port) == (each, self._port_of(each))), None)

    def _aws_storage_url(self, parts: SplitResult) -> str:
        bucket, slash, key = parts.path.removeprefix("/").partition("/")
        name = f"{bucket}." if bucket else ""
        path = f"/{key}" if slash else parts.path if not bucket else "/"
        return urlunsplit(("https", f"{name}s3.{self.region}.amazonaws.com", path, parts.query, parts.fragment))


def aws_headers(headers: HeaderList, names: Names) -> HeaderList:
    """The headers of a request in AWS's names.

    Translated: the values of ``Origin`` and ``Referer``, and ``Host``. All others stay.
    """
    return tuple(
        (name, names.aws_url(value) if name.lower() in _URLS_IN_REQUESTS else _host(name, value, names))
        for name, value in headers
    )


def _host(name: str, value: str, names: Names) -> str:
    return (names.aws_host(value) or value) if name.lower() == "host" else value


def local_headers(headers: HeaderList, names: Names, asked: HeaderList) -> HeaderList:
    """The headers of a response in the browser's names.

    - ``Location`` and ``Content-Location``: URLs of names that are served here and of buckets.
    - ``Access-Control-Allow-Origin`` and ``Timing-Allow-Origin``: the origin that asked, else as a URL.
    - ``Content-Security-Policy`` and its report-only form: see `local_policy`.
    - ``Set-Cookie``: ``Domain`` gets ``.localhost``. For a viewer that came by HTTP ``Secure`` goes, but for names that
      begin with ``__Host-`` or ``__Secure-``, which browsers take with it only; ``SameSite=None``, which needs it,
      becomes ``Lax``.
    - ``Strict-Transport-Security`` and ``Alt-Svc`` go: the first holds for all ports of a name (RFC 6797, section 8.3),
      and HTTP is on one of them.

    Args:
        headers: As a service of AWS would send them.
        names: The names.
        asked: The headers of the request as the browser sent them.
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
    """A Content-Security-Policy in the browser's names.

    A source that is served here gets its local name and stays exactly as narrow: a bucket becomes its path on the port
    of S3, since CSP compares paths, too. ``https:`` and ``wss:`` let in what is served here besides. A page that came
    by HTTP gets the sources with HTTPS, too, where there is TLS: the site is told one address of its API.
    ``upgrade-insecure-requests`` and ``block-all-mixed-content`` go: S3 is played over HTTP. Everything else stays.

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
        # Over HTTPS the source itself lets the edge in.
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
