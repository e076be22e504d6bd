"""The program of the stub image: a service that can be told to misbehave."""

import json
import os
import signal
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        ready = self.path != "/health/ready" or not (draining or os.environ.get("NEVER_READY"))
        told = {"environment": dict(os.environ), "folder": str(Path.cwd()), "user": os.geteuid()}
        body = json.dumps(own_task() if self.path == "/own-task" else told).encode()
        self.send_response(200 if ready else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def own_task() -> dict[str, str]:
    """What Amazon ECS says of this task, asked as an application asks it: with what its environment has."""
    import boto3  # noqa: PLC0415 - each task would import it, and one is asked

    with urllib.request.urlopen(f"{os.environ['ECS_CONTAINER_METADATA_URI_V4']}/task", timeout=10) as answer:
        task = json.load(answer)
    described = boto3.client("ecs").describe_tasks(cluster=task["Cluster"], tasks=[task["TaskARN"]])["tasks"]
    return {each["taskArn"]: each["capacityProviderName"] for each in described}


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
    ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()


if __name__ == "__main__":
    main()
