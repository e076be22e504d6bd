"""Builds an image for the emulator with a container engine of this machine: its tasks then are containers.

The image stays in the engine. The emulator's registry gets a manifest that names it, as for the images of
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
"""What the image's manifest says about its container; the names are those of the engines and of OCI."""


@dataclass(frozen=True)
class EngineImage:
    """An image in a container engine.

    Attributes:
        engine: The engine's program.
        identifier: The image's id: 64 digits of SHA-256.
        config: What it says about its container, as JSON.
        size_bytes: Of the image.
    """

    engine: str
    identifier: str
    config: str
    size_bytes: int

    @property
    def tag(self) -> str:
        """The image's tag: another one whenever the image changes."""
        return f"container-{self.identifier[:TAG_LENGTH]}"

    @property
    def manifest(self) -> str:
        """The manifest that names it."""
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
    """Build an image; the engine's own lines go to standard error.

    It is built for the processor of this machine, which runs it, whatever the task definition asks for.

    Args:
        folder: Holds the Dockerfile.
        architecture: That of the task definition, such as ``arm64``: what the manifest says.
        contexts: Further build contexts by name.
        arguments: Build arguments.
        say: Is told what runs.

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
    """Read what an engine says about an image.

    Args:
        engine: The engine's program.
        inspected: The image in the answer of ``image inspect``.
        architecture: What the manifest is to say.
    """
    config: Mapping[str, Any] = inspected.get("Config") or {}
    about = {"Architecture": architecture} | {name: config.get(name) for name in _TAKEN}
    identifier = str(inspected["Id"]).removeprefix("sha256:")
    return EngineImage(engine, identifier, json.dumps(about, sort_keys=True), int(inspected.get("Size") or 0))
