"""The name under which a browser saves a file."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.storage.disposition import MAX_SHOWN_LENGTH, attachment
from service.storage.keys import safe_name

CASES = {
    "a.pdf": 'attachment; filename="a.pdf"',
    "Lizenz ä ü (1).pdf": 'attachment; filename="Lizenz_a_u_1_.pdf"; '
    "filename*=UTF-8''Lizenz%20%C3%A4%20%C3%BC%20%281%29.pdf",
    "حلال.pdf": "attachment; filename=\"pdf\"; filename*=UTF-8''%D8%AD%D9%84%D8%A7%D9%84.pdf",
    "C:\\Users\\Siti\\Re\u0301sume\u0301.pdf": "attachment; filename=\"Resume.pdf\"; filename*=UTF-8''R%C3%A9sum%C3%A9.pdf",
    'a"; x.pdf': "attachment; filename=\"a_x.pdf\"; filename*=UTF-8''a_%3B%20x.pdf",
    "photo\u202egpj.exe": 'attachment; filename="photogpj.exe"',
    "..": 'attachment; filename="file"',
    "../.htaccess": 'attachment; filename="htaccess"',
}


@pytest.mark.parametrize(("name", "header"), CASES.items())
def test_a_name_keeps_its_letters(name: str, header: str) -> None:
    assert attachment(name) == header


@given(st.text(max_size=300))
def test_any_name_makes_a_header(name: str) -> None:
    header = attachment(name)
    assert header.isascii()
    assert header.isprintable()
    plain, _, own = header.partition("; filename*=UTF-8''")
    assert plain == f'attachment; filename="{safe_name(name)}"'
    shown = unquote(own, errors="strict")
    assert len(shown) <= MAX_SHOWN_LENGTH
    assert not set(shown) & set('/\\<>:"|?*\r\n\0')
    assert not shown.startswith(".")
