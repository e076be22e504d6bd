"""The emulator's process: `python -m toolchain.emulator STATUS_FILE`, serving on a free loopback port."""

import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from toolchain.emulator import patches
from toolchain.emulator.answers import AnswersAgain
from toolchain.emulator.cloudwatch_protocol import CloudWatchProtocol

ADDRESS = "127.0.0.1"


class QuietRequestHandler(MotoRequestHandler):
    """Leaves the line in the log to `AnswersAgain`, which knows the operation."""

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Say nothing."""


def serve(status_file: Path) -> None:
    """Serve until SIGTERM, after writing ``{"pid": ..., "port": ...}`` to ``status_file``."""
    patches.apply()
    application = AnswersAgain(CloudWatchProtocol(DomainDispatcherApplication(create_backend_app)))
    server = make_server(ADDRESS, 0, application, threaded=True, request_handler=QuietRequestHandler)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the run, not the cloud it runs against
    written = status_file.with_suffix(".new")
    written.write_text(json.dumps({"pid": os.getpid(), "port": server.server_port}), encoding="utf-8")
    written.replace(status_file)
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
