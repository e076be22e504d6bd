"""Times ``ops frontend deploy`` in turns with ``aws s3 sync`` and ``create-invalidation`` on the same server.

    python -m venv /tmp/awscli && /tmp/awscli/bin/pip install awscli
    python -m tests.benchmarks.site_deploy --aws /tmp/awscli/bin/aws --runs 3
    python -m tests.benchmarks.site_deploy --aws /tmp/awscli/bin/aws --runs 3 --server moto

The server is `tests.benchmarks.site_server` or moto's. Both programs are timed in three situations, on separate
buckets: the first deployment, the same folder again, and the same files after a new build, with new modification times.
The time to read the stack's outputs, about two seconds of the engine, is not included: the benchmark passes them in.
"""

import argparse
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from toolchain.datapath.ports import free_port

ROOT = Path(__file__).parents[2]
FILES = 2000
CHANGING = 20
DISTRIBUTION = "EBENCHMARK"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
}
DEPLOY = """\
import sys
from ops import aws
from ops.__main__ import run
endpoint, bucket, distribution, folder = sys.argv[1:]
aws.emulator_endpoint = lambda: endpoint
aws.stack_outputs = lambda stack: {
    "region": "us-east-1", "account_id": "123456789012", "site_url": "https://site.test",
    "site_bucket_name": bucket, "site_distribution_id": distribution,
}
sys.argv = ["ops", "frontend", "deploy", folder]
sys.exit(run())
"""


@dataclass
class Figures:
    """Time, memory and requests of one program's runs in one situation."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    requests: str = ""


def make_site(folder: Path) -> None:
    """Write a site like a bundler: scripts and styles with a hash in their names, a page, and files without a hash."""
    chance = random.Random(1)
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("<!doctype html>" + "<p>page</p>" * 200)
    for number in range(CHANGING - 1):
        (folder / f"icon-{number}.svg").write_bytes(chance.randbytes(3000))
    for number in range(FILES - CHANGING):
        name = f"chunk{number}-a{chance.getrandbits(36):09x}1.js"
        (folder / "assets" / name).write_text(f"/* {chance.random()} */" * chance.randint(30, 600))


@contextmanager
def served(kind: str, latency_ms: float, way_ms: float) -> Iterator[str]:
    port = free_port()
    times = ["--latency-ms", str(latency_ms), "--way-ms", str(way_ms)]
    arguments = {
        "moto": ["-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        "fast": ["-m", "tests.benchmarks.site_server", "--port", str(port), *times],
    }[kind]
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if time.monotonic() > deadline:
                raise TimeoutError(f"the {kind} server does not start")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def timed(figures: Figures, commands: list[list[str]], endpoint: str, *, counted: bool) -> None:
    """Run commands one after the other, and record their total time and the memory of the largest."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | ENVIRONMENT
    environment |= {"AWS_ENDPOINT_URL": endpoint, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if counted:
        counts(endpoint)
    began, processor, memory = time.perf_counter(), 0.0, 0.0
    for command in commands:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        said = process.stderr.read() if process.stderr is not None else b""
        _, status, used = os.wait4(process.pid, 0)
        if status:
            raise RuntimeError(f"{command[:3]}: {said.decode()[-500:]}")
        processor += used.ru_utime + used.ru_stime
        memory = max(memory, used.ru_maxrss / 1024)
    figures.wall.append(time.perf_counter() - began)
    figures.processor.append(processor)
    figures.memory_mb.append(memory)
    if counted:
        figures.requests = counts(endpoint)


def counts(endpoint: str) -> str:
    with urllib.request.urlopen(f"{endpoint}/counts") as answer:
        return ", ".join(answer.read().decode().splitlines())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--aws", required=True, help="the aws command, installed outside of this project")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--server", choices=["fast", "moto"], default="fast")
    parser.add_argument(
        "--latency-ms",
        type=float,
        default=100,
        help="of an answer of the fast server; S3's is 100 to 200 ms by its guide",
    )
    parser.add_argument("--way-ms", type=float, default=20, help="there and back, where a client asks before it sends")
    options = parser.parse_args()
    ours = {name: Figures() for name in ("first", "unchanged", "built anew")}
    theirs = {name: Figures() for name in ours}
    with (
        tempfile.TemporaryDirectory() as temporary,
        served(options.server, options.latency_ms, options.way_ms) as endpoint,
    ):
        folder = Path(temporary)
        make_site(folder)
        distribution = distribution_in(endpoint) if options.server == "moto" else DISTRIBUTION
        for run in range(options.runs):
            for each in folder.rglob("*.*"):
                os.utime(each, (1_700_000_000, 1_700_000_000))
            for kind in ("ours", "theirs"):
                urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{kind}-{run}", method="PUT")).close()
            deploy = [[sys.executable, "-c", DEPLOY, endpoint, f"ours-{run}", distribution, str(folder)]]
            sync = [
                [options.aws, "s3", "sync", "--only-show-errors", str(folder), f"s3://theirs-{run}"],
                [options.aws, "cloudfront", "create-invalidation", "--distribution-id", distribution, "--paths", "/*"],
            ]
            for name, mine in ours.items():
                if name == "built anew":
                    for each in folder.rglob("*.*"):
                        each.touch()
                timed(mine, deploy, endpoint, counted=options.server == "fast")
                timed(theirs[name], sync, endpoint, counted=options.server == "fast")
    print(f"medians of {options.runs} runs in turns, {FILES} files, {options.server} server")
    print(f"{'':12} {'ours':>22} {'aws':>22} {'times faster':>24}")
    for name, mine in ours.items():
        other = theirs[name]
        wall, peer = statistics.median(mine.wall), statistics.median(other.wall)
        used, peer_used = statistics.median(mine.processor), statistics.median(other.processor)
        print(
            f"{name:12} {wall:8.2f} s {used:6.2f} CPU s {peer:8.2f} s {peer_used:6.2f} CPU s {peer / wall:8.1f} wall "
            f"{peer_used / used:6.1f} CPU; {max(mine.memory_mb):.0f} and {max(other.memory_mb):.0f} MB"
        )
        if mine.requests:
            print(f"{'':12} {mine.requests}  |  {other.requests}")


def distribution_in(endpoint: str) -> str:
    import boto3  # noqa: PLC0415 (for moto only)

    client = boto3.client(
        "cloudfront",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    origin = {"Id": "o", "DomainName": "o.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    made = client.create_distribution(
        DistributionConfig={
            "CallerReference": "bench",
            "Comment": "bench",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"},
        }
    )
    return str(made["Distribution"]["Id"])


if __name__ == "__main__":
    main()
