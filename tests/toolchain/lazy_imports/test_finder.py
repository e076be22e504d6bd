"""A lazily imported package behaves like a plainly imported one, for every kind of access."""

import importlib
import importlib.metadata
import pickle
import sys
import textwrap
import threading
from pathlib import Path
from typing import get_type_hints

import pytest

from toolchain.lazy_imports import install
from toolchain.lazy_imports.splitting import NotSplittableError, exported, split

FILES = {
    "__init__.py": "from . import _utilities\n",
    "_utilities.py": "made = []\n",
    "shop/__init__.py": """
        from .. import _utilities
        import typing
        # Export this package's modules as members:
        from ._enums import *
        from .get_thing import *
        from .thing import *
        from ._inputs import *
        from . import outputs
        """,
    "shop/_enums.py": """
        import builtins as _builtins
        from enum import Enum

        __all__ = ['Color']

        class Color(_builtins.str, Enum):
            RED = "red"
        """,
    "shop/_inputs.py": """
        import builtins as _builtins
        import sys
        import typing
        if sys.version_info >= (3, 11):
            from typing import TypedDict
        else:
            from typing_extensions import TypedDict
        from .. import _utilities
        from ._enums import *

        __all__ = ['InnerArgs', 'OuterArgs', 'OuterArgsDict']

        class OuterArgsDict(TypedDict):
            inner: 'InnerArgs'

        class OuterArgs:
            _utilities.made.append('OuterArgs')

            def inner(self) -> typing.Optional['InnerArgs']:
                return InnerArgs()

            def color(self) -> 'Color':
                return Color.RED

        class InnerArgs:
            _utilities.made.append('InnerArgs')
        """,
    "shop/outputs.py": """
        from . import outputs
        from .. import _utilities

        __all__ = ['Outer']

        class Outer(dict):
            def inner(self) -> 'outputs.Inner':
                pass

        class Inner(dict):
            _utilities.made.append('Inner')
        """,
    "shop/get_thing.py": """
        from .. import _utilities
        from . import outputs
        from ._inputs import *

        __all__ = ['GetThingResult', 'AwaitableGetThingResult', 'get_thing', 'get_thing_output']

        class GetThingResult:
            pass

        class AwaitableGetThingResult(GetThingResult):
            pass

        def get_thing() -> AwaitableGetThingResult:
            return AwaitableGetThingResult()

        def get_thing_output():
            return get_thing()
        """,
    "shop/thing.py": """
        from .. import _utilities
        from . import outputs
        from ._inputs import *

        __all__ = ['ThingArgs', 'Thing']

        class ThingArgs:
            def outer(self) -> 'OuterArgs':
                return OuterArgs()

        class _ThingState:
            _utilities.made.append('_ThingState')

        class Thing:
            pass
        """,
    "odd/__init__.py": "from .module import *\n",
    "odd/module.py": "__all__ = ['made']\nmade = [number for number in range(3)]\n",
}


@pytest.fixture
def sdk(tmp_path, monkeypatch):
    """Name of a small SDK with the layout of generated SDKs, which no other test has imported."""
    name = f"sdk_{tmp_path.name}".replace("-", "_")
    site = tmp_path / "site"
    for path, text in FILES.items():
        file = site / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
    information = site / f"{name}-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (information / "RECORD").write_text(f"{name}/__init__.py,,\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    importlib.invalidate_caches()
    yield name
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        del sys.modules[module]


@pytest.fixture
def cache(tmp_path) -> Path:
    return tmp_path / "cache"


def made(sdk) -> list[str]:
    return sys.modules[f"{sdk}._utilities"].made


def test_only_what_is_named_is_made(sdk, cache):
    assert install(sdk, sdk, cache)
    shop = importlib.import_module(f"{sdk}.shop")

    assert made(sdk) == []
    assert shop.OuterArgs.__module__ == f"{sdk}.shop._inputs"
    assert made(sdk) == ["OuterArgs"]
    assert shop.Thing is shop.thing.Thing
    assert made(sdk) == ["OuterArgs"]


def test_names_inside_the_modules_are_found(sdk, cache):
    install(sdk, sdk, cache)
    shop = importlib.import_module(f"{sdk}.shop")

    outer = shop.ThingArgs().outer()

    assert type(outer) is shop.OuterArgs
    assert type(outer.inner()) is shop.InnerArgs
    assert outer.color() is shop.Color.RED
    assert isinstance(shop.get_thing_output(), shop.GetThingResult)


def test_annotations_resolve_as_the_pulumi_sdk_resolves_them(sdk, cache):
    install(sdk, sdk, cache)
    shop = importlib.import_module(f"{sdk}.shop")

    def hints(module, function):
        return get_type_hints(function, globalns=dict(vars(sys.modules[f"{sdk}.shop.{module}"])), localns={"T": 1})

    assert hints("_inputs", shop.OuterArgs.inner) == {"return": shop.InnerArgs | None}
    assert hints("_inputs", shop.OuterArgs.color) == {"return": shop.Color}
    assert hints("thing", shop.ThingArgs.outer) == {"return": shop.OuterArgs}
    assert hints("outputs", shop.outputs.Outer.inner) == {"return": shop.outputs.Inner}
    assert get_type_hints(shop.OuterArgsDict) == {"inner": shop.InnerArgs}


