"""The security headers of the site."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

HSTS_MAX_AGE_SECONDS = 63_072_000
"""Two years, as the HSTS preload list recommends (hstspreload.org, "Deployment Recommendations")."""

REFERRER_POLICY = "strict-origin-when-cross-origin"
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"

MAXIMUM_POLICY_LENGTH = 1783
"""Longest value of a header, characters (Amazon CloudFront Developer Guide, "Quotas on headers")."""

REMOVED_HEADERS = (
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-version-id",
)
"""Headers of Amazon S3 that viewers must not see. The key's ARN, for example, contains the account id."""


def origin_of(url: str) -> str:
    """Return the origin of a URL: scheme, host and port.

    Args:
        url: ``https://api.example.com/v1`` or the bare origin.

    Raises:
        ValueError: The URL has no ``https`` (or ``http``) or no host, or has characters that could end a header.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(c in parts.netloc for c in " ;,'\"@*"):
        raise ValueError(f"{url!r} is not a URL such as https://api.example.com")
    return f"{parts.scheme}://{parts.netloc}"


def content_security_policy(
    *, api_urls: Sequence[str], storage_urls: Sequence[str], sources: Mapping[str, Sequence[str]] | None = None
) -> str:
    """Return the default Content-Security-Policy, which allows only the app's own files, its API and its storage.

    Scripts come from the site's origin only; inline scripts and ``eval`` are not allowed. Inline styles are allowed:
    component libraries such as Radix UI insert them, and they cannot run code. No page may frame the app.

    Args:
        api_urls: URLs of the API.
        storage_urls: URLs of buckets. The app uploads to them and shows their files, with pre-signed URLs.
        sources: Directive -> further allowed sources, already checked.

    Returns:
        The header's value.

    Raises:
        ValueError: A URL has no origin, or the policy is longer than CloudFront accepts.
    """
    policy = _policy(api_urls, storage_urls, sources or {})
    _check_length(policy)
    return policy


def policy_length(
    *, api_urls: Sequence[str], storage_urls: Sequence[str], sources: Mapping[str, Sequence[str]] | None = None
) -> int:
    """Return the length of the default policy, characters, for a check before the names of all origins are known.

    Args:
        api_urls: As for `content_security_policy`; a stand-in for an unknown name has its length.
        storage_urls: In the same way.
        sources: Directive -> further allowed sources, already checked.

    Raises:
        ValueError: A URL has no origin.
    """
    return len(_policy(api_urls, storage_urls, sources or {}))


def _policy(api_urls: Sequence[str], storage_urls: Sequence[str], further: Mapping[str, Sequence[str]]) -> str:
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
    return "; ".join(" ".join([name, *_merged(own, further.get(name, ()))]) for name, own in directives)


def _merged(own: Sequence[str], further: Sequence[str]) -> list[str]:
    # Together with other sources, 'none' has no effect and browsers warn.
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
"""Directives of the default policy to which a stack may add sources."""

_SOURCE = re.compile(
    r"(?:https|wss)://(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~%/-]*)?"
    r"|blob:|data:|'(?:wasm-unsafe-eval|sha(?:256|384|512)-[A-Za-z0-9+/]+=*)'"
)


def is_source(value: str) -> bool:
    """Check for a source that may be added to a directive: an https or wss URL, blob:, data:, a hash or WebAssembly.

    ``'unsafe-inline'`` and ``'unsafe-eval'`` are not allowed: a stack that needs them must replace the whole policy.
    """
    return _SOURCE.fullmatch(value) is not None


def check_content_security_policy(policy: str) -> None:
    """Check a policy that replaces the default one.

    Raises:
        ValueError: The policy is too long, is not one line, or has neither script-src nor default-src.
    """
    if not policy.isprintable():
        raise ValueError(f"content_security_policy={policy!r} is not one line of printable characters")
    _check_length(policy)
    names = {directive.split()[0].lower() for directive in policy.split(";") if directive.strip()}
    if not names & {"default-src", "script-src"}:
        raise ValueError(f"content_security_policy={policy!r} has neither default-src nor script-src")
