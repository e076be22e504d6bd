"""``python -m toolchain.policy_host ENGINE PACK``: runs the SDK's ``pulumi.policy``, and ends it with the engine.

The SDK's process would go on for ever after the engine was killed: 100 MB of memory for each killed run.

Where the driver has started a process for the pack already (``toolchain.policy_ahead``), that process becomes the
plugin: it gets this one's arguments, environment and output, and this one lives as long as it does.
"""

import os
import runpy
import sys

from toolchain import policy_ahead
from toolchain.offline.parent import end_with_parent

if __name__ == "__main__":
    end_with_parent(lambda: os._exit(1))  # the SDK waits in a loop that an exception in this thread would not end
    policy_ahead.hand_over(sys.argv)
    runpy.run_module("pulumi.policy", run_name="__main__")
