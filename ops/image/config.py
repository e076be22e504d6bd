"""Reads an image's configuration from a Dockerfile's stage: entrypoint, command, user, environment and the like."""

import json
import re
import shlex
from dataclasses import dataclass, field, replace
from datetime import timedelta
from posixpath import join, normpath
from typing import Any, Final

from ops.image.dockerfile import DockerfileError, Instruction

DEFAULT_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""The value of PATH when the image does not set it (moby, ``oci/defaults.go``)."""
_DURATION: Final = re.compile(r"([0-9.]+)(h|ms|us|m|s)")
_UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 0.000001}
_TIMES: Final = {"interval": "Interval", "timeout": "Timeout", "start-period": "StartPeriod"}


@dataclass(frozen=True)
class ImageConfig:
    """The configuration of an image, with the names of the OCI image specification ("Image Configuration").

    Attributes:
        environment: The variables of ``ENV``.
        working_directory: The absolute path of ``WORKDIR``.
        user: The text of ``USER``; empty for root.
        entrypoint: The words of ``ENTRYPOINT`` in exec form.
        command: The words of ``CMD`` in exec form.
        ports: The ports of ``EXPOSE``, such as ``3333/tcp``.
        health_check: The health check in Docker's form, with times in nanoseconds; None without ``HEALTHCHECK``.
        stop_signal: The text of ``STOPSIGNAL``; empty without it.
        shell: The shell for commands that are not in exec form.
    """

    environment: dict[str, str] = field(default_factory=dict[str, str])
    working_directory: str = "/"
    user: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    health_check: dict[str, Any] | None = None
    stop_signal: str = ""
    shell: tuple[str, ...] = ("/bin/sh", "-c")

    def described(self, architecture: str) -> str:
        """Return the configuration as JSON; equal configurations give equal texts.

        Args:
            architecture: OCI's name of the architecture, such as ``arm64``.
        """
        said: dict[str, Any] = {
            "Architecture": architecture,
            "Cmd": list(self.command),
            "Entrypoint": list(self.entrypoint),
            "Env": [f"{name}={value}" for name, value in self.environment.items()],
            "ExposedPorts": {port: {} for port in self.ports},
            "Healthcheck": self.health_check,
            "StopSignal": self.stop_signal or None,
            "User": self.user,
            "WorkingDir": self.working_directory,
        }
        return json.dumps({key: value for key, value in said.items() if value is not None}, sort_keys=True)


def configured(config: ImageConfig, instruction: Instruction, variables: dict[str, str]) -> ImageConfig:
    """Apply an instruction to a configuration; an instruction such as COPY does not change it.

    Args:
        config: The configuration before the instruction.
        instruction: An instruction of the stage.
        variables: Values of the variables in the instruction.

    Returns:
        The configuration after the instruction.

    Raises:
        DockerfileError: The instruction is invalid.
    """
    change = _CHANGES.get(instruction.keyword)
    return config if change is None else change(config, instruction, variables)


def duration_nanoseconds(text: str) -> int:
    """Parse a duration of Go, such as ``1m30s``, into nanoseconds.

    Raises:
        ValueError: The text is no duration.
    """
    parts = _DURATION.findall(text)
    if not parts or "".join(f"{number}{unit}" for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration, such as 30s or 1m30s")
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return round(timedelta(seconds=seconds) / timedelta(microseconds=1)) * 1000


def _environment(config: ImageConfig, instruction: Instruction, variables: dict[str, str]) -> ImageConfig:
    words = instruction.words(variables)
    if "=" not in words[0]:
        name = words[0]
        pairs = {name: " ".join(words[1:])}
    else:
        wrong = next((word for word in words if "=" not in word), None)
        if wrong is not None:
            raise DockerfileError(instruction.line, f"ENV needs NAME=VALUE, not {wrong!r}")
        pairs = dict(word.split("=", 1) for word in words)
    return replace(config, environment={**config.environment, **pairs})


def _working_directory(config: ImageConfig, instruction: Instruction, variables: dict[str, str]) -> ImageConfig:
    path = " ".join(instruction.words(variables))
    return replace(config, working_directory=absolute(config.working_directory, path))


def absolute(working_directory: str, path: str) -> str:
    """Return the absolute form of a path in an image, without ``..``.

    Args:
        working_directory: The absolute path of the working directory.
        path: A path that is absolute, or relative to `working_directory`.
    """
    return "/" + normpath(join("/", working_directory, path)).lstrip("/")


def _user(config: ImageConfig, instruction: Instruction, variables: dict[str, str]) -> ImageConfig:
    return replace(config, user=instruction.words(variables)[0])


def _ports(config: ImageConfig, instruction: Instruction, variables: dict[str, str]) -> ImageConfig:
    ports = (word if "/" in word else f"{word}/tcp" for word in instruction.words(variables))
    return replace(config, ports=tuple(dict.fromkeys((*config.ports, *ports))))


def _command_line(config: ImageConfig, instruction: Instruction) -> tuple[str, ...]:
    in_json = instruction.in_json()
    if in_json is None and instruction.text.startswith("["):
        raise DockerfileError(instruction.line, f"{instruction.keyword} must be a list of strings in JSON")
    return (*config.shell, instruction.text) if in_json is None else tuple(in_json)


def _entrypoint(config: ImageConfig, instruction: Instruction, _: dict[str, str]) -> ImageConfig:
    return replace(config, entrypoint=_command_line(config, instruction))


def _command(config: ImageConfig, instruction: Instruction, _: dict[str, str]) -> ImageConfig:
    return replace(config, command=_command_line(config, instruction))


def _shell(config: ImageConfig, instruction: Instruction, _: dict[str, str]) -> ImageConfig:
    return replace(config, shell=tuple(instruction.in_json() or shlex.split(instruction.text)))


def _stop_signal(config: ImageConfig, instruction: Instruction, variables: dict[str, str]) -> ImageConfig:
    return replace(config, stop_signal=instruction.words(variables)[0])


def _health_check(config: ImageConfig, instruction: Instruction, _: dict[str, str]) -> ImageConfig:
    kind, _space, rest = instruction.text.partition(" ")
    if kind.upper() == "NONE":
        return replace(config, health_check={"Test": ["NONE"]})
    command = Instruction("HEALTHCHECK", rest.strip(), {}, instruction.line)
    if kind.upper() != "CMD" or not command.text:
        raise DockerfileError(instruction.line, "HEALTHCHECK needs CMD and a command, or NONE")
    in_json = command.in_json()
    check: dict[str, Any] = {"Test": ["CMD-SHELL", command.text] if in_json is None else ["CMD", *in_json]}
    try:
        check |= {
            _TIMES[flag]: duration_nanoseconds(text) for flag, text in instruction.flags.items() if flag in _TIMES
        }
        if "retries" in instruction.flags:
            check["Retries"] = int(instruction.flags["retries"])
    except ValueError as error:
        raise DockerfileError(instruction.line, f"HEALTHCHECK: {error}") from error
    return replace(config, health_check=check)


_CHANGES: Final = {
    "CMD": _command,
    "ENTRYPOINT": _entrypoint,
    "ENV": _environment,
    "EXPOSE": _ports,
    "HEALTHCHECK": _health_check,
    "SHELL": _shell,
    "STOPSIGNAL": _stop_signal,
    "USER": _user,
    "WORKDIR": _working_directory,
}
