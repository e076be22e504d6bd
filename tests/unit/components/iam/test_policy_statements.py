import contextlib

import pulumi
import pytest

from spot_planning.iam.policy_documents import statement
from spot_platform.iam.policy_statements import given_later, known_later
from tests.recording import record

STATEMENT = statement(
    "Read",
    ["s3:GetObject"],
    ["/*"],
    principal={"Service": "cloudfront.amazonaws.com"},
    conditions={"StringEquals": {"aws:SourceArn": "arn:1"}},
)


def test_a_statement_is_whole_once_it_is_known():
    made = record(lambda: known_later(pulumi.Output.from_input(STATEMENT))).result

    assert made == STATEMENT


def test_a_value_given_later_arrives():
    def program():
        with given_later() as (output, give):
            doubled = output.apply(lambda value: value * 2)
            give(pulumi.Output.from_input("ab"))
        return doubled

    assert record(program).result == "abab"


def _breaks():
    raise LookupError("never made")


@pytest.mark.timeout(20)
def test_an_error_before_the_value_is_given_reaches_whoever_waits_for_it():
    waiting = []

    def program():
        with contextlib.suppress(LookupError), given_later() as (output, _):
            waiting.append(output)
            _breaks()
        return waiting[0]

    with pytest.raises(LookupError, match=r"^never made$"):
        record(program)


@pytest.mark.timeout(20)
def test_forgetting_the_value_is_an_error_and_no_endless_wait():
    def program():
        with given_later():
            pass

    with pytest.raises(AssertionError, match=r"^the block ended without giving the value$"):
        record(program)
