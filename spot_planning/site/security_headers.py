"""The security headers of the site."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

HSTS_MAX_AGE_SECONDS = 63_072_000
"""Two years, what the HSTS preload list recommends (hstspreload.org, "Deployment Recommendations")."""

REFERRER_POLICY = "strict-origin-when-cross-origin"
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"

CROSS_ORIGIN_OPENER_POLICIES = ("same-origin", "same-origin-allow-popups", "noopener-allow-popups", "unsafe-none")
"""Values of the header (HTML Standard, "Cross-origin opener policies"). ``same-origin`` cuts the tie to a popup of
another site, so that a sign-in there cannot answer; ``same-origin-allow-popups`` keeps it."""

MAXIMUM_POLICY_LENGTH = 1783
"""Characters of a header's value (Amazon CloudFront Developer Guide, "Quotas on headers")."""

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


def content_security_policy(
    *, api_urls: Sequence[str], storage_urls: Sequence[str], sources: Mapping[str, Sequence[str]] | None = None
) -> str:
    """The default Content-Security-Policy: the app's own files, its API and its storage, nothing else.

    Scripts come from the site's origin only, neither inline nor evaluated. Inline styles are let in: component
    libraries such as Radix UI insert them, and they cannot run code. No page may frame the app.

    Args:
        api_urls: Where the app sends its requests.
        storage_urls: Buckets that the app uploads to and shows files from through pre-signed URLs.
        sources: Directive -> what it lets in besides, already checked.

    Returns:
        The header's value.

    Raises:
        ValueError: For a URL that has no origin, or when the policy is longer than CloudFront takes.
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
        ("media-src", ["'self'", "blob:", *storage]),
        ("object-src", ["'none'"]),
        ("script-src", ["'self'"]),
        ("style-src", ["'self'", "'unsafe-inline'"]),
        ("worker-src", ["'self'", "blob:"]),
        ("upgrade-insecure-requests", []),
    ]
    further = sources or {}
    policy = "; ".join(" ".join([name, *_merged(own, further.get(name, ()))]) for name, own in directives)
    _check_length(policy)
    return policy


def _merged(own: Sequence[str], further: Sequence[str]) -> list[str]:
    # Beside others, 'none' stands for nothing and browsers complain.
    kept = [source for source in own if source != "'none'"] if further else own
    return list(dict.fromkeys([*kept, *further]))


def _check_length(policy: str) -> None:
    if len(policy) > MAXIMUM_POLICY_LENGTH:
        raise ValueError(
            f"the Content-Security-Policy has {len(policy)} characters; CloudFront takes {MAXIMUM_POLICY_LENGTH}: "
            "give fewer content_security_policy_sources"
        )


EXTENDABLE_DIRECTIVES = (
    "connect-src",
    "font-src",
    "form-action",
    "frame-ancestors",
    "frame-src",
    "img-src",
    "media-src",
    "script-src",
    "style-src",
    "worker-src",
)
"""Directives of the default policy that a stack may add sources to."""

_SOURCE = re.compile(
    r"(?:https|wss)://(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?(?:/[A-Za-z0-9._~%/-]*)?"
    r"|blob:|data:|'(?:wasm-unsafe-eval|sha(?:256|384|512)-[A-Za-z0-9+/]+=*)'"
)


def is_source(value: str) -> bool:
    """Whether a directive may be given this source: an https or wss address, blob:, data:, a hash, WebAssembly.

    Not ``'unsafe-inline'`` and ``'unsafe-eval'``: who needs them replaces the whole policy.
    """
    return _SOURCE.fullmatch(value) is not None


def check_content_security_policy(policy: str) -> None:
    """Check a policy that replaces the default one.

    Raises:
        ValueError: If it is too long, not one line, or restricts neither scripts nor what has no directive of its own.
    """
    if not policy.isprintable():
        raise ValueError(f"content_security_policy={policy!r} is not one line of printable characters")
    _check_length(policy)
    names = {directive.split()[0].lower() for directive in policy.split(";") if directive.strip()}
    if not names & {"default-src", "script-src"}:
        raise ValueError(f"content_security_policy={policy!r} has neither default-src nor script-src")
