"""Checks a recording: every request must parse, and keep the constraints of models and pages."""

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
    """The result of a check.

    Attributes:
        checked: Service -> number of checked requests of the provider.
        others: Service -> number of checked requests of other clients: the data path, the operations, the tests.
        unparsable: Request that no model explains, with the reason -> count.
        wrong: Problem -> count.
        known: Known problem of the provider -> count.
    """

    checked: Counter[str] = field(default_factory=Counter[str])
    others: Counter[str] = field(default_factory=Counter[str])
    unparsable: Counter[str] = field(default_factory=Counter[str])
    wrong: Counter[str] = field(default_factory=Counter[str])
    known: Counter[str] = field(default_factory=Counter[str])


def assert_every_request_is_right(recording: Path, services: set[str]) -> None:
    """Assert that AWS's models know every request, and that neither they nor AWS's pages forbid it.

    Args:
        recording: File with the requests.
        services: Services that the provider must have called, by their names in signatures.
    """
    report = check(read(recording))
    assert not report.unparsable, report.unparsable
    assert not report.wrong, report.wrong
    assert set(report.checked) >= services


def check(requests: Iterable[Recorded]) -> Report:
    """Check requests."""
    report = Report()
    for request in requests:
        _check(request, report)
    return report


def problems(request: Recorded) -> list[tuple[str, str]]:
    """Return the problems of one request: operation and path of the value, and what is wrong.

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
    (report.checked if request.is_of_the_provider else report.others)[request.signing_name] += 1
    for where, problem in found:
        if is_known(where, problem):
            report.known[where] += 1
        else:
            report.wrong[f"{where}: {problem}"] += 1
