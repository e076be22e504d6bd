"""Entry point that the engine runs."""

import sys
from pathlib import Path

# The engine runs this folder as a script, so its modules would shadow other modules of the same name.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from policy.engine.pack import serve  # noqa: E402 - needs the path that is set above

serve()
