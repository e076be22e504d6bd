"""Makes the environment variables of a container."""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

LOCALHOST: Final = "127.0.0.1"
_SECRET_FIELDS: Final = 7
"""Number of fields of a secret's ARN, separated by colons."""
_HOST_NAMES: Final = ("HOST", "HOSTNAME", "ENDPOINT", "ADDRESS")


@dataclass(frozen=True)
class SecretReference:
    """The secret or parameter that ``valueFrom`` of a container's secret refers to."""

    service: str
    """``secretsmanager`` or ``ssm``."""
    name: str
    """ARN of the secret; ARN or name of the parameter."""
    json_key: str = ""
    """Key in a secret that is a JSON object; empty for the whole text."""
    version_stage: str = ""
    version_id: str = ""


def parse_value_from(text: str) -> SecretReference:
    """Parse ``valueFrom``.

    Args:
        text: A secret's ARN, optionally with ``:json-key:version-stage:version-id``; or a parameter's ARN or name
            (Amazon ECS Developer Guide, "Pass Secrets Manager secrets through Amazon ECS environment variables").

    Raises:
        ValueError: The text is an ARN of another service, or has too few or too many fields.
    """
    if not text.startswith("arn:"):
        return SecretReference("ssm", text)
    fields = text.split(":")
    service = fields[2]
    if service == "ssm":
        return SecretReference("ssm", text)
    if service != "secretsmanager" or not _SECRET_FIELDS <= len(fields) <= _SECRET_FIELDS + 3:
        raise ValueError(f"valueFrom={text}: allowed are ARNs of Secrets Manager and of Systems Manager parameters")
    json_key, stage, version = [*fields[_SECRET_FIELDS:], "", "", ""][:3]
    return SecretReference("secretsmanager", ":".join(fields[:_SECRET_FIELDS]), json_key, stage, version)


def given_environment(
    definition: Mapping[str, Any],
    override: Mapping[str, Any],
    image: Mapping[str, str],
    secrets: Mapping[str, str],
) -> dict[str, str]:
    """Merge the variables of image, container definition, secrets and RunTask; a later source wins over an earlier.

    Args:
        definition: The container definition.
        override: RunTask's override of the container; empty for none.
        image: The image's variables.
        secrets: Variable -> value of the container's secrets.
    """
    own = {item["name"]: item.get("value", "") for item in definition.get("environment", ())}
    overriding = {item["name"]: item.get("value", "") for item in override.get("environment", ())}
    return {**image, **own, **secrets, **overriding}


def listening_host(given: str | None) -> dict[str, str]:
    """Return ``HOST`` for a task's process, so that it listens only on 127.0.0.1, where its load balancer connects.

    Args:
        given: Value of ``HOST`` in AWS; None if the variable is not set.

    Returns:
        ``HOST``; empty if the given value is no address to listen on, so that the variable does not have the meaning
        of docs/container-contract.md.
    """
    if given and given != "localhost":
        try:
            ipaddress.ip_address(given)
        except ValueError:
            return {}
    return {"HOST": LOCALHOST}


@dataclass(frozen=True)
class Replaced:
    """Variables in which addresses of this machine replace addresses in AWS."""

    variables: dict[str, str]
    said: tuple[str, ...]
    """One log line for each replacement: variable, address in AWS, address here. It contains no variable's value."""


def with_local_addresses(
    variables: Mapping[str, str], served: Mapping[str, Mapping[int, int]], default_port: Callable[[str], int | None]
) -> Replaced:
    """Replace addresses in AWS by the addresses on this machine.

    ``host:port`` in a value becomes ``127.0.0.1:local``. A host without a port becomes ``127.0.0.1``, and the companion
    variable gets the local port: ``DATABASE_PORT`` for ``DATABASE_HOST``. The companion is added if it is missing.

    Args:
        variables: Name -> value.
        served: Host in AWS -> port in AWS -> port on 127.0.0.1.
        default_port: Function that returns a host's port in AWS, for a host whose companion variable is missing; None
            if the host has several ports.
    """
    result = dict(variables)
    said: list[str] = []
    for name in variables:
        for host in sorted(served, key=len, reverse=True):
            if host not in result[name]:
                continue
            for port, local in served[host].items():
                pattern = rf"(?<![\w.-]){re.escape(host)}:{port}(?!\d)"
                replaced, count = re.subn(pattern, f"{LOCALHOST}:{local}", result[name])
                if count:
                    result[name] = replaced
                    said.append(f"{name}: {host}:{port} is {LOCALHOST}:{local}")
            bare = rf"(?<![\w.-]){re.escape(host)}(?![\w:-]|\.\w)"
            if re.search(bare, result[name]):
                result[name] = re.sub(bare, LOCALHOST, result[name])
                said.append(_with_port(name, (host, served[host], default_port(host)), variables, result))
    return Replaced(result, tuple(said))


def _with_port(
    name: str, served: tuple[str, Mapping[int, int], int | None], given: Mapping[str, str], result: dict[str, str]
) -> str:
    host, ports, default_port = served
    suffix = next((suffix for suffix in _HOST_NAMES if name.upper().endswith(suffix)), None)
    if suffix is None:
        return f"{name}: {host} is {LOCALHOST}"
    companion = name[: -len(suffix)] + ("port" if name.islower() else "PORT")
    text = given.get(companion, "")
    port = int(text) if text.isdigit() else default_port
    if port is None or port not in ports:
        return f"{name}: {host} is {LOCALHOST}; {companion} names no port that is served"
    result[companion] = str(ports[port])
    return f"{name}, {companion}: {host}:{port} is {LOCALHOST}:{ports[port]}"


def secrets_of(definition: Mapping[str, Any]) -> Sequence[tuple[str, SecretReference]]:
    """Return variable and reference of each secret of a container.

    Raises:
        ValueError: As for `parse_value_from`.
    """
    return [(item["name"], parse_value_from(item["valueFrom"])) for item in definition.get("secrets", ())]
