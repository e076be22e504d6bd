"""The environment of a container."""

import pytest

from toolchain.datapath.tasks.environment import (
    SecretReference,
    given_environment,
    listening_host,
    parse_value_from,
    with_local_addresses,
)

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-1-AbCdEf"
DATABASE = "db.abc.us-east-1.rds.amazonaws.com"
CACHE = "master.cache.abc.use1.cache.amazonaws.com"
SERVED = {DATABASE: {5433: 15433}, CACHE: {6380: 16380}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ARN, SecretReference("secretsmanager", ARN)),
        (f"{ARN}:password::", SecretReference("secretsmanager", ARN, "password")),
        (f"{ARN}:password:AWSPREVIOUS:", SecretReference("secretsmanager", ARN, "password", "AWSPREVIOUS")),
        (f"{ARN}:::version-1", SecretReference("secretsmanager", ARN, "", "", "version-1")),
        ("/app/flag", SecretReference("ssm", "/app/flag")),
        (
            "arn:aws:ssm:us-east-1:123456789012:parameter/app/flag",
            SecretReference("ssm", "arn:aws:ssm:us-east-1:123456789012:parameter/app/flag"),
        ),
    ],
)
def test_value_from_is_taken_apart(text: str, expected: SecretReference) -> None:
    assert parse_value_from(text) == expected


@pytest.mark.parametrize("text", [f"{ARN}:a:b:c:d", "arn:aws:s3:::bucket"])
def test_another_value_from_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="valueFrom="):
        parse_value_from(text)


def test_a_later_source_of_a_variable_wins() -> None:
    definition = {"environment": [{"name": "A", "value": "definition"}, {"name": "B", "value": "definition"}]}
    override = {"environment": [{"name": "B", "value": "override"}]}
    image = {"A": "image", "C": "image"}
    assert given_environment(definition, override, image, {"D": "secret"}) == {
        "A": "definition",
        "B": "override",
        "C": "image",
        "D": "secret",
    }


@pytest.mark.parametrize("given", [None, "", "0.0.0.0", "::", "localhost", "10.0.1.5"])
def test_a_task_listens_on_this_machine_alone(given: str | None) -> None:
    assert listening_host(given) == {"HOST": "127.0.0.1"}


def test_a_host_that_is_no_address_to_listen_on_stays() -> None:
    assert listening_host("www.example.com") == {}


def local(variables: dict[str, str], default: int | None = None) -> dict[str, str]:
    return with_local_addresses(variables, SERVED, lambda _host: default).variables


def test_host_and_port_are_replaced_together() -> None:
    assert local({"DATABASE_HOST": DATABASE, "DATABASE_PORT": "5433", "OTHER_PORT": "5433"}) == {
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": "15433",
        "OTHER_PORT": "5433",
    }


def test_an_address_within_a_value_is_replaced_and_the_rest_stays() -> None:
    assert local({"REDIS_URL": f"rediss://:token@{CACHE}:6380/0"}) == {"REDIS_URL": "rediss://:token@127.0.0.1:16380/0"}


def test_a_missing_port_is_made() -> None:
    assert local({"DATABASE_HOST": DATABASE}, 5433) == {"DATABASE_HOST": "127.0.0.1", "DATABASE_PORT": "15433"}


@pytest.mark.parametrize("value", [f"x{DATABASE}", f"{DATABASE}.example", f"{CACHE}:63801", f"{CACHE}:1"])
def test_another_address_stays(value: str) -> None:
    assert local({"X": value}) == {"X": value}


def test_what_is_said_names_no_value() -> None:
    said = with_local_addresses({"REDIS_URL": f"rediss://:token@{CACHE}:6380/0"}, SERVED, lambda _host: None).said
    assert said == (f"REDIS_URL: {CACHE}:6380 is 127.0.0.1:16380",)
