"""The log lines of a process of the service, from any library."""

import json
import logging
import subprocess
import sys

from service.logs import JsonFormatter
from tests.backend.servers import BACKEND


def test_a_warning_of_a_package_is_a_line_of_json() -> None:
    program = "import jwt; from service import logs; logs.configure('info'); jwt.encode({'sub': 'a'}, 'short', 'HS256')"
    done = subprocess.run([sys.executable, "-c", program], cwd=BACKEND, capture_output=True, text=True, check=True)
    (line,) = done.stdout.splitlines()
    said = json.loads(line)
    assert (said["level"], said["logger"]) == ("warning", "py.warnings")
    assert "below the minimum" in said["message"]
    assert done.stderr == ""


def test_no_text_of_a_client_ends_a_line_or_steers_a_terminal() -> None:
    hostile = "a\x85b\u2028c\u2029d\x9b2Je\x7ff\ng\x1bh حلال"
    line = JsonFormatter().format(logging.makeLogRecord({"msg": "asked", "path": hostile}))
    assert line.splitlines() == [line]
    assert not {"\x9b", "\x1b", "\x7f"} & set(line)
    assert "حلال" in line
    assert json.loads(line)["path"] == hostile
