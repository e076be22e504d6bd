"""Rotation of the database's passwords under load, as in docs/container-contract.md: no request is lost.

It comes after the other drills, which would have to wait until the tasks with the old password have drained.
"""

import asyncio
import json
import re
from typing import Any

import asyncpg
import pytest

from tests.drills.load import Load
from tests.e2e.stack import RECOVERY_SECONDS, LocalStack
from tests.waiting import wait_until

pytestmark = [pytest.mark.engine, pytest.mark.emulator, pytest.mark.timeout(3600)]

PER_SECOND = 10.0
SECTION = "  database:\n"


def test_both_kinds_of_passwords_are_rotated_without_a_lost_request(local_stack: LocalStack) -> None:
    stack = local_stack.drilled
    master = master_of(local_stack)
    users = users_of(local_stack)
    assert len(users) == 2, "two users take turns"
    with Load(*stack.edge, stack.api_key, PER_SECOND) as load:
        local_stack.client("secretsmanager").rotate_secret(SecretId=master)
        new = secret(local_stack, master)
        wait_until(lambda: logs_in(local_stack, new), "the database takes the master's new password", RECOVERY_SECONDS)
        raise_generation(local_stack)
        local_stack.run("toolchain", "up", "local", "--skip-preview", "--plain")
        # The migration logs in as the master user, with its new password, and sets the user's new password.
        local_stack.run("ops", "release", "migrate")
    after = users_of(local_stack)
    changed = [name for name in users if users[name] != after[name]]
    assert len(changed) == 1, "the other user's password stays"
    for name, password in after.items():
        assert logs_in(local_stack, {"username": name, "password": password}), name
    assert not logs_in(local_stack, {"username": changed[0], "password": users[changed[0]]})
    print(f"rotation: {load.tally.described()}")
    assert load.tally.seconds
    assert load.tally.lost == []
    assert load.missing == set()


def raise_generation(stack: LocalStack) -> None:
    """Raise ``database.application_password_generation`` by one, in the checkout's stack file."""
    file = stack.root / "Pulumi.local.yaml"
    text = file.read_text()
    assert text.count(SECTION) == 1
    found = re.search(r"application_password_generation: (\d+)\n", text)
    text = text.replace(f"    {found[0]}", "") if found else text
    generation = (int(found[1]) if found else 1) + 1
    file.write_text(text.replace(SECTION, f"{SECTION}    application_password_generation: {generation}\n"))


def database_of(stack: LocalStack) -> dict[str, Any]:
    (database,) = stack.client("rds").describe_db_instances()["DBInstances"]
    return database


def master_of(stack: LocalStack) -> str:
    return str(database_of(stack)["MasterUserSecret"]["SecretArn"])


def secret(stack: LocalStack, arn: str) -> dict[str, str]:
    return json.loads(stack.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])


def users_of(stack: LocalStack) -> dict[str, str]:
    """Return the application's users and the passwords that a new task would get."""
    definition = stack.client("ecs").describe_task_definition(taskDefinition=stack.task_definition())["taskDefinition"]
    (container,) = definition["containerDefinitions"]
    sources = {each["valueFrom"].removesuffix("::").rpartition(":")[0] for each in container["secrets"]}
    found = [secret(stack, arn) for arn in sorted(sources) if ":secret:" in arn and arn.count(":") == SECRET_COLONS]
    return {each["username"]: each["password"] for each in found if "password" in each}


SECRET_COLONS = 6
"""Number of colons in a secret's ARN; the key in the secret follows them."""


def logs_in(stack: LocalStack, user: dict[str, str]) -> bool:
    database = database_of(stack)
    endpoint = database["Endpoint"]
    host, _, port = stack.addresses[f"{endpoint['Address']}:{endpoint['Port']}"].rpartition(":")

    async def connect() -> bool:
        try:
            connection = await asyncpg.connect(
                host=host,
                port=int(port),
                user=user["username"],
                password=user["password"],
                database=database["DBName"],
                ssl="require",
            )
        except asyncpg.InvalidPasswordError:
            return False
        await connection.close()
        return True

    return asyncio.run(connect())
