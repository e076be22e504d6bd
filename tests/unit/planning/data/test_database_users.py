"""After a new password, every task can still log in."""

from hypothesis import given
from hypothesis import strategies as st

from spot_planning.data.database_users import database_users, login_resource
from spot_planning.data.settings import ApplicationLogin, DatabaseSettings


def generations(setting: int) -> list[int]:
    users = database_users(DatabaseSettings(application_password_generation=setting))
    assert users is not None
    return [user.generation for user in users]


def test_both_users_begin_with_their_first_password() -> None:
    assert generations(1) == [1, 1]
    assert generations(2) == [1, 2]
    assert generations(3) == [2, 2]


@given(st.integers(min_value=1, max_value=10_000))
def test_each_step_gives_one_user_a_new_password_and_the_next_step_the_other(setting: int) -> None:
    first, second, third = generations(setting), generations(setting + 1), generations(setting + 2)
    assert sorted(new - old for old, new in zip(first, second, strict=True)) == [0, 1]
    assert [new - old for old, new in zip(first, third, strict=True)] == [1, 1]


def test_with_tokens_there_are_no_passwords() -> None:
    assert database_users(DatabaseSettings(application_login=ApplicationLogin.IAM)) is None


def test_a_token_is_for_one_user_of_one_instance() -> None:
    arn = login_resource("arn:aws-cn:rds:cn-north-1:123456789012:db:main", "db-ABC", "app")
    assert arn == "arn:aws-cn:rds-db:cn-north-1:123456789012:dbuser:db-ABC/app"
