"""Media types: which template and which bytes they choose.

Rules: "Mapping templates for REST APIs" (section on how a template is selected), "Binary media types for REST APIs" and
"Content type conversions in API Gateway" (Amazon API Gateway Developer Guide).
"""

from collections.abc import Iterable, Mapping


def media_type(value: str | None) -> str:
    """The media type of a ``Content-Type`` or of the first entry of an ``Accept``, in lower case, without parameters.

    Args:
        value: The header, or None; API Gateway takes ``application/json`` then.
    """
    first = (value or "").partition(",")[0].partition(";")[0].strip().lower()
    return first or "application/json"


def chosen_template(templates: Mapping[str, str], accept: str | None) -> tuple[str, str] | None:
    """Content type and template for a response: the one that is asked for, else the first; None when there is none.

    Args:
        templates: Content type -> template.
        accept: The request's ``Accept``.
    """
    wanted = media_type(accept)
    if wanted in templates:
        return wanted, templates[wanted]
    return next(iter(templates.items()), None)


def is_binary(value: str | None, binary_media_types: Iterable[str]) -> bool:
    """Whether a media type is among an API's binary media types, of which ``*/*`` is all.

    Args:
        value: A ``Content-Type`` or an ``Accept``, of which the first entry counts.
        binary_media_types: The API's.
    """
    wanted = media_type(value)
    main, _, _ = wanted.partition("/")
    return any(each.lower() in {wanted, f"{main}/*", "*/*"} for each in binary_media_types)


def as_text(body: bytes) -> bytes:
    """What becomes of bytes that API Gateway takes for text: UTF-8, with U+FFFD for what is none."""
    return body.decode("utf-8", errors="replace").encode()
