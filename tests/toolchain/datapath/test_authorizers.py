"""The plugs of authorizers that a user names."""

from pathlib import Path

import pytest

from toolchain.datapath.authorizers import Authorizers, PlugError, loaded, parsed
from toolchain.errors import ToolchainError


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / "own_plugs.py"
    path.write_text("def who(event):\n    return {'principalId': 'one'}\n\nvalue = 1\n")
    return path


def test_names_and_functions() -> None:
    assert parsed("") == {}
    assert parsed(" who=a.b:c , other=d:e,") == {"who": "a.b:c", "other": "d:e"}


@pytest.mark.parametrize("text", ["who", "who=", "who=module", "who=module:", "=module:f", "who=module:a-b", "who=:f"])
def test_another_form_is_one_clear_line(text: str) -> None:
    with pytest.raises(ToolchainError) as raised:
        parsed(text)
    assert str(raised.value) == (
        f"LOCAL_AUTHORIZERS: {text!r} must be AUTHORIZER=MODULE:FUNCTION, such as login=examples.authorizers:login"
    )


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("own_plugs:whom", "the module has no function whom"),
        ("own_plugs:value", "the module has no function value"),
        ("missing_plugs:who", "the module cannot be imported: ModuleNotFoundError: No module named 'missing_plugs'"),
    ],
)
def test_what_cannot_be_loaded_is_one_clear_line_and_not_kept(
    tmp_path: Path, module: Path, target: str, message: str
) -> None:
    option = Authorizers.beside(tmp_path / "datapath")
    option.choose("who=own_plugs:who")
    with pytest.raises(ToolchainError) as raised:
        option.choose(f"who={target}")
    assert str(raised.value) == f"LOCAL_AUTHORIZERS: who={target}: {message}"
    assert option.targets() == {"who": "own_plugs:who"}


def test_plugs_are_kept_until_there_are_none(tmp_path: Path, module: Path) -> None:
    option = Authorizers.beside(tmp_path / "datapath")
    assert (option.version(), option.targets()) == (None, {})
    option.choose("who=own_plugs:who")
    assert option.file.stat().st_mode & 0o777 == 0o600
    before = option.version()
    option.choose(None)
    assert option.targets() == {"who": "own_plugs:who"}
    assert option.version() != before, "the edge loads the code again"
    option.choose("")
    assert (option.version(), option.targets()) == (None, {})
    option.choose(None)
    assert option.version() is None


def test_a_kept_plug_that_is_gone_says_how_to_forget_it(tmp_path: Path, module: Path) -> None:
    option = Authorizers.beside(tmp_path / "datapath")
    option.choose("who=own_plugs:who")
    module.write_text("value = 1\n")
    with pytest.raises(ToolchainError) as raised:
        option.choose(None)
    assert str(raised.value) == (
        "LOCAL_AUTHORIZERS: who=own_plugs:who: the module has no function who; an earlier 'make up' named it, "
        "'make up LOCAL_AUTHORIZERS=' forgets it"
    )


def test_changed_code_is_loaded(module: Path) -> None:
    assert loaded("own_plugs:who")({}) == {"principalId": "one"}
    module.write_text("def who(event):\n    return {'principalId': 'another one'}\n")
    assert loaded("own_plugs:who")({}) == {"principalId": "another one"}
    module.write_text("raise OSError('broken')\n")
    with pytest.raises(PlugError, match="OSError: broken"):
        loaded("own_plugs:who")
