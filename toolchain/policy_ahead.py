"""Starts the policy pack's process while the engine starts, which would start it only after itself.

The process imports the pack, the longest part of its start (``docs/performance.md``), and waits. When the engine starts
the pack, ``toolchain.policy_host`` hands its arguments, environment and output over, and the waiting process goes on as
that plugin. It serves one run, as each process of a pack does. Where anything is off, the pack starts as it would have.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import socket
import subprocess
import sys
import threading
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, Final

from toolchain.offline.parent import PARENT_VARIABLE, end_with_parent

SOCKET_VARIABLE: Final = "SPOT_PLATFORM_POLICY_SOCKET"
"""Environment variable with the Unix socket on which the process waits."""

_IMPORT_ROOT: Final = Path(__file__).resolve().parents[1]
_OUTPUT: Final = (1, 2)


@contextlib.contextmanager
def started(folder: Path, modules: Iterable[str]) -> Generator[Mapping[str, str]]:
    """Let a process import the pack, for as long as the block lasts.

    Args:
        folder: A private folder of this run, for the socket.
        modules: What the process imports.

    Yields:
        The variables with which ``toolchain.policy_host`` finds it; none where this system cannot.
    """
    path = folder / "policy.sock"
    try:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen(1)
    except (AttributeError, OSError):  # no Unix sockets, or a path that is too long for one
        yield {}
        return
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, (str(_IMPORT_ROOT), os.environ.get("PYTHONPATH")))),
        PARENT_VARIABLE: str(os.getpid()),
    }
    # This process keeps no copy of the socket, so that nobody waits for a process that has ended.
    with listener:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__, str(listener.fileno()), *modules],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
            start_new_session=True,  # Ctrl-C is for the engine, which then ends its plugins
        )
    try:
        yield {SOCKET_VARIABLE: str(path)}
    finally:
        process.kill()
        process.wait()


def hand_over(arguments: list[str]) -> None:
    """Let the waiting process be the plugin and end with it; returns at once if none waits.

    Args:
        arguments: Those of this process.
    """
    path = os.environ.get(SOCKET_VARIABLE)
    if not path:
        return
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(path)
            request = json.dumps({"arguments": arguments, "folder": str(Path.cwd()), "environment": dict(os.environ)})
            socket.send_fds(connection, [b"{"], _OUTPUT)
            connection.sendall(f"{request[1:]}\n".encode())
        except OSError:  # it has ended, or serves another run
            return
        for descriptor in _OUTPUT:  # the engine reads until the last copy is closed
            os.close(descriptor)
        with contextlib.suppress(OSError, KeyboardInterrupt):
            connection.recv(1)
    os._exit(1)  # Python would flush the output that is closed


def _wait_and_serve(listener: socket.socket, modules: Iterable[str]) -> None:
    gc.disable()
    with contextlib.suppress(Exception):  # the plugin itself says what cannot be imported
        for module in modules:
            importlib.import_module(module)
    gc.freeze()
    gc.enable()
    connection, _address = listener.accept()
    listener.close()  # whoever asks next starts a process of its own
    begun, descriptors, _flags, _sender = socket.recv_fds(connection, 1, len(_OUTPUT))
    stream = connection.makefile("rb")
    request = json.loads(begun + stream.readline())
    for descriptor, ours in zip(descriptors, _OUTPUT, strict=True):
        os.dup2(descriptor, ours)
        os.close(descriptor)
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.argv = request["arguments"]
    threading.Thread(target=_end_with, args=(stream,), daemon=True).start()
    runpy.run_module("pulumi.policy", run_name="__main__")


def _end_with(stream: BinaryIO) -> None:
    """End this process with the one that handed over, which the engine ends: its stream then ends."""
    stream.read(1)
    os._exit(0)


if __name__ == "__main__":
    end_with_parent(lambda: os._exit(1))
    _wait_and_serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
