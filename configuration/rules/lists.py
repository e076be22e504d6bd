"""Rules about lists."""

from collections.abc import Iterator

from configuration.problems import Problem
from configuration.rules.context import Context, Rule

WITHOUT_REPETITION = (
    "vpc.interface_endpoints",
    "api.cors_allowed_origins",
    "service.egress_ports",
    "service.writable_paths",
    "storage.cors_allowed_origins",
    "observability.alarm_emails",
    "budget.emails",
)


def _nothing_twice(context: Context) -> Iterator[Problem]:
    for key in WITHOUT_REPETITION:
        seen: set[object] = set()
        for path, entry in context.entries(key):
            if entry in seen:
                yield context.refuse_at(path, "is there twice")
            seen.add(entry)


RULES: tuple[Rule, ...] = (_nothing_twice,)
