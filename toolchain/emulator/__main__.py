"""Runs the emulator's process: `python -m toolchain.emulator STATUS_FILE`."""

import gc
import sys
from pathlib import Path

from toolchain.emulator.service_models import share_service_models


def run(status_file: Path) -> None:
    """Import moto, which takes half the time with these two measures, and serve."""
    gc.disable()  # the server turns it on when moto is imported
    share_service_models()
    from toolchain.emulator.server import serve  # noqa: PLC0415 - moto makes sessions of botocore when it is imported

    serve(status_file)


if __name__ == "__main__":
    run(Path(sys.argv[1]))
