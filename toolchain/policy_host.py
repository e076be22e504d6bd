"""``python -m toolchain.policy_host``: the SDK's ``pulumi.policy``, but it does not outlive the engine.

Left to itself it serves for ever after the engine was killed, a process of 100 MB for each killed run.
"""

import os
import runpy

from toolchain.offline.parent import end_with_parent

if __name__ == "__main__":
    end_with_parent(lambda: os._exit(1))  # the SDK waits in a loop that no exception of this thread would end
    runpy.run_module("pulumi.policy", run_name="__main__")
