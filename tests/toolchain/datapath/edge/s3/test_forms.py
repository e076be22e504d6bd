import base64
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolchain.datapath.edge.messages import Request
from toolchain.datapath.edge.s3.errors import StorageError
from toolchain.datapath.edge.s3.forms import Form, check_policy, is_form, read_form

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def posted(fields: dict[str, str], content: bytes | None, name: str = "a.png") -> Request:
    files = {"file": (name, content)} if content is not None else {"no": (None, b"")}
    sent = httpx.Request("POST", "http://h/b", data=fields, files=files)
    return Request("POST", "h", "/b", headers=(("content-type", sent.headers["content-type"]),), body=sent.read())


names = st.from_regex(r"[a-z][a-z0-9-]{0,10}", fullmatch=True).filter(lambda name: name != "file")
values = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="$"), max_size=20)


@given(st.dictionaries(names, values, max_size=6), st.binary(max_size=300))
def test_a_form_is_read_as_it_was_sent(fields: dict[str, str], content: bytes) -> None:
    request = posted(fields, content)
    assert is_form(request)
    assert read_form(request) == Form(fields, content)


def test_the_files_name_stands_in_for_its_placeholder() -> None:
    assert read_form(posted({"key": "up/${filename}"}, b"", "C:\\dir\\my file.png")).key == "up/my file.png"


def test_what_is_no_form() -> None:
    assert not is_form(Request("POST", "h", "/b", headers=(("content-type", "application/xml"),)))
    for request, code in (
        (posted({"key": "a"}, None), "InvalidArgument"),
        (posted({"key": "a" * 21_000}, b""), "MaxPostPreDataLengthExceededError"),
        (Request("POST", "h", "/b", headers=(("content-type", "multipart/form-data"),)), "MalformedPOSTRequest"),
        (
            Request(
                "POST", "h", "/b", headers=(("content-type", "multipart/form-data; boundary=x"),), body=b"nonsense"
            ),
            "MalformedPOSTRequest",
        ),
    ):
        with pytest.raises(StorageError) as refused:
            read_form(request)
        assert refused.value.code == code
    with pytest.raises(StorageError, match="field named 'key'"):
        _ = Form({}, b"").key


def checked(
    conditions: Any, content: bytes = b"12345", expiration: str = "2026-01-01T00:01:00Z", **fields: str
) -> str | None:
    document = {"expiration": expiration, "conditions": conditions}
    policy = base64.b64encode(json.dumps(document).encode()).decode()
    given_fields = {name.replace("_", "-"): value for name, value in fields.items()}
    try:
        check_policy(Form({"policy": policy, "x-amz-signature": "s", **given_fields}, content), "b", NOW)
    except StorageError as refusal:
        return f"{refusal.code}: {refusal.message}"
    return None


@pytest.mark.parametrize(
    ("conditions", "fields", "expected"),
    [
        ([{"bucket": "b"}, {"key": "k"}], {"key": "k"}, None),
        ([{"bucket": "other"}, {"key": "k"}], {"key": "k"}, "AccessDenied"),
        ([["eq", "$key", "k"]], {"key": "k"}, None),
        ([["starts-with", "$key", "user/7/"]], {"key": "user/7/a"}, None),
        ([["starts-with", "$key", "user/7/"]], {"key": "user/8/a"}, "AccessDenied"),
        ([["starts-with", "$key", ""]], {"key": "anything"}, None),
        ([["starts-with", "$Content-Type", "image/"]], {"content_type": "image/png"}, None),
        ([["starts-with", "$Content-Type", "image/"]], {"content_type": "image/png, text/html"}, "AccessDenied"),
        ([{"key": "k"}], {}, "AccessDenied"),
        ([], {"key": "k"}, "AccessDenied: Invalid according to Policy: Extra input fields: key"),
        ([], {"x_ignore_this": "a"}, None),
        ([["content-length-range", 5, 5]], {}, None),
        ([["content-length-range", 6, 9]], {}, "EntityTooSmall"),
        ([["content-length-range", 0, 4]], {}, "EntityTooLarge"),
        ([["matches", "$key", "k"]], {"key": "k"}, "InvalidPolicyDocument"),
        ([["eq", "$key"]], {"key": "k"}, "InvalidPolicyDocument"),
        ("all", {}, "InvalidPolicyDocument"),
    ],
)
def test_conditions(conditions: Any, fields: dict[str, str], expected: str | None) -> None:
    found = checked(conditions, **fields)
    assert found is None if expected is None else found is not None and found.startswith(expected)


def test_a_policy_expires_and_must_be_readable() -> None:
    assert (
        checked([], expiration="2026-01-01T00:00:00Z") == "AccessDenied: Invalid according to Policy: Policy expired."
    )
    for policy in ("%%%", base64.b64encode(b"{}").decode(), base64.b64encode(b"[]").decode()):
        with pytest.raises(StorageError, match="InvalidPolicyDocument"):
            check_policy(Form({"policy": policy}, b""), "b", NOW)


def test_a_policy_that_is_nested_too_deeply_is_refused() -> None:
    form = Form({"policy": base64.b64encode(b"[" * 15_000).decode()}, b"")
    with pytest.raises(StorageError) as refused:
        check_policy(form, "b", NOW)
    assert refused.value.response.status == 400
