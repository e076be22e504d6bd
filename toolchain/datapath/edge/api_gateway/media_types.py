"""Selects templates and detects binary bodies by media type.

Rules: "Mapping templates for REST APIs" (section on how a template is selected), "Binary media types for REST APIs" and
"Content type conversions in API Gateway" (Amazon API Gateway Developer Guide).
"""

from collections.abc import Iterable, Mapping


def media_type(value: str | None) -> str:
    """Return the first media type in a header, in lower case, without parameters.

    Args:
        value: Value of ``Content-Type`` or ``Accept``; None, if it is missing, means ``application/json``, as in API
            Gateway.
    """
    first = (value or "").partition(",")[0].partition(";")[0].strip().lower()
    return first or "application/json"


def chosen_template(templates: Mapping[str, str], accept: str | None) -> tuple[str, str] | None:
    """Select the template for a response: the template that the request accepts, else the first.

    Args:
        templates: Content type -> template.
        accept: The request's ``Accept``; None if it is missing.

    Returns:
        Content type and template; None if there are no templates.
    """
    wanted = media_type(accept)
    if wanted in templates:
        return wanted, templates[wanted]
    return next(iter(templates.items()), None)


def is_binary(value: str | None, binary_media_types: Iterable[str]) -> bool:
    """Check whether a media type is one of an API's binary media types; ``*/*`` matches all.

    Args:
        value: Value of ``Content-Type`` or ``Accept``; only the first entry is used.
        binary_media_types: The API's binary media types.
    """
    wanted = media_type(value)
    main, _, _ = wanted.partition("/")
    return any(each.lower() in {wanted, f"{main}/*", "*/*"} for each in binary_media_types)


def as_text(body: bytes) -> bytes:
    """Convert bytes as API Gateway converts text: to valid UTF-8, with U+FFFD for invalid bytes."""
    return body.decode("utf-8", errors="replace").encode()
