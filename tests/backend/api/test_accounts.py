"""Sign-up, sign-in and sign-out; tokens for one use; races."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pyotp
import pytest
from starlette.testclient import TestClient

from service.api.credentials import HASHER, NOBODYS_HASH, password_matches
from service.app import create_app
from service.settings import Settings
from tests.backend.api.conftest import PASSWORD, Person

REGISTRATION = {"email": "aisyah@example.com", "password": PASSWORD, "fullName": "Aisyah Rahman"}


def test_a_user_registers_signs_in_and_is_told_who_they_are(client: TestClient) -> None:
    made = client.post("/auth/register", json=REGISTRATION)
    assert made.status_code == 201
    assert (made.json()["email"], made.json()["roles"], made.json()["status"]) == (REGISTRATION["email"], [], "active")
    tokens = client.post("/auth/login", json={"email": "AISYAH@example.com", "password": PASSWORD}).json()
    assert tokens["kind"] == "tokens"
    me = client.get("/auth/me", headers={"Authorization": f"Bearer {tokens['accessToken']}"})
    assert me.status_code == 200
    assert (me.json()["id"], me.json()["companies"]) == (made.json()["id"], [])


def test_one_address_has_one_account_also_when_many_register_at_once(client: TestClient) -> None:
    def register(number: int) -> int:
        email = "AISYAH@example.com" if number % 2 else "aisyah@EXAMPLE.com"
        return client.post("/auth/register", json={**REGISTRATION, "email": email}).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(register, range(8)))
    assert sorted(statuses) == [201] + [409] * 7


def test_passwords_are_kept_as_argon2id_and_never_answered(client: TestClient, query: Callable[..., list[Any]]) -> None:
    answer = client.post("/auth/register", json=REGISTRATION)
    assert PASSWORD not in answer.text
    [row] = query("SELECT password_hash FROM users")
    assert row["password_hash"].startswith("$argon2id$")


def test_a_user_who_does_not_exist_takes_the_time_of_one_who_does() -> None:
    """Both passwords are compared with a hash of the same parameters, those of OWASP's Password Storage Cheat Sheet."""
    assert (HASHER.memory_cost, HASHER.time_cost, HASHER.parallelism) == (19_456, 2, 1)
    assert not HASHER.check_needs_rehash(NOBODYS_HASH)
    assert asyncio.run(password_matches(PASSWORD, None)) is False


