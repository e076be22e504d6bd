"""Finds a container engine that works on this machine, and makes an image that needs no registry."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ops.errors import OperationError
from ops.image.container_build import find_engine

BUSYBOX = "busybox"
"""Program of the image. It is linked statically (Debian's ``busybox-static``), so that the image needs no libraries."""
DOCKERFILE = """
FROM scratch
COPY busybox /bin/busybox
COPY --from=site page.txt /www/index.html
ENV GREETING=hello
USER 1001:1001
WORKDIR /www
ENTRYPOINT ["/bin/busybox", "sh", "-c"]
CMD ["/bin/busybox echo greeting $GREETING; /bin/busybox id; exec /bin/busybox httpd -f -p 127.0.0.1:$PORT -h /www"]
"""
_CONFIGURATION = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
"""
"""Lower limits than Podman's defaults, which cannot be set when the tests themselves run in a container."""


def engine_for_tests(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the container engine's command; skip the test if no engine can run an image that needs no registry."""
    runtime = 'runtime = "runc"\n' if shutil.which("runc") else ""
    configuration = folder / "containers.conf"
    configuration.write_text(_CONFIGURATION + runtime)
    monkeypatch.setenv("CONTAINERS_CONF", str(configuration))
    try:
        engine = find_engine()
    except OperationError as error:
        pytest.skip(str(error))
    if shutil.which(BUSYBOX) is None:
        pytest.skip("no busybox to make an image of")
    image = image_folder(folder / "probe")
    tag = "localhost/spot-platform-probe"
    built = subprocess.run(
        [engine, "build", "--quiet", "--build-context", f"site={image / 'site'}", "--tag", tag, str(image)],
        capture_output=True,
        check=False,
        timeout=120,
    )
    ran = subprocess.run(
        [engine, "run", "--rm", "--network", "host", tag, "exit 7"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if built.returncode or ran.returncode != 7:
        pytest.skip(f"{engine} runs no container here: {ran.stderr.strip() or built.stderr!r}")
    return engine


def image_folder(folder: Path) -> Path:
    """Write a folder with a Dockerfile; its image serves a page from a second build context, ``site``, over HTTP."""
    (folder / "site").mkdir(parents=True)
    (folder / "site" / "page.txt").write_text("a page\n")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    shutil.copy(os.path.realpath(shutil.which(BUSYBOX) or ""), folder / "busybox")
    return folder
