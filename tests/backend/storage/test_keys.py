"""A file name from a user always becomes a plain file name in the company's folder."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.storage.keys import MAX_NAME_LENGTH, company_key, safe_name, user_key

COMPANY = UUID("5b2f8c1e-7f0a-4a39-9f57-0e2c7a3c9a11")
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAFE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{MAX_NAME_LENGTH - 1}}}")
HOSTILE = st.one_of(
    st.text(),
    st.text(alphabet="./\\\0\r\n\t %\u202e\u0301:~-_aA0é", max_size=300),
    st.lists(st.sampled_from(["..", ".", "/", "\\", "%2e%2e", "%2f", "a", "é", "\0", "CON", ".pdf"])).map("".join),
)


@given(HOSTILE)
@example("../../etc/passwd")
@example("..\\..\\boot.ini")
@example("a/..")
@example("\u202efdp.exe")
@example(".htaccess")
@example("-rf")
@example("..." * 100)
@example("x" * 10_000 + ".pdf")
def test_any_name_becomes_a_plain_one(name: str) -> None:
    made = safe_name(name)
    assert SAFE.fullmatch(made)
    assert ".." not in made
    assert not made.endswith(".")
    assert safe_name(made) == made


@given(HOSTILE)
def test_a_key_has_four_parts_below_its_company(name: str) -> None:
    parts = company_key(COMPANY, "evidence", AT, name).split("/")
    assert parts[:3] == ["companies", str(COMPANY), "evidence"]
    assert len(parts) == 4
    assert parts[3].startswith(f"{int(AT.timestamp() * 1000)}-")
    assert len("/".join(parts).encode()) < 1024


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("slaughter-records-2026.pdf", "slaughter-records-2026.pdf"),
        ("C:\\Users\\Siti\\Résumé (final).pdf", "Resume_final_.pdf"),
        ("حلال.pdf", "pdf"),
        ("", "file"),
        ("a\r\nSet-Cookie: b.png", "a_Set-Cookie_b.png"),
        ("n" * 300 + ".jpeg", "n" * 95 + ".jpeg"),
    ],
)
def test_names_stay_readable(name: str, made: str) -> None:
    assert safe_name(name) == made


@pytest.mark.parametrize("category", ["", "../x", "a/b", "Évidence", "a" * 41])
def test_a_category_is_never_free_text(category: str) -> None:
    with pytest.raises(ValueError, match="category="):
        user_key(COMPANY, category, AT, "a.pdf")
