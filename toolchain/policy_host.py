"""``python -m toolchain.policy_host``: runs the SDK's ``pulumi.policy``, and ends it with the engine.

The SDK's process would go on for ever after the engine was killed: 100 MB of memory for each killed run.
"""

import os
import runpy

from toolchain.offline.parent import end_with_parent

if __name__ == "__main__":
    end_with_parent(lambda: os._exit(1))  # the SDK waits in a loop that an exception in this thread would not end
    runpy.run_module("pulumi.policy", run_name="__main__")