@pytest.mark.parametrize(
    ("email", "password"), [("aisyah@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("a@b.c", "x" * 128)]
)
def test_a_wrong_address_and_a_wrong_password_answer_the_same(client: TestClient, email: str, password: str) -> None:
    client.post("/auth/register", json=REGISTRATION)
    answer = client.post("/auth/login", json={"email": email, "password": password})
    assert answer.status_code == 401
    assert answer.json()["detail"] == "The e-mail address or the password is wrong."


def refresh(user: Person, token: str) -> Any:
    return user.client.post("/auth/refresh", json={"refreshToken": token})


def test_a_refresh_token_works_once_and_a_stolen_one_ends_the_session(
    person: Callable[..., Person], query: Callable[..., list[Any]]
) -> None:
    user = person("aisyah")
    first = user.tokens["refreshToken"]
    second = refresh(user, first).json()["refreshToken"]
    assert refresh(user, first).status_code == 401
    third = refresh(user, second).json()["refreshToken"]
    query("UPDATE refresh_tokens SET used_at = used_at - interval '1 minute'")
    assert refresh(user, first).status_code == 401
    assert refresh(user, third).status_code == 401


def test_of_many_refreshes_at_once_one_wins_and_its_session_goes_on(person: Callable[..., Person]) -> None:
    user = person("aisyah")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: refresh(user, user.tokens["refreshToken"]), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 5
    [won] = [answer.json()["refreshToken"] for answer in answers if answer.status_code == 200]
    assert refresh(user, won).status_code == 200


@pytest.mark.parametrize("with_body", [True, False])
def test_signing_out_ends_the_session(person: Callable[..., Person], with_body: bool) -> None:
    user = person("aisyah")
    token = {"refreshToken": user.tokens["refreshToken"]}
    assert user.call("POST", "/auth/logout", token if with_body else None).status_code == 204
    assert user.client.post("/auth/refresh", json=token).status_code == 401


def test_signing_out_ends_the_session_also_while_it_is_renewed(
    person: Callable[..., Person], query: Callable[..., list[Any]]
) -> None:
    for number in range(10):
        user = person(f"user{number}")
        token = {"refreshToken": user.tokens["refreshToken"]}
        with ThreadPoolExecutor(2) as pool:
            renewed = pool.submit(user.client.post, "/auth/refresh", json=token)
            ended = pool.submit(user.call, "POST", "/auth/logout", token)
        assert ended.result().status_code == 204
        if renewed.result().status_code == 200:
            assert refresh(user, renewed.result().json()["refreshToken"]).status_code == 401
        assert query("SELECT 1 FROM refresh_tokens") == []


def test_a_second_factor_is_asked_for_and_each_code_counts_once(
    person: Callable[..., Person], query: Callable[..., list[Any]]
) -> None:
    user = person("aisyah")
    secret = pyotp.random_base32()
    query("UPDATE users SET totp_secret = $1", secret)

    def challenge() -> str:
        answer = user.client.post("/auth/login", json={"email": user.email, "password": PASSWORD}).json()
        assert answer["kind"] == "challenge"
        return answer["challengeId"]

    def verify(id_: str, code: str) -> int:
        return user.client.post("/auth/mfa/verify", json={"challengeId": id_, "code": code}).status_code

    code = pyotp.TOTP(secret).now()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    first = challenge()
    assert verify(first, wrong) == 401
    assert verify(first, code) == 200
    assert verify(first, code) == 401
    assert verify(challenge(), code) == 401
    guessed = challenge()
    assert {verify(guessed, wrong) for _ in range(5)} == {401}
    query("UPDATE users SET totp_last_step = 0")
    assert verify(guessed, pyotp.TOTP(secret).now()) == 401


def test_a_password_is_reset_with_a_token_once_and_signs_out_everywhere(
    person: Callable[..., Person], query: Callable[..., list[Any]]
) -> None:
    user = person("aisyah")
    for email in (user.email, "nobody@example.com"):
        assert user.client.post("/auth/password/forgot", json={"email": email}).status_code == 202
    [message] = query("SELECT token FROM outgoing_messages WHERE purpose = 'reset-password'")
    reset = {"token": message["token"], "password": "another long password"}
    assert user.client.post("/auth/password/reset", json=reset).status_code == 204
    assert user.client.post("/auth/password/reset", json=reset).status_code == 422
    assert user.call("GET", "/auth/me").status_code == 401
    assert user.client.post("/auth/refresh", json={"refreshToken": user.tokens["refreshToken"]}).status_code == 401
    login = {"email": user.email, "password": "another long password"}
    assert user.client.post("/auth/login", json=login).status_code == 200


def test_an_address_is_verified_once(client: TestClient, query: Callable[..., list[Any]]) -> None:
    client.post("/auth/register", json=REGISTRATION)
    [message] = query("SELECT token FROM outgoing_messages WHERE purpose = 'verify-email'")
    assert client.post("/auth/email/verify", json={"token": message["token"]}).status_code == 204
    assert client.post("/auth/email/verify", json={"token": message["token"]}).status_code == 422
    assert query("SELECT 1 FROM users WHERE email_verified_at IS NOT NULL")


def test_tokens_that_do_not_count_are_refused(person: Callable[..., Person], service_settings: Settings) -> None:
    user = person("aisyah")
    secret = service_settings.jwt_secret.get_secret_value()
    good = jwt.decode(user.tokens["accessToken"], options={"verify_signature": False})
    forged = {
        "other key": jwt.encode(good, "x" * 32, "HS256"),
        "no signature": jwt.encode(good, None, "none"),
        "ended": jwt.encode({**good, "exp": int(time.time()) - 1}, secret, "HS256"),
        "other issuer": jwt.encode({**good, "iss": "me"}, secret, "HS256"),
        "no user": jwt.encode({**good, "sub": "1"}, secret, "HS256"),
        "old version": jwt.encode({**good, "ver": -1}, secret, "HS256"),
        "version of no integer column": jwt.encode({**good, "ver": 10**30}, secret, "HS256"),
        "version below them": jwt.encode({**good, "ver": -(2**31) - 1}, secret, "HS256"),
        "version without end": jwt.encode({**good, "ver": float("inf")}, secret, "HS256"),
    }
    for name, token in forged.items():
        answer = user.client.get("/auth/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, name
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    for header in ("", "Bearer", "Basic YTpi", user.tokens["accessToken"]):
        assert user.client.get("/auth/me", headers={"Authorization": header}).status_code == 401


def test_a_deactivated_user_is_out_at_once(person: Callable[..., Person]) -> None:
    boss, user = person("boss", "administrator"), person("aisyah")
    assert boss.call("POST", f"/users/{user.user_id}/deactivate").json()["status"] == "inactive"
    assert user.call("GET", "/auth/me").status_code == 401
    assert user.client.post("/auth/login", json={"email": user.email, "password": PASSWORD}).status_code == 401
    assert boss.call("POST", f"/users/{user.user_id}/activate").status_code == 200
    assert user.client.post("/auth/login", json={"email": user.email, "password": PASSWORD}).status_code == 200


def test_guessing_is_slowed_down(person: Callable[..., Person]) -> None:
    user = person("aisyah")
    answers = [user.client.post("/auth/login", json={"email": user.email, "password": "wrong"}) for _ in range(12)]
    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


def test_an_invited_user_sets_a_password(person: Callable[..., Person], query: Callable[..., list[Any]]) -> None:
    boss = person("boss", "administrator")
    invitation = {"email": "new@example.com", "roles": ["auditor"]}
    answer = boss.call("POST", "/users", invitation)
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/users/{answer.json()['id']}"
    assert boss.call("POST", "/users", invitation).status_code == 409
    [message] = query("SELECT token FROM outgoing_messages WHERE purpose = 'invitation'")
    reset = {"token": message["token"], "password": PASSWORD}
    assert boss.client.post("/auth/password/reset", json=reset).status_code == 204
    assert boss.client.post("/auth/login", json={"email": "new@example.com", "password": PASSWORD}).status_code == 200


def test_sign_ins_that_wait_for_their_turn_hold_no_connection(
    service_environment: dict[str, str], service_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one connection in the pool, a sign-in that hashes a password does not block another request."""
    hashing, go_on = threading.Event(), threading.Event()

    def slow(_: str, __: str) -> bool:
        hashing.set()
        return go_on.wait(30)

    monkeypatch.setattr("service.api.credentials._matches", slow)
    settings = service_settings.model_copy(update={"database_pool_size": 1, "database_query_seconds": 5})
    with TestClient(create_app(settings)) as client, ThreadPoolExecutor(1) as pool:
        login = pool.submit(client.post, "/auth/login", json={"email": "a@example.com", "password": PASSWORD})
        try:
            assert hashing.wait(30)
            assert client.get("/certificates/verify/HS-2026-000001").status_code == 404
        finally:
            go_on.set()
        assert login.result().status_code == 401


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE users SET password_hash = 'another'",
        "UPDATE users SET token_version = token_version + 1",
        "UPDATE users SET status = 'inactive'",
        "UPDATE users SET deleted_at = now()",
    ],
)
@pytest.mark.parametrize("second_factor", [False, True])
def test_a_sign_in_that_a_change_of_the_account_overtakes_is_refused(
    person: Callable[..., Person],
    query: Callable[..., list[Any]],
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: str,
    second_factor: bool,
) -> None:
    user = person("aisyah")
    if second_factor:
        query("UPDATE users SET totp_secret = $1", pyotp.random_base32())

    def matches(_: str, __: str) -> bool:
        query(meanwhile)
        return True

    monkeypatch.setattr("service.api.credentials._matches", matches)
    answer = user.client.post("/auth/login", json={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 401, answer.text


def test_a_challenge_ends_with_the_password_that_it_was_made_for(
    person: Callable[..., Person], query: Callable[..., list[Any]]
) -> None:
    user = person("aisyah")
    secret = pyotp.random_base32()
    query("UPDATE users SET totp_secret = $1", secret)
    login = {"email": user.email, "password": PASSWORD}
    challenge_id = user.client.post("/auth/login", json=login).json()["challengeId"]
    assert user.client.post("/auth/password/forgot", json={"email": user.email}).status_code == 202
    [message] = query("SELECT token FROM outgoing_messages WHERE purpose = 'reset-password'")
    reset = {"token": message["token"], "password": "another long password"}
    assert user.client.post("/auth/password/reset", json=reset).status_code == 204
    code = {"challengeId": challenge_id, "code": pyotp.TOTP(secret).now()}
    assert user.client.post("/auth/mfa/verify", json=code).status_code == 401
