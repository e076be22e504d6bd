"""The program is loaded while the engine starts, and behaves as if it were loaded later."""

import gc
import sys
from pathlib import Path

import pulumi.log
import pytest
from pulumi import RunError
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto.language_pb2 import RunResponse

from toolchain import program
from toolchain.program import Program


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(pulumi.log, "debug", pulumi.log.debug)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def _program(folder, text):
    path = folder / "__main__.py"
    path.write_text(text)
    return Program(path)


def test_what_the_program_imports_is_there_before_it_runs(folder):
    (folder / "first_part.py").write_text("")
    (folder / "second_part.py").write_text("made = []")
    program = _program(folder, "import first_part\nfrom second_part import made\n\nmade.append(__name__)\n")

    program.load_ahead().join()

    assert {"first_part", "second_part"} <= set(sys.modules)
    assert sys.modules["second_part"].made == []
    program()
    assert sys.modules["second_part"].made == ["__main__"]
    assert gc.isenabled()


@pytest.mark.parametrize(
    "text", ["import no_such_part", "from broken_part import x", "import exiting_part", "from . import x", "if :", "\0"]
)
def test_what_cannot_be_loaded_is_told_by_the_program_alone(folder, text, monkeypatch):
    (folder / "broken_part.py").write_text("raise LookupError('broken')")
    (folder / "exiting_part.py").write_text("raise SystemExit(3)")
    unhandled = []
    monkeypatch.setattr("threading.excepthook", unhandled.append)
    program = _program(folder, text)

    program.load_ahead().join()

    assert unhandled == []
    assert gc.isenabled()
    with pytest.raises((ImportError, LookupError, SyntaxError, SystemExit)):
        program()


def test_a_missing_program_is_told_by_the_run(folder):
    program = Program(folder / "__main__.py")

    program.load_ahead().join()

    with pytest.raises(FileNotFoundError):
        program()


def test_the_engine_is_not_told_what_it_would_not_show(folder, monkeypatch):
    told = []
    monkeypatch.setattr(pulumi.log, "get_engine", object)
    monkeypatch.setattr(pulumi.log, "_log", lambda _engine, _severity, message, *_: told.append(message))
    program = _program(folder, "import pulumi\npulumi.log.debug('a step')\npulumi.log.info('a word')\n")

    program()

    assert told == ["a word"]


def test_an_error_of_the_program_is_left_to_what_was_printed(monkeypatch):
    responses = {"failed": RunResponse(error="stack dev is wrong"), "good": RunResponse()}
    monkeypatch.setattr(program, "_RUN", lambda _self, request, _context: responses[request])
    server = LanguageServer(lambda: None)
    Program(Path("__main__.py"))
    assert (server.Run("failed", None).error, server.Run("failed", None).bail) == ("", True)
    assert (server.Run("good", None).error, server.Run("good", None).bail) == ("", False)


def test_an_error_of_a_provider_is_one_line(folder, monkeypatch):
    runtime = folder / "runtime"
    runtime.mkdir()
    (runtime / "invoke.py").write_text("def invoke():\n    raise Exception('invoke failed:\\n  wrong account')\n")
    monkeypatch.syspath_prepend(str(runtime))
    main = folder / "__main__.py"
    main.write_text("import invoke\ninvoke.invoke()\n")
    with pytest.raises(RunError, match=r"^invoke failed: wrong account$"):
        Program(main)()
