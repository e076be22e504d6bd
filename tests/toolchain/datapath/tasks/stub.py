"""The program of the stub image: a service that environment variables can make misbehave."""

import json
import os
import signal
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        ready = self.path != "/health/ready" or not (draining or os.environ.get("NEVER_READY"))
        told = {"environment": dict(os.environ), "folder": str(Path.cwd()), "user": os.geteuid()}
        path, _, query = self.path.partition("?")
        answers = {"/own-task": own_task, "/storage": lambda: storage(**dict(parse_qsl(query)))}
        body = json.dumps(answers.get(path, lambda: told)()).encode()
        self.send_response(200 if ready else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Log nothing."""


def own_task() -> dict[str, str]:
    """Describe this task through Amazon ECS, like an application that knows only its environment."""
    import boto3  # noqa: PLC0415 - each task would import it, and one is asked

    with urllib.request.urlopen(f"{os.environ['ECS_CONTAINER_METADATA_URI_V4']}/task", timeout=10) as answer:
        task = json.load(answer)
    described = boto3.client("ecs").describe_tasks(cluster=task["Cluster"], tasks=[task["TaskARN"]])["tasks"]
    return {each["taskArn"]: each["capacityProviderName"] for each in described}


def storage(operation: str, bucket: str, key: str) -> object:
    """Call Amazon S3 or presign a form or a link, like an application that knows only its environment."""
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    s3 = boto3.client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
    try:
        if operation == "form":
            return s3.generate_presigned_post(bucket, key)
        if operation == "link":
            return s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
        body = {"Body": b"content"} if operation == "put_object" else {}
        getattr(s3, operation)(Bucket=bucket, Key=key, **body)
    except (BotoCoreError, ClientError) as error:
        return str(error)
    return "done"


draining: list[int] = []


def drain(number: int, _frame: object) -> None:
    """Fail the readiness check from now on, and exit after `DRAIN_SECONDS`."""
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
