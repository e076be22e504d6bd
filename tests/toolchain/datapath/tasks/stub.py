"""The program of the stub image: a service that can be told to misbehave."""

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        ready = self.path != "/health/ready" or not (draining or os.environ.get("NEVER_READY"))
        body = json.dumps({"environment": dict(os.environ), "folder": str(Path.cwd()), "user": os.geteuid()}).encode()
        self.send_response(200 if ready else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


draining: list[int] = []


def drain(number: int, _frame: object) -> None:
    """Fail the readiness check from now on, and end after a while."""
    print("got SIGTERM", flush=True)
    draining.append(number)
    threading.Timer(float(os.environ.get("DRAIN_SECONDS", "0.2")), os._exit, (0,)).start()


def main() -> None:
    print("begins as", os.environ.get("RELEASE"), flush=True)
    if os.environ.get("CRASH"):
        print("crashes", file=sys.stderr, flush=True)
        sys.exit(3)
    if sys.argv[1:2] == ["once"]:
        sys.exit(int(sys.argv[2]))
    signal.signal(signal.SIGTERM, drain)
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()


if __name__ == "__main__":
    main()
