"""A problem contains the value at its path, for any names of keys."""

from types import SimpleNamespace

import pytest

from spot_planning.problems import value_at


@pytest.mark.parametrize(
    ("values", "path", "found"),
    [
        ({"items": 1}, ("items",), 1),
        ({"keys": {"get": 2}}, ("keys", "get"), 2),
        ({"values": [3]}, ("values", 0), 3),
        (SimpleNamespace(environment={"pop": "x"}), ("environment", "pop"), "x"),
        (SimpleNamespace(a=[SimpleNamespace(b=4)]), ("a", 0, "b"), 4),
        ({}, ("items",), ...),
        (SimpleNamespace(), ("a",), ...),
        ([], (0,), ...),
        ("text", ("upper", "x"), ...),
        (None, ("a",), ...),
    ],
)
def test_the_value_at_a_path(values: object, path: tuple[str | int, ...], found: object) -> None:
    assert value_at(values, path) == found
