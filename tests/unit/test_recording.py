"""What `tests.recording` promises to the tests that use it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# In a process of its own: what Pulumi keeps of a failed program would be awaited by the next one that looks things up.
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
    # CPython 3.11 parses source to format a traceback, and no two parses can be in progress at a time: a report
    # from a collection in the middle of an import's parse fails whichever test is running then
    done = subprocess.run(
        [sys.executable, "-c", FAILING], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.stdout, done.stderr) == ("no such argument\n", "")
