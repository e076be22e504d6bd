"""Builds an image for the local stack with a container engine of this machine: its tasks then run as containers.

The image stays in the engine. The emulator's registry gets only a manifest with the image's id, as for the images of
``ops.image.local_images``.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ops.image.container_build import asked, built, find_engine, given_options
from ops.image.local_images import CONTAINER, TAG_LENGTH, manifest_of

TAG: Final = "localhost/spot-platform-local"
_TAKEN: Final = ("Cmd", "Entrypoint", "Env", "ExposedPorts", "Healthcheck", "StopSignal", "User", "WorkingDir")
"""The keys of the image's configuration that go into the manifest; engines and OCI use the same names."""


@dataclass(frozen=True)
class EngineImage:
    """An image in a container engine.

    Attributes:
        engine: Name of the engine's program.
        identifier: The image's id: a SHA-256 of 64 hexadecimal digits.
        config: The image's configuration, as JSON.
        size_bytes: Size of the image.
    """

    engine: str
    identifier: str
    config: str
    size_bytes: int

    @property
    def tag(self) -> str:
        """The image's tag, which changes with the image."""
        return f"container-{self.identifier[:TAG_LENGTH]}"

    @property
    def manifest(self) -> str:
        """The manifest for the emulator's registry, which names the engine and the image's id."""
        where = {CONTAINER: json.dumps({"engine": self.engine, "image": self.identifier}, sort_keys=True)}
        return manifest_of(self.identifier, self.config, self.size_bytes, where)


def make(
    folder: Path,
    *,
    architecture: str,
    contexts: Mapping[str, Path],
    arguments: Mapping[str, str],
    say: Callable[[str], None],
) -> EngineImage:
    """Build an image with a container engine.

    The image is built for the processor of this machine, which runs it, even if the task definition requires another.

    Args:
        folder: Folder of the Dockerfile.
        architecture: The task definition's architecture, such as ``arm64``, which is written into the manifest.
        contexts: Further build contexts, name -> folder.
        arguments: Build arguments, name -> value.
        say: Called with a line before the build.

    Raises:
        OperationError: There is no engine, or the build failed.
    """
    engine = find_engine()
    command = [engine, *(("buildx", "build", "--load") if engine == "docker" else ("build",))]
    say(f"{engine} builds {folder}")
    built([*command, *given_options(contexts, arguments), "--tag", TAG, str(folder)])
    (inspected,) = json.loads(asked([engine, "image", "inspect", TAG]))
    return described(engine, inspected, architecture)


def described(engine: str, inspected: Mapping[str, Any], architecture: str) -> EngineImage:
    """Read an image from the output of an engine's ``image inspect``.

    Args:
        engine: Name of the engine's program.
        inspected: The image's object in the output.
        architecture: The architecture for the manifest.
    """
    config: Mapping[str, Any] = inspected.get("Config") or {}
    about = {"Architecture": architecture} | {name: config.get(name) for name in _TAKEN}
    identifier = str(inspected["Id"]).removeprefix("sha256:")
    return EngineImage(engine, identifier, json.dumps(about, sort_keys=True), int(inspected.get("Size") or 0))
