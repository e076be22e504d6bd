"""What `tests.recording` promises to the tests that use it."""

import gc
import logging

import pulumi
import pulumi_aws as aws
import pytest

from tests.recording import record


def _fails(_):
    raise RuntimeError("no such argument")


def _failing_program():
    broken = pulumi.Output.from_input("name").apply(_fails)
    first = aws.sns.Topic("first", name=broken)
    aws.sns.Topic("second", name=first.name)
    aws.sns.Topic("third", name=first.arn)


def test_a_failing_program_leaves_nothing_for_the_garbage_collector_to_report(caplog):
    # CPython 3.11 parses source to format a traceback, and no two parses can be in progress at a time: a report
    # from a collection in the middle of an import's parse fails whichever test is running then
    with pytest.raises(RuntimeError, match=r"^no such argument$"):
        record(_failing_program)
    gc.collect()

    assert [r.getMessage() for r in caplog.records if r.levelno > logging.DEBUG] == []