def test_a_function_keeps_its_name_from_its_module(sdk, cache):
    install(sdk, sdk, cache)
    module = importlib.import_module(f"{sdk}.shop.get_thing")
    shop = importlib.import_module(f"{sdk}.shop")

    assert shop.get_thing is module.get_thing
    assert callable(shop.get_thing)


def test_everything_can_be_listed_and_taken(sdk, cache):
    install(sdk, sdk, cache)
    shop = importlib.import_module(f"{sdk}.shop")
    taken: dict[str, object] = {}

    exec(f"from {sdk}.shop import *", taken)

    assert {"Color", "OuterArgsDict", "get_thing", "Thing", "outputs", "thing"} <= set(dir(shop))
    assert taken["Thing"] is shop.Thing
    assert taken["get_thing"] is shop.get_thing
    assert taken["outputs"] is shop.outputs
    assert "_inputs" not in taken
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = shop.Nothing
    with pytest.raises(AttributeError, match="has no attribute '_ThingState'"):
        _ = shop._ThingState


def test_values_are_pickled_and_come_back(sdk, cache):
    install(sdk, sdk, cache)
    shop = importlib.import_module(f"{sdk}.shop")

    back = pickle.loads(pickle.dumps([shop.OuterArgs(), shop.Color.RED, shop.get_thing]))

    assert type(back[0]) is shop.OuterArgs
    assert back[1:] == [shop.Color.RED, shop.get_thing]


def test_threads_get_the_same_class(sdk, cache):
    install(sdk, sdk, cache)
    shop = importlib.import_module(f"{sdk}.shop")
    together = threading.Barrier(8)
    seen: list[object] = []

    def look_up() -> None:
        together.wait()
        seen.append(shop._inputs.OuterArgs)

    threads = [threading.Thread(target=look_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == [shop.OuterArgs] * 8


def test_what_is_kept_is_used_again_until_the_source_changes(sdk, cache):
    install(sdk, sdk, cache)
    shop = importlib.import_module(f"{sdk}.shop")
    assert shop.Thing
    kept = next(cache.rglob(f"{sdk}.shop.thing.parts"))
    before = kept.read_bytes()
    source = Path(shop.thing.__file__)
    source.write_text(source.read_text().replace("class Thing:\n    pass", "class Thing:\n    newer = True"))
    for module in (f"{sdk}.shop.thing", f"{sdk}.shop"):
        del sys.modules[module]

    assert importlib.import_module(f"{sdk}.shop").Thing.newer
    assert kept.read_bytes() != before


@pytest.mark.parametrize(
    "damage",
    [lambda content: b"", lambda content: content[:-1], lambda content: b"\xff" * len(content), lambda content: b"no"],
    ids=["empty", "cut off", "overwritten", "short"],
)
def test_a_damaged_file_is_made_anew(sdk, cache, damage):
    install(sdk, sdk, cache)
    assert importlib.import_module(f"{sdk}.shop").Thing
    for kept in list(cache.rglob("*.parts")):
        kept.write_bytes(damage(kept.read_bytes()))
    for module in [module for module in sys.modules if module.startswith(f"{sdk}.shop")]:
        del sys.modules[module]

    shop = importlib.import_module(f"{sdk}.shop")

    assert type(shop.ThingArgs().outer()) is shop.OuterArgs


def test_a_module_that_is_not_like_the_generated_ones_is_imported_in_the_plain_way(sdk, cache):
    install(sdk, sdk, cache)

    odd = importlib.import_module(f"{sdk}.odd")

    assert odd.made == [0, 1, 2]
    assert not list(cache.rglob(f"{sdk}.odd.module.parts"))


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(sdk, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    install(sdk, sdk, blocked)

    shop = importlib.import_module(f"{sdk}.shop")

    assert sorted(made(sdk)) == ["Inner", "InnerArgs", "OuterArgs", "_ThingState"]
    assert type(shop.ThingArgs().outer()) is shop.OuterArgs


def test_nothing_is_put_in_front_of_a_package_that_is_imported_or_not_installed(sdk, cache):
    importlib.import_module(sdk)
    assert not install(sdk, sdk, cache)
    assert not install("no_such_sdk", "no-such-sdk", cache)


def test_a_package_without_a_list_of_its_files_is_imported_in_the_plain_way(sdk, cache):
    Path(importlib.metadata.distribution(sdk).locate_file(f"{sdk}-1.0.dist-info/RECORD")).unlink()

    assert not install(sdk, sdk, cache)


@pytest.mark.parametrize(
    "statement", ["x = 1", "print()", "for _ in (): pass", "if True:\n    class A: pass", "from ..a import *"]
)
def test_only_generated_modules_are_taken_apart(statement):
    with pytest.raises(NotSplittableError):
        split(statement.encode(), "module.py")


def test_definitions_of_one_name_stay_together():
    parts = split(b"import typing\n@typing.overload\ndef f(): ...\ndef f():\n    return 1\n", "module.py")
    namespace: dict[str, object] = {}
    exec(parts.prelude, namespace)
    exec(parts.definitions["f"], namespace)

    assert list(parts.definitions) == ["f"]
    assert namespace["f"]() == 1
    assert namespace["f"].__code__.co_firstlineno == 4


def test_a_module_that_exports_nothing_by_name_is_no_generated_one():
    assert exported("__all__ = [\n    'A',\n    'B',\n]\n") == ["A", "B"]
    with pytest.raises(NotSplittableError):
        exported("A = 1\n")
