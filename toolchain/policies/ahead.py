"""Starts the policy pack's process ahead, while the engine starts; the engine itself would start it later.

The process imports the pack, which is the longest part of its start (``docs/performance.md``), and waits. When the
engine starts the pack, ``toolchain.policies.host`` passes its arguments, environment and output to the waiting process,
which then runs as the plugin. The process serves one run, as every process of a pack does. If anything fails, the pack
starts in the usual way.
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
"""Environment variable with the path of the Unix socket on which the process waits."""

_IMPORT_ROOT: Final = Path(__file__).resolve().parents[2]
_OUTPUT: Final = (1, 2)


@contextlib.contextmanager
def started(folder: Path, modules: Iterable[str]) -> Generator[Mapping[str, str]]:
    """Start a process that imports the pack and waits; kill it at the end of the block.

    Args:
        folder: A private folder of this run, for the socket.
        modules: Names of the modules to import.

    Yields:
        The environment variable with which ``toolchain.policies.host`` finds the process; none if the system has no
        Unix sockets, or the socket's path is too long.
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
    # This process closes its copy of the socket, so that no client waits for a child process that has ended.
    with listener:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__, str(listener.fileno()), *modules],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
            start_new_session=True,  # Ctrl-C must reach only the engine, which then ends its plugins
        )
    try:
        yield {SOCKET_VARIABLE: str(path)}
    finally:
        process.kill()
        process.wait()


def hand_over(arguments: list[str]) -> None:
    """Let the waiting process run as the plugin, and exit when it exits; return at once if no process waits.

    Args:
        arguments: The arguments of this process.
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
        except OSError:  # the process has ended, or serves another run
            return
        for descriptor in _OUTPUT:  # the engine reads until all copies of the output are closed
            os.close(descriptor)
        with contextlib.suppress(OSError, KeyboardInterrupt):
            connection.recv(1)
    os._exit(1)  # a normal exit would flush the output, which is closed


def _wait_and_serve(listener: socket.socket, modules: Iterable[str]) -> None:
    gc.disable()
    with contextlib.suppress(Exception):  # the plugin itself reports a failing import
        for module in modules:
            importlib.import_module(module)
    gc.freeze()
    gc.enable()
    connection, _address = listener.accept()
    listener.close()  # a later `hand_over` then cannot connect, and runs the plugin in its own process
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
    """End this process when the process that handed over ends, because the engine only ends that one.

    Args:
        stream: The connection to that process.
    """
    stream.read(1)
    os._exit(0)


if __name__ == "__main__":
    end_with_parent(lambda: os._exit(1))
    _wait_and_serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
