"""Serves the emulator on a free loopback port."""

import gc
import json
import os
import signal
import sys
import threading
import time
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Any

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.serving import make_server

from toolchain.emulator import patches
from toolchain.emulator.answers import AnswersAgain
from toolchain.emulator.cloudwatch_protocol import CloudWatchProtocol
from toolchain.emulator.polls import PausesPolls
from toolchain.emulator.recording import recorded_if_asked
from toolchain.emulator.reports import DataPlaneReports
from toolchain.emulator.request_handler import RequestHandler
from toolchain.emulator.revision import CountsChanges
from toolchain.emulator.same_user import SameUserOnly
from toolchain.system.background import bound_own_log, is_written
from toolchain.system.files import write_whole

ADDRESS = "127.0.0.1"
CHECK_SECONDS = 2.0
KEPT_HOSTS = 1000


class Services(DomainDispatcherApplication):
    """The application of each AWS service.

    moto finds a request's service by its host. For each request it lists the folders of its package and tries up to two
    hundred patterns, so this class keeps what was found.
    """

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._found = lru_cache(maxsize=KEPT_HOSTS)(super().get_backend_for_host)

    def get_backend_for_host(self, host: str | None) -> Any:
        """Return the name of the service that has this host."""
        return self._found(host)


def serve(status_file: Path) -> None:
    """Write ``{"pid": ..., "port": ...}`` to ``status_file``, and serve until SIGTERM."""
    patches.apply()
    answering = AnswersAgain(CloudWatchProtocol(Services()))
    application = SameUserOnly(PausesPolls(recorded_if_asked(CountsChanges(DataPlaneReports(answering)))))
    gc.freeze()  # what is imported lives until the end
    gc.enable()
    server = make_server(ADDRESS, 0, application, threaded=True, request_handler=RequestHandler)

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
