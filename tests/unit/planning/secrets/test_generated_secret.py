"""Generated values: their stored form, and how they are read back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.secrets.generated_secret import ALPHABET, generate, secret_string, stored_value

NAMES = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)


@given(st.integers(32, 128))
def test_generated_values_have_their_length_and_nothing_to_escape(length: int) -> None:
    value = generate(length)
    assert len(value) == length
    assert set(value) <= set(ALPHABET)


@given(st.text(), st.none() | NAMES, st.dictionaries(NAMES, st.text()))
def test_what_is_stored_is_read_back(value: str, key: str | None, fields: dict[str, str]) -> None:
    assert stored_value(secret_string(value, key, fields), key) == value


@pytest.mark.parametrize("stored", ["hunter2", '{"other":"hunter2"}', '["hunter2"]', "", '"hunter2"'])
def test_something_else_is_refused_without_being_told(stored: str) -> None:
    with pytest.raises(ValueError, match=r"^the stored secret is not a JSON object with the key password$") as raised:
        stored_value(stored, "password")
    assert raised.value.__cause__ is None


def test_fields_are_stored_beside_the_value() -> None:
    assert json.loads(secret_string("v", "password", {"username": "app"})) == {"username": "app", "password": "v"}
