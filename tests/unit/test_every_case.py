"""A test of many cases reports each case that fails, and only these."""

import pytest

from tests.every_case import every_case, failures


def is_even(number: int) -> None:
    assert number % 2 == 0


def test_every_wrong_case_is_reported_by_its_name_with_what_was_seen() -> None:
    wrong = failures([("one", [1]), ("two", [2]), ("three", [3])], is_even)
    assert [each.splitlines()[0] for each in wrong] == ["one", "three"]
    assert "of test_every_case.py: assert (3 % 2) == 0" in wrong[1]


def test_test_of_all_cases_fails_with_the_list() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"2 of 3 cases:\n1\n(.|\n)*\n3\n"):
        every_case("number", [1, 2, 3])(is_even)()
    every_case("number", [2, 4])(is_even)()


def are_same(left: str, right: str) -> None:
    assert left == right


def test_cases_with_several_arguments_are_named_by_all_of_them() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"1 of 2 cases:\n\('x', 'y'\)\n"):
        every_case(("left", "right"), [("x", "x"), ("x", "y")])(are_same)()


def test_without_a_case_it_fails() -> None:
    with pytest.raises(AssertionError, match="there is no case"):
        every_case("number", [])(is_even)()


def test_another_error_names_the_case() -> None:
    with pytest.raises(TypeError) as raised:
        every_case("number", [2, "%s%s"])(is_even)()
    assert raised.value.__notes__ == ["in the case '%s%s'"]


def test_arguments_of_another_name_are_refused() -> None:
    with pytest.raises(AssertionError, match="is_even takes other arguments"):
        every_case("digit", [2])(is_even)


@every_case("number", [2, 4])
def test_pytest_asks_for_no_fixtures(number: int) -> None:
    assert number in {2, 4}
