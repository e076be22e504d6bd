"""Times the rules on the whole stack: ``python -m tests.benchmarks.policy_stack``.

The stack has 1 000 databases, each with three event subscriptions: 4 000 resources.
"""

import time

from policy.enforcement.exemptions import Exemptions
from policy.engine.session import Session
from policy.rules import RULES
from tests.policy.test_linear import databases
from tests.policy.test_program import TODAY

DATABASES = 1000


def main() -> None:
    """Print the seconds of each stage."""
    views = databases(DATABASES)
    session = Session(RULES, Exemptions([], TODAY))
    begun = time.perf_counter()
    for view in views:
        session.judge(view)
    judged = time.perf_counter()
    session.judge_stack(views)
    ended = time.perf_counter()
    print(f"{len(views)} resources: {judged - begun:.2f} s one by one, {ended - judged:.2f} s as a stack")


if __name__ == "__main__":
    main()
