"""Runs the emulator's process, `python -m toolchain.emulator STATUS_FILE`, which listens on a free loopback port."""

import json
import os
import signal
import sys
import threading
import time
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
from toolchain.emulator.polls import PausesPolls
from toolchain.emulator.recording import recorded_if_asked
from toolchain.emulator.reports import DataPlaneReports
from toolchain.emulator.revision import CountsChanges
from toolchain.emulator.same_user import SameUserOnly
from toolchain.system.background import bound_own_log, is_written
from toolchain.system.files import write_whole

ADDRESS = "127.0.0.1"
CHECK_SECONDS = 2.0


class QuietRequestHandler(MotoRequestHandler):
    """A request handler that logs nothing, because `AnswersAgain` logs each request with its operation."""

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Log nothing."""


def serve(status_file: Path) -> None:
    """Write ``{"pid": ..., "port": ...}`` to ``status_file``, and serve until SIGTERM."""
    patches.apply()
    answering = AnswersAgain(CloudWatchProtocol(DomainDispatcherApplication(create_backend_app)))
    application = SameUserOnly(PausesPolls(recorded_if_asked(CountsChanges(DataPlaneReports(answering)))))
    server = make_server(ADDRESS, 0, application, threaded=True, request_handler=QuietRequestHandler)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C must end the run, but not the emulator
    about = json.dumps({"pid": os.getpid(), "port": server.server_port})
    write_whole(status_file, about)
    threading.Thread(target=_end_when_forgotten, args=(status_file, about), daemon=True).start()
    server.serve_forever()


def _end_when_forgotten(status_file: Path, about: str) -> None:
    """End this process when its status file was removed, for example with the checkout, or names another process."""
    while is_written(status_file, about):
        bound_own_log()
        time.sleep(CHECK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
