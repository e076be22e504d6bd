"""Entry point that the engine runs."""

import sys
from pathlib import Path

# The engine runs this folder itself, so that modules in it would shadow others of their name.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from policy.engine.pack import serve  # noqa: E402 - only found on the path above

serve()
