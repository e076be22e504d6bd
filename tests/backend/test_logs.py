"""What a process of the service writes, whoever writes it."""

import json
import subprocess
import sys

from tests.backend.servers import BACKEND


def test_a_warning_of_a_package_is_a_line_of_json() -> None:
    program = "import jwt; from service import logs; logs.configure('info'); jwt.encode({'sub': 'a'}, 'short', 'HS256')"
    done = subprocess.run([sys.executable, "-c", program], cwd=BACKEND, capture_output=True, text=True, check=True)
    (line,) = done.stdout.splitlines()
    said = json.loads(line)
    assert (said["level"], said["logger"]) == ("warning", "py.warnings")
    assert "below the minimum" in said["message"]
    assert done.stderr == ""
