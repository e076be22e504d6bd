"""Handlers for sign-up, sign-in and sign-out."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from starlette.responses import Response

from service.api import rows
from service.api.call import Call, Handler, holding_no_connection, nothing, reply
from service.api.credentials import hash_password, new_token, password_matches, token_hash, totp_step
from service.api.identity import ACCESS_SECONDS, Claims, access_token
from service.api.problems import answer, conflict, unauthorized, unprocessable
from service.api.rates import count, network

REFRESH_LIFETIME: Final = timedelta(days=30)
REUSE_GRACE: Final = timedelta(seconds=10)
"""Time after its use in which a refresh token that comes again does not count as stolen."""
CHALLENGE_LIFETIME: Final = timedelta(minutes=5)
CHALLENGE_ATTEMPTS: Final = 5
ATTEMPTS_PER_ADDRESS: Final = 60
"""Maximum requests of one client address in a minute, for each operation here: many users share one address."""
ATTEMPTS_PER_ACCOUNT: Final = 10
"""Maximum sign-ins to one account in a minute, from all addresses together."""
_WRONG: Final = "The e-mail address or the password is wrong."


@holding_no_connection
async def register(call: Call) -> Response:
    """Create a user without a company, and a message with a token that verifies the e-mail address."""
    await _count_address(call)
    hashed = await hash_password(call.body["password"])
    async with call.transaction():
        row = await call.database.fetchrow(
            f"""INSERT INTO users (id, email, full_name, password_hash, status, locale)
                VALUES ($1, $2, $3, $4, 'active', $5)
                ON CONFLICT (lower(email)) WHERE deleted_at IS NULL DO NOTHING RETURNING {rows.USER_COLUMNS}""",
            uuid4(),
            call.body["email"],
            call.body["fullName"],
            hashed,
            call.body.get("locale", "en"),
        )
        if row is None:
            raise conflict("There is an account with this e-mail address.")
        await rows.send_token(call, row["id"], row["email"], "verify-email")
        await rows.log(call, f"user {row['id']}", row["id"])
    return reply(call, rows.user(row))


@holding_no_connection
async def login(call: Call) -> Response:
    """Return tokens, or a challenge if the account has a second factor."""
    await _count_address(call)
    email: str = call.body["email"].lower()
    await count(call.services.cache, f"login:{token_hash(email).hex()}", ATTEMPTS_PER_ACCOUNT)
    async with call.transaction():
        row = await call.database.fetchrow(
            """SELECT id, password_hash, token_version, status FROM users
               WHERE lower(email) = lower($1) AND deleted_at IS NULL""",
            call.body["email"],
        )
    matches = await password_matches(call.body["password"], row and row["password_hash"])
    if row is None or not matches or row["status"] != "active":
        raise unauthorized(_WRONG)
    async with call.transaction():
        # The user is locked and compared again: if the password was reset in the meantime, no tokens may be returned
        row = await call.database.fetchrow(
            """SELECT id, totp_secret FROM users
               WHERE id = $1 AND password_hash = $2 AND token_version = $3 AND status = 'active'
                 AND deleted_at IS NULL FOR UPDATE""",
            row["id"],
            row["password_hash"],
            row["token_version"],
        )
        if row is None:
            raise unauthorized(_WRONG)
        if row["totp_secret"] is None:
            return reply(call, await _tokens(call, row["id"], uuid4()))
        challenge_id = uuid4()
        await call.database.execute("DELETE FROM challenges WHERE user_id = $1 AND expires_at < now()", row["id"])
        await call.database.execute(
            "INSERT INTO challenges (id, user_id, expires_at) VALUES ($1, $2, $3)",
            challenge_id,
            row["id"],
            datetime.now(UTC) + CHALLENGE_LIFETIME,
        )
    return reply(call, {"kind": "challenge", "challengeId": challenge_id, "methods": ["totp"]})


@holding_no_connection
async def verify_mfa(call: Call) -> Response:
    """Check the code for a challenge. A challenge allows few attempts, and each code is valid only once."""
    await _count_address(call)
    async with call.transaction():
        return await _answer_challenge(call)


async def _answer_challenge(call: Call) -> Response:
    challenge_id = UUID(call.body["challengeId"])
    user_id = await call.database.fetchval(
        """UPDATE challenges SET attempts = attempts + 1
           WHERE id = $1 AND expires_at > now() AND attempts < $2 RETURNING user_id""",
        challenge_id,
        CHALLENGE_ATTEMPTS,
    )
    row = user_id and await call.database.fetchrow(
        """SELECT totp_secret, totp_last_step FROM users
           WHERE id = $1 AND status = 'active' AND deleted_at IS NULL FOR UPDATE""",
        user_id,
    )
    step = totp_step(row["totp_secret"], call.body["code"], row["totp_last_step"]) if row else None
    if step is None:
        # Returned and not raised, so that the transaction is committed and the attempt is counted
        return answer(unauthorized("The challenge or the code does not count."))
    await call.database.execute("UPDATE users SET totp_last_step = $2 WHERE id = $1", user_id, step)
    await call.database.execute("DELETE FROM challenges WHERE id = $1", challenge_id)
    return reply(call, await _tokens(call, user_id, uuid4()))


async def refresh(call: Call) -> Response:
    """Renew tokens. A refresh token that is used again later was stolen, so its whole session is ended.

    A token that is used again at once is only refused, because two pages of one browser may renew at the same time.
    """
    hashed = token_hash(call.body["refreshToken"])
    await call.database.execute(
        """SELECT 1 FROM users u JOIN refresh_tokens t ON t.user_id = u.id
           WHERE t.token_hash = $1 FOR NO KEY UPDATE OF u""",
        hashed,
    )
    row = await call.database.fetchrow(
        """UPDATE refresh_tokens t SET used_at = now() FROM users u
           WHERE t.token_hash = $1 AND t.used_at IS NULL AND t.expires_at > now()
             AND u.id = t.user_id AND u.status = 'active' AND u.deleted_at IS NULL
           RETURNING t.user_id, t.session_id""",
        hashed,
    )
    if row is not None:
        return reply(call, await _tokens(call, row["user_id"], row["session_id"]))
    reused = await call.database.fetchrow(
        "SELECT user_id, session_id FROM refresh_tokens WHERE token_hash = $1 AND used_at < now() - $2::interval",
        hashed,
        REUSE_GRACE,
    )
    if reused is not None:
        await _end_session(call, reused["user_id"], reused["session_id"])
    # Returned and not raised, so that the transaction is committed and the session ends
    return answer(unauthorized("The refresh token does not count."))


async def logout(call: Call) -> Response:
    """Revoke the refresh tokens of the caller's session, or of the session whose refresh token is in the body."""
    session_id = call.caller.session_id
    if call.body is not None:
        found = await call.database.fetchval(
            "SELECT session_id FROM refresh_tokens WHERE token_hash = $1 AND user_id = $2",
            token_hash(call.body["refreshToken"]),
            call.caller.user_id,
        )
        session_id = found or session_id
    await _end_session(call, call.caller.user_id, session_id)
    return nothing(call)


