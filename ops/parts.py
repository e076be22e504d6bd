"""Says which program of this machine answers in place of which service of AWS, on the local stack."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

_EDGE: Final = "edge.localhost:"
_STORAGE: Final = "s3."
_BALANCER: Final = ".elb."
_DATABASE: Final = ".rds."
_CACHE: Final = ".cache."


def what_answers(served: Mapping[str, str], emulator_url: str, *, balancer: str, tasks: str) -> list[str]:
    """Return a line for each service of AWS that is played: what answers for it, and at which ports.

    Args:
        served: Host and port in AWS -> host and port of this machine, from `ops.addresses.served`.
        emulator_url: The emulator's URL.
        balancer: The program that plays the load balancer, such as ``HAProxy``.
        tasks: What the service's tasks are, such as ``processes``.
    """

    def at(mark: str, program: str) -> str | None:
        ports = sorted({int(local.rpartition(":")[2]) for address, local in served.items() if _has(address, mark)})
        word = "port" if len(ports) == 1 else "ports"
        return f"{program}, {word} {' and '.join(map(str, ports))}" if ports else None

    rows = {
        "CloudFront, API Gateway": at(_EDGE, "the edge"),
        "Amazon S3": at(_STORAGE, "the edge, from buckets in the emulator"),
        "Elastic Load Balancing": at(_BALANCER, balancer),
        "Amazon ECS": tasks,
        "Amazon RDS": at(_DATABASE, "PostgreSQL"),
        "Amazon ElastiCache": at(_CACHE, "Redis"),
        "the rest of AWS": f"the emulator, port {urlsplit(emulator_url).port}",
    }
    found = {service: program for service, program in rows.items() if program is not None}
    width = max(map(len, found))
    return [f"  {service.ljust(width)}  {program}" for service, program in found.items()]


def _has(address: str, mark: str) -> bool:
    return mark in address if mark.startswith(".") else address.startswith(mark)
