"""Stubs of a made-up SDK: what is in them, when they are made anew, and when there are none."""

import textwrap
from pathlib import Path

import pytest

from toolchain.type_stubs import NoStubsError, write
from toolchain.type_stubs.writing import named

FILES = {
    "__init__.py": "import typing\nfrom . import _utilities\nfrom .provider import *\n",
    "_utilities.py": "def deprecated(message): ...\n",
    "provider.py": "class Provider:\n    pass\n",
    "unused/__init__.py": "from .thing import *\n",
    "unused/thing.py": "class Thing:\n    pass\n",
    "iam/__init__.py": "from .role import *\n",
    "iam/role.py": "class Role:\n    pass\n\nclass Unneeded:\n    pass\n",
    "shop/__init__.py": "from .bakery import *\nfrom ._inputs import *\nfrom . import outputs\n",
    "shop/outputs.py": "class Bread:\n    pass\n\nclass Cheese:\n    pass\n",
    "shop/_inputs.py": "__all__ = ['OvenArgs', 'FridgeArgs']\n\nclass OvenArgs:\n    pass\n\nclass FridgeArgs:\n    pass\n",
    "shop/bakery.py": """
        from typing import overload
        from .. import _utilities
        from .. import iam as _iam
        from . import outputs
        from ._inputs import *

        __all__ = ['Bakery', 'Butcher']

        class Bakery:
            \"\"\"Sells bread.\"\"\"

            @overload
            def __init__(self, oven: 'OvenArgs') -> None:
                \"\"\"Open.\"\"\"

            @overload
            def __init__(self, oven: None) -> None:
                \"\"\"Do not open.\"\"\"

            def __init__(self, *args) -> None:
                FridgeArgs()

            @property
            @_utilities.deprecated('old')
            def bread(self) -> 'outputs.Bread':
                return outputs.Cheese()

            def role(self) -> _iam.Role:
                return _iam.Role()

        class Butcher:
            pass
        """,
    "shop/butcher.py": "class Other:\n    pass\n",
}


@pytest.fixture
def sdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a made-up SDK; the folder has its files and their list."""
    folder = tmp_path / "installed"
    for name, text in FILES.items():
        file = folder / "made_up" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text), encoding="utf-8")
    information = folder / "made_up-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up\nVersion: 1.0\n", encoding="utf-8")
    (information / "RECORD").write_text("made_up/__init__.py,sha256=a,1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text("import made_up as sdk\n\nsdk.shop.Bakery(None)\n", encoding="utf-8")
    return path


def test_what_is_named_is_kept_with_all_that_it_names(sdk: Path, program: Path, tmp_path: Path) -> None:
    stubs = write("made_up", "made-up", [program], tmp_path / "stubs") / "made_up"

    texts = {path.relative_to(stubs).as_posix(): path.read_text(encoding="utf-8") for path in stubs.rglob("*.pyi")}
    assert sorted(texts) == [
        *("__init__.pyi", "_utilities.pyi", "iam/__init__.pyi", "iam/role.pyi"),
        *("shop/__init__.pyi", "shop/_inputs.pyi", "shop/bakery.pyi", "shop/outputs.pyi"),
    ]
    assert "class Role" in texts["iam/role.pyi"]
    assert "class OvenArgs" in texts["shop/_inputs.pyi"]
    assert "class Bread" in texts["shop/outputs.pyi"]
    assert "__all__ = ['Bakery']" in texts["shop/bakery.pyi"]
    assert texts["shop/bakery.pyi"].count("def __init__") == 2
    assert "@_utilities.deprecated('old')" in texts["shop/bakery.pyi"]
    joined = "\n".join(texts.values())
    for left_out in ("Unneeded", "FridgeArgs", "Cheese", "Butcher", "Thing", "Provider", '"""'):
        assert left_out not in joined


def test_stubs_are_made_anew_for_new_names_and_a_new_version(sdk: Path, program: Path, tmp_path: Path) -> None:
    folder = tmp_path / "stubs"
    first = write("made_up", "made-up", [program], folder)
    (first / "still-there").touch()
    with program.open("a", encoding="utf-8") as file:
        file.write("# A comment names nothing.\n")
    assert write("made_up", "made-up", [program], folder) == first
    assert (first / "still-there").exists()

    with program.open("a", encoding="utf-8") as file:
        file.write("sdk.shop.Butcher()\n")
    second = write("made_up", "made-up", [program], folder)
    assert "class Butcher" in (second / "made_up" / "shop" / "bakery.pyi").read_text(encoding="utf-8")
    assert list(folder.iterdir()) == [second]

    (sdk / "made_up-1.0.dist-info" / "RECORD").write_text("made_up/__init__.py,sha256=b,2\n", encoding="utf-8")
    assert write("made_up", "made-up", [program], folder) != second


def test_there_are_no_stubs_of_what_is_not_as_a_generated_sdk_is(sdk: Path, program: Path, tmp_path: Path) -> None:
    with pytest.raises(NoStubsError, match="nobody is not installed"):
        write("nobody", "nobody", [program], tmp_path / "stubs")
    (sdk / "made_up" / "shop" / "bakery.py").write_text("class Bakery(:\n", encoding="utf-8")
    with pytest.raises(NoStubsError, match="no stubs of made_up: invalid syntax"):
        write("made_up", "made-up", [program], tmp_path / "stubs")
    (sdk / "made_up-1.0.dist-info" / "RECORD").unlink()
    with pytest.raises(NoStubsError, match="made-up has no list of its files"):
        write("made_up", "made-up", [program], tmp_path / "stubs")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import made_up as sdk\nx: 'sdk.shop.Bakery | None'\n", {"shop", "Bakery"}),
        ("import made_up\nmade_up.shop.Bakery(1).oven\n", {"shop", "Bakery"}),
        ("from made_up.shop import (\n    Bakery,\n    outputs,\n)\noutputs.Bread\n", {"shop", "Bakery", "Bread"}),
        ("def f():\n    from made_up import shop as s\n    s.Bakery\n", {"shop", "Bakery"}),
    ],
)
def test_a_name_is_found_however_it_is_imported(text: str, names: set[str], tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(text, encoding="utf-8")
    assert names <= named("made_up", [tmp_path / "program.py"])


def test_a_file_that_does_not_import_it_names_nothing(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text('"""About made_up.shop.Bakery."""\n', encoding="utf-8")
    assert named("made_up", [tmp_path / "program.py"]) == set()
