"""HAProxy with the settings of the platform's Network Load Balancer, but with shorter times."""

import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from tests.backend.servers import Server, wait_until
from toolchain.datapath.ports import free_port

MISSING = "haproxy is not on PATH (Debian's package haproxy), so nothing can be shown behind a load balancer"
INTERVAL_MILLISECONDS = 200
"""Milliseconds between two health checks; the platform has 10 s."""
THRESHOLD = 2
"""Checks in a row that change a target's health, as on the platform."""
SLOTS = 6


def program() -> str | None:
    return shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")


CONFIGURATION = """
global
    stats socket {socket} level admin
    hard-stop-after 1s
defaults
    mode tcp
    timeout connect 2s
    timeout client 350s
    timeout server 350s
    timeout check 5s
    # A network load balancer tries one target, once.
    retries 0
frontend listener
    bind 127.0.0.1:{port}
    default_backend tasks
backend tasks
    balance roundrobin
    option httpchk
    http-check send meth GET uri /health/ready ver HTTP/1.1 hdr Host balancer
    http-check expect status 200
    # Connections of a target that fails its checks or leaves go on
    # (connection termination is off for both on the platform).
    default-server inter {interval}ms fall {threshold} rise {threshold} check disabled
{servers}
"""


class Balancer(Server):
    """A load balancer whose targets are registered and deregistered while it runs."""

    def __init__(self) -> None:
        found = program()
        assert found is not None, MISSING
        folder = Path(tempfile.mkdtemp(prefix="haproxy-"))
        self.socket = folder / "admin"
        port = free_port()
        configuration = folder / "haproxy.cfg"
        configuration.write_text(
            CONFIGURATION.format(
                socket=self.socket,
                port=port,
                interval=INTERVAL_MILLISECONDS,
                threshold=THRESHOLD,
                servers="\n".join(f"    server slot{number} 127.0.0.1:9" for number in range(SLOTS)),
            )
        )
        self._free = [f"slot{number}" for number in range(SLOTS)]
        self._used: dict[int, str] = {}
        super().__init__([found, "-db", "-f", str(configuration)], port, folder)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def register(self, port: int) -> None:
        """Start the health checks of a target; it gets requests once it is healthy."""
        slot = self._used[port] = self._free.pop(0)
        self._command(f"set server tasks/{slot} addr 127.0.0.1 port {port}")
        self._command(f"set server tasks/{slot} health down")
        self._command(f"set server tasks/{slot} state ready")

    def deregister(self, port: int) -> None:
        """Send no new connections to a target and stop its health checks, but keep its open connections."""
        slot = self._used.pop(port)
        self._command(f"set server tasks/{slot} state maint")
        self._free.append(slot)

    def is_healthy(self, port: int) -> bool:
        # srv_op_state is the sixth field: 0 stopped, 2 running.
        rows = (line.split() for line in self._command("show servers state tasks").splitlines())
        return any(row[3] == self._used[port] and row[5] == "2" for row in rows if len(row) > 6 and row[0].isdigit())

    def wait_until_healthy(self, port: int) -> None:
        wait_until(lambda: self.is_healthy(port), f"the balancer finds {port} healthy")

    def _command(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX) as one:
            one.settimeout(5)
            one.connect(str(self.socket))
            one.sendall(f"{command}\n".encode())
            answer = b""
            while data := one.recv(65536):
                answer += data
        text = answer.decode().strip()
        if "error" in text.lower() or "unknown" in text.lower() or "require" in text.lower():
            raise subprocess.SubprocessError(f"{command}: {text}")
        return text
