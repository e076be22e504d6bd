"""Amazon ECS: the hosts that containers send logs to, and the buckets that their variables come from."""

from collections.abc import Iterator
from typing import Final

from policy.documents import containers
from policy.graph import Graph
from policy.iam.own_buckets import is_own
from policy.resources import ResourceView
from policy.rule import Verdict, guarded, undecided
from policy.values import State, Value

HOSTS: Final = frozenset(
    {
        "endpoint",
        "fluentd-address",
        "gelf-address",
        "host",
        "http_proxy",
        "splunk-url",
        "syslog-address",
        "url",
    }
)
"""Options of log drivers and of Fluent Bit's outputs, in lower case, that name the host for the logs."""
_DOCUMENTS: Final = "containerDefinitions"


def outside(graph: Graph, task: ResourceView) -> Iterator[Verdict]:
    """Report log hosts and variable files of a task definition whose account cannot be determined.

    Args:
        graph: The stack.
        task: An ECS task definition.

    Yields:
        An undecided verdict for each host that gets logs, and for each file of variables in a bucket outside the stack.
    """
    for container in containers(task):
        for name, option in container.at("logConfiguration.options").members().items():
            if name.lower() in HOSTS:
                yield from guarded(_names_host(option))
        for file in container.at("environmentFiles").items():
            yield from guarded(_is_of_own_bucket(graph, task, file.at("value")))


def _names_host(option: Value) -> Iterator[Verdict]:
    if option.state is State.KNOWN and option.text():
        yield undecided(option.path, "nobody can tell from a URL or a host whose account the logs go to")


def _is_of_own_bucket(graph: Graph, task: ResourceView, value: Value) -> Iterator[Verdict]:
    given = value.known() if value.present else ""
    if isinstance(given, str) and given and not is_own(graph, task, _DOCUMENTS, given):
        yield undecided(value.path, "the bucket is not part of this stack, and its ARN does not say whose it is")
