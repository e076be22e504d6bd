"""Checks a recording: every request of the provider parses, and holds what models and pages state."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.aws_requests import constraints, pages
from tests.aws_requests.known import is_known
from tests.aws_requests.models import UnparsableError
from tests.aws_requests.parsing import parse
from tests.aws_requests.recorded import Recorded, read


@dataclass
class Report:
    """What a recording holds.

    Attributes:
        checked: Requests by service.
        unparsable: Requests that nothing can be said about, with the reason.
        wrong: What is wrong, and how often.
        known: What the provider is known to send wrongly, and how often.
    """

    checked: Counter[str] = field(default_factory=Counter[str])
    unparsable: Counter[str] = field(default_factory=Counter[str])
    wrong: Counter[str] = field(default_factory=Counter[str])
    known: Counter[str] = field(default_factory=Counter[str])


def assert_every_request_is_right(recording: Path, services: set[str]) -> None:
    """Nothing that the provider sent is unknown to AWS's models, or forbidden by them or by AWS's pages.

    Args:
        recording: The requests.
        services: Names in the signatures of all services that must be among them.
    """
    report = check(read(recording))
    assert not report.unparsable
    assert not report.wrong
    assert set(report.checked) >= services


def check(requests: Iterable[Recorded]) -> Report:
    """Check what the provider sent among some requests."""
    report = Report()
    for request in requests:
        if request.is_of_the_provider:
            _check(request, report)
    return report


def problems(request: Recorded) -> list[tuple[str, str]]:
    """What is wrong with one request: operation and path of the value, and the problem.

    Raises:
        UnparsableError: The request belongs to no operation.
    """
    call = parse(request)
    found = [constraints.Finding(name, "is unknown to the model") for name in call.unknown]
    if call.operation.input_shape is not None:
        found += constraints.findings(call.parameters, call.operation.input_shape)
    found += pages.findings(call)
    return [(f"{call.name} {finding.path}".rstrip(), finding.problem) for finding in found]


def _check(request: Recorded, report: Report) -> None:
    try:
        found = problems(request)
    except UnparsableError as error:
        report.unparsable[str(error)] += 1
        return
    report.checked[request.signing_name] += 1
    for where, problem in found:
        if is_known(where, problem):
            report.known[where] += 1
        else:
            report.wrong[f"{where}: {problem}"] += 1
