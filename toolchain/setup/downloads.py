"""Downloads archives during set-up, and verifies them: ``downloads.toml`` has their versions and hashes.

``python -m toolchain.setup.downloads`` updates that file: it takes the versions of the installed packages, downloads
their archives and writes their hashes.
"""

import hashlib
import importlib.metadata
import platform
import re
import sys
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from toolchain.errors import ToolchainError

PINS = Path(__file__).parent / "downloads.toml"
PLATFORMS = ("linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64")
TIMEOUT_SECONDS = 30.0
LARGEST_BYTES = 1024**3
"""Largest allowed archive. The largest one in use, that of the AWS plugin, has about 200 MiB."""

_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Archive:
    """One version of an archive, for every platform.

    Attributes:
        version: The pinned version.
        url: The address, with the fields ``{version}`` and ``{platform}``.
        sha256: Platform to SHA-256 in hexadecimal digits; platforms without a known hash are missing.
    """

    version: str
    url: str
    sha256: Mapping[str, str]

    def address(self, platform_name: str) -> str:
        """Return the address for a platform. Archives of plugins write ``amd64`` for ``x64``."""
        named = platform_name.replace("x64", "amd64") if "/plugins/" in self.url else platform_name
        return self.url.format(version=self.version, platform=named)

    def checksum(self) -> str:
        """Return the hash for this machine's platform.

        Raises:
            ToolchainError: ``downloads.toml`` has no hash for it.
        """
        here = this_platform()
        if here not in self.sha256:
            raise ToolchainError(f"{PINS.name} has no hash of version {self.version} for {here}")
        return self.sha256[here]


def pins() -> dict[str, Any]:
    """Return the content of ``downloads.toml``."""
    return tomllib.loads(PINS.read_text(encoding="utf-8"))


def archive(name: str) -> Archive:
    """Return a pinned archive by its name: ``pulumi`` or ``aws-plugin``."""
    pinned = pins()[name]
    return Archive(version=pinned["version"], url=pinned["url"], sha256=pinned["sha256"])


def this_platform() -> str:
    """Return this machine's platform, such as ``linux-x64``."""
    machine = platform.machine().lower()
    return f"{sys.platform}-{_ARCHITECTURES.get(machine, machine)}"


def fetch(url: str, sha256: str, target: Path) -> None:
    """Download a file to ``target`` and verify its hash. After an error there is no file at ``target``.

    Raises:
        OSError: The file cannot be downloaded.
        ToolchainError: The file has another hash, or is longer than `LARGEST_BYTES`.
    """
    digest = hashlib.sha256()
    try:
        with target.open("xb") as file:
            for chunk in _chunks(url):
                digest.update(chunk)
                file.write(chunk)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    if digest.hexdigest() != sha256:
        target.unlink()
        raise ToolchainError(f"{url} is not the expected file: its SHA-256 is {digest.hexdigest()}, not {sha256}")


def _chunks(url: str) -> Iterator[bytes]:
    size = 0
    with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - the pinned address
        while chunk := response.read(_CHUNK):
            size += len(chunk)
            if size > LARGEST_BYTES:
                raise ToolchainError(f"{url} is longer than {LARGEST_BYTES // 1024**2} MiB")
            yield chunk


def with_version(text: str, name: str, version: str) -> str:
    """Return the text of ``downloads.toml`` with an archive's version replaced."""
    return re.sub(rf'(\[{re.escape(name)}\]\nversion = )"[^"]*"', lambda match: f'{match[1]}"{version}"', text)


def with_hashes(text: str, name: str, hashes: Mapping[str, str]) -> str:
    """Return the text of ``downloads.toml`` with an archive's hashes replaced."""
    lines = "".join(f'{key} = "{value}"\n' for key, value in sorted(hashes.items()))
    return re.sub(rf"(\[{re.escape(name)}\.sha256\]\n)(?:[^\n\[]+\n)*", lambda match: match[1] + lines, text)


def main() -> int:
    """Write the version and the hashes of every archive into ``downloads.toml``; return the exit code."""
    text = PINS.read_text(encoding="utf-8")
    for name, package in (("pulumi", "pulumi"), ("aws-plugin", "pulumi-aws")):
        pinned = replace(archive(name), version=importlib.metadata.version(package))
        text = with_version(text, name, pinned.version)
        hashes: dict[str, str] = {}
        for each in PLATFORMS:
            digest = hashlib.sha256()
            try:
                for chunk in _chunks(pinned.address(each)):
                    digest.update(chunk)
            except (OSError, ToolchainError) as error:
                sys.stderr.write(f"error: {pinned.address(each)}: {error}\n")
                return 1
            hashes[each] = digest.hexdigest()
        text = with_hashes(text, name, hashes)
    PINS.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
