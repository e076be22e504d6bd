"""``python -m toolchain.policies.host ENGINE PACK`` runs the SDK's ``pulumi.policy``, and ends it with the engine.

Without this, the SDK's process would run for ever after the engine was killed, with 100 MB of memory for each killed
run.

If the driver has already started a process for the pack (``toolchain.policies.ahead``), that process becomes the
plugin: it gets the arguments, environment and output of this process, and this process ends when the plugin ends.
"""

import os
import runpy
import sys

from toolchain.offline.parent import end_with_parent
from toolchain.policies import ahead

if __name__ == "__main__":
    end_with_parent(lambda: os._exit(1))  # an exception in this thread would not end the SDK's loop
    ahead.hand_over(sys.argv)
    runpy.run_module("pulumi.policy", run_name="__main__")