@holding_no_connection
async def forgot_password(call: Call) -> Response:
    """Create a message with a token if the address is known; the response is the same for an unknown address."""
    await _count_address(call)
    async with call.transaction():
        row = await call.database.fetchrow(
            "SELECT id, email FROM users WHERE lower(email) = lower($1) AND status = 'active' AND deleted_at IS NULL",
            call.body["email"],
        )
        if row is not None:
            await rows.send_token(call, row["id"], row["email"], "reset-password")
    return nothing(call)


@holding_no_connection
async def reset_password(call: Call) -> Response:
    """Set a password with a one-time token; the user is signed out everywhere."""
    await _count_address(call)
    hashed = await hash_password(call.body["password"])
    async with call.transaction():
        user_id = await rows.use_token(call, call.body["token"], "reset-password", "invitation")
        if user_id is None:
            raise unprocessable("token", "does not count, or not any more")
        await call.database.execute(
            """UPDATE users SET password_hash = $2, token_version = token_version + 1,
                      status = CASE status WHEN 'invited' THEN 'active' ELSE status END
               WHERE id = $1""",
            user_id,
            hashed,
        )
        await end_sessions(call, user_id)
        await rows.log(call, f"user {user_id}", user_id)
    return nothing(call)


async def verify_email(call: Call) -> Response:
    """Record that the user has verified the e-mail address."""
    user_id = await rows.use_token(call, call.body["token"], "verify-email")
    if user_id is None:
        raise unprocessable("token", "does not count, or not any more")
    await call.database.execute("UPDATE users SET email_verified_at = now() WHERE id = $1", user_id)
    return nothing(call)


