"""`tests.recording` keeps its promises to the tests that use it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Runs in a separate process: the next program with a look-up would await what Pulumi keeps of a failed program.
FAILING = """
import gc
import pulumi
import pulumi_aws as aws
from tests.recording import record

def fails(_):
    raise RuntimeError("no such argument")

def program():
    broken = pulumi.Output.from_input("name").apply(fails)
    first = aws.sns.Topic("first", name=broken)
    aws.sns.Topic("second", name=first.name)
    aws.sns.Topic("third", name=first.arn)

try:
    record(program)
except RuntimeError as error:
    print(error)
gc.collect()
"""


def test_a_failing_program_leaves_nothing_for_the_garbage_collector_to_report():
    # CPython 3.11 parses source code to format a traceback, and cannot run two parses at a time. A garbage collection
    # that reports an error while an import is parsed would fail the test that runs then.
    done = subprocess.run(
        [sys.executable, "-c", FAILING], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.stdout, done.stderr) == ("no such argument\n", "")
