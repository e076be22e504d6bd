"""The security headers of the site."""

from collections.abc import Sequence
from urllib.parse import urlsplit

HSTS_MAX_AGE_SECONDS = 63_072_000
"""Two years, what the HSTS preload list recommends (hstspreload.org, "Deployment Recommendations")."""

REFERRER_POLICY = "strict-origin-when-cross-origin"
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
CROSS_ORIGIN_OPENER_POLICY = "same-origin"

REMOVED_HEADERS = (
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-version-id",
)
"""Headers of Amazon S3 that are nobody's business; the key's ARN even names the account."""


def origin_of(url: str) -> str:
    """The origin of a URL: scheme, host and port.

    Args:
        url: ``https://api.example.com/v1`` or the bare origin.

    Raises:
        ValueError: Without ``https`` (or ``http``) and a host, or with what could break out of a header.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(c in parts.netloc for c in " ;,'\"@*"):
        raise ValueError(f"{url!r} is not a URL such as https://api.example.com")
    return f"{parts.scheme}://{parts.netloc}"


def content_security_policy(*, api_urls: Sequence[str], storage_urls: Sequence[str]) -> str:
    """The default Content-Security-Policy: the app's own files, its API and its storage, nothing else.

    Scripts come from the site's origin only, neither inline nor evaluated. Inline styles are let in: component
    libraries such as Radix UI insert them, and they cannot run code. No page may frame the app.

    Args:
        api_urls: Where the app sends its requests.
        storage_urls: Buckets that the app uploads to and shows files from through pre-signed URLs.

    Returns:
        The header's value.

    Raises:
        ValueError: For a URL that has no origin.
    """
    api = [origin_of(url) for url in api_urls]
    storage = [origin_of(url) for url in storage_urls]
    directives: list[tuple[str, list[str]]] = [
        ("default-src", ["'self'"]),
        ("base-uri", ["'self'"]),
        ("connect-src", ["'self'", *api, *storage]),
        ("font-src", ["'self'", "data:"]),
        ("form-action", ["'self'"]),
        ("frame-ancestors", ["'none'"]),
        ("frame-src", ["'self'", "blob:", *storage]),
        ("img-src", ["'self'", "blob:", "data:", *storage]),
        ("object-src", ["'none'"]),
        ("script-src", ["'self'"]),
        ("style-src", ["'self'", "'unsafe-inline'"]),
        ("upgrade-insecure-requests", []),
    ]
    return "; ".join(" ".join([name, *dict.fromkeys(sources)]) for name, sources in directives)


def check_content_security_policy(policy: str) -> None:
    """Check a policy that replaces the default one.

    Raises:
        ValueError: If it is not one line, or restricts neither scripts nor what has no directive of its own.
    """
    if not policy.isprintable():
        raise ValueError(f"content_security_policy={policy!r} is not one line of printable characters")
    names = {directive.split()[0].lower() for directive in policy.split(";") if directive.strip()}
    if not names & {"default-src", "script-src"}:
        raise ValueError(f"content_security_policy={policy!r} has neither default-src nor script-src")