async def current_user(call: Call) -> Response:
    """Return the signed-in user, with their companies."""
    row = await call.database.fetchrow(f"SELECT {rows.USER_COLUMNS} FROM users WHERE id = $1", call.caller.user_id)
    companies = await call.database.fetch(
        "SELECT id, name FROM companies WHERE id = ANY($1) ORDER BY name, id", list(call.caller.companies)
    )
    listed = [
        {"companyId": each["id"], "name": each["name"], "administrator": call.caller.companies[each["id"]]}
        for each in companies
    ]
    return reply(call, {**rows.user(row), "companies": listed})


async def end_sessions(call: Call, user_id: UUID) -> None:
    """Revoke all refresh tokens and open challenges of a user.

    The caller must have changed the user's row in the same transaction. Then a sign-in at the same time either waits
    for this transaction, or its tokens are deleted here.
    """
    await call.database.execute("DELETE FROM refresh_tokens WHERE user_id = $1", user_id)
    await call.database.execute("DELETE FROM challenges WHERE user_id = $1", user_id)


async def _end_session(call: Call, user_id: UUID, session_id: UUID) -> None:
    # `refresh` locks the user too. So a token that it makes at the same time exists before the tokens are deleted here.
    await call.database.execute("SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id)
    await call.database.execute("DELETE FROM refresh_tokens WHERE session_id = $1", session_id)


async def _count_address(call: Call) -> None:
    await count(
        call.services.cache, f"{call.operation.operation_id}:{network(call.client_address)}", ATTEMPTS_PER_ADDRESS
    )


async def _tokens(call: Call, user_id: UUID, session_id: UUID) -> dict[str, Any]:
    """Make the tokens of a session, and delete the user's expired refresh tokens."""
    version = await call.database.fetchval(
        "UPDATE users SET last_seen_at = now() WHERE id = $1 RETURNING token_version", user_id
    )
    await call.database.execute("DELETE FROM refresh_tokens WHERE user_id = $1 AND expires_at < now()", user_id)
    token = new_token()
    await call.database.execute(
        "INSERT INTO refresh_tokens (token_hash, user_id, session_id, expires_at) VALUES ($1, $2, $3, $4)",
        token_hash(token),
        user_id,
        session_id,
        datetime.now(UTC) + REFRESH_LIFETIME,
    )
    claims = Claims(user_id, session_id, version)
    return {
        "kind": "tokens",
        "accessToken": access_token(claims, call.services.settings.jwt_secret.get_secret_value()),
        "refreshToken": token,
        "expiresInSeconds": ACCESS_SECONDS,
    }


HANDLERS: Final[dict[str, Handler]] = {
    "register": register,
    "login": login,
    "verifyMfa": verify_mfa,
    "refreshTokens": refresh,
    "logout": logout,
    "forgotPassword": forgot_password,
    "resetPassword": reset_password,
    "verifyEmail": verify_email,
    "getCurrentUser": current_user,
}
