"""Rules of this project's code: which package may import which, and what a component must not do."""

import ast
import gc
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.every_case import every_case

ROOT = Path(__file__).parents[2]
PACKAGES = ("spot_planning", "spot_platform", "configuration", "composition", "policy", "ops", "toolchain")
MODULES = ("__main__.py",)
HOUSE = {*PACKAGES, "tests", "__main__"}
MAXIMUM_LINES = 350
MAXIMUM_LINES_OF_MAIN = 100


def shipping_files() -> list[Path]:
    """Return all Python files except tests."""
    found = [ROOT / name for name in MODULES]
    for package in PACKAGES:
        found += sorted((ROOT / package).rglob("*.py"))
    return found


def within(*places: str) -> list[Path]:
    return [path for path in shipping_files() if any(path.is_relative_to(ROOT / place) for place in places)]


@cache
def tree_of(path: Path) -> ast.Module:
    # Other tests leave event loops and coroutines behind. If one is garbage collected while CPython 3.11 parses a file,
    # the traceback of its warning is parsed too, and the outer parse fails ("AST constructor recursion depth mismatch").
    gc.disable()
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    finally:
        gc.enable()


def imports(path: Path) -> Iterator[str]:
    """Yield the full names of the modules that a file imports, anywhere in it."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def is_of(module: str, allowed: str) -> bool:
    return module == allowed or module.startswith(f"{allowed}.")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


ALLOWED = {
    "spot_planning": ("spot_planning",),
    "spot_platform": ("spot_platform", "spot_planning"),
    "configuration": ("configuration", "spot_planning"),
    "composition": ("composition", "configuration", "spot_platform", "spot_planning"),
    "__main__.py": ("composition", "configuration", "spot_platform"),
    "policy": ("policy",),
    "toolchain": ("toolchain",),
    # It reads the severity of findings from the pack, because the engine's events do not have it.
    "toolchain/policies/pack.py": ("toolchain", "policy"),
    "ops": ("ops", "configuration", "spot_planning"),
    # It reports on the pack itself.
    "ops/policies.py": ("ops", "configuration", "spot_planning", "policy"),
    # It reads a stack's file and state, for which the toolchain knows the project and the engine.
    "ops/stacks.py": ("ops", "toolchain"),
    # It reads the local data path's addresses through the toolchain.
    "ops/addresses.py": (
        *("ops", "configuration", "spot_planning"),
        *("toolchain.datapath.addresses", "toolchain.datapath.tls"),
    ),
    # It reads the address of the local stack's emulator through the toolchain.
    "ops/aws.py": ("ops", "toolchain"),
    # It checks through the toolchain whether the local data path runs.
    "ops/release/local_tasks.py": ("ops", "toolchain"),
    # It reads the local stack's options through the toolchain.
    "ops/reference.py": ("ops", "toolchain"),
    # It turns the toolchain's errors into exit codes, like all others.
    "ops/cli.py": ("ops", "configuration", "spot_planning", "toolchain.errors"),
    # It handles the toolchain's errors.
    "ops/release/run.py": ("ops", "configuration", "spot_planning", "toolchain.errors"),
    # It must know which stack is the local one, whose preview it skips.
    "ops/release/up.py": ("ops", "toolchain.modes"),
    # The local data path reads the same rules, and the toolchain's commands handle the same signals.
    "ops/smoke/security_groups.py": ("ops", "toolchain.security_group_rules"),
    "ops/end_signals.py": ("ops", "toolchain.signal_handlers"),
    # They write to the toolchain's private folder, with the toolchain's functions.
    "ops/image/local_images.py": ("ops", "toolchain"),
    "ops/release/lock.py": ("ops", "toolchain"),
}
"""Package or file -> this project's packages that it may import; toolchain runs __main__ by its path."""


def most_specific_place(path: Path) -> str:
    return max((place for place in ALLOWED if path.is_relative_to(ROOT / place)), key=len)


@pytest.mark.parametrize(("place", "allowed"), ALLOWED.items())
def test_imports_point_one_way(place: str, allowed: tuple[str, ...]) -> None:
    assert [
        f"{path.relative_to(ROOT)}: {module}"
        for path in within(place)
        if place == most_specific_place(path)
        for module in imports(path)
        if module.split(".")[0] in HOUSE and not any(is_of(module, name) for name in allowed)
    ] == []


@pytest.mark.parametrize("place", [*PACKAGES, *MODULES, *ALLOWED])
def test_the_rules_are_about_places_that_exist(place: str) -> None:
    assert (ROOT / place).exists()
    assert within(place)


def test_every_room_has_a_rule() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert rooms == set(PACKAGES)
    assert {most_specific_place(path) for path in shipping_files()} == set(ALLOWED)


def test_planning_and_components_have_the_same_rooms() -> None:
    def rooms(package: str) -> set[str]:
        return {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}

    assert rooms("spot_planning") == rooms("spot_platform")
    assert any(is_of(m, "spot_planning") for path in within("spot_platform") for m in imports(path))


MIRRORS = {"spot_planning": "tests/unit/planning", "spot_platform": "tests/unit/components"}
"""Package -> the folder of its tests, which has the same folders."""


def folders(place: str) -> set[str]:
    """Return the folders below a place that have Python files, relative to the place."""
    base = ROOT / place
    return {str(path.parent.relative_to(base)) for path in base.rglob("*.py")}


@pytest.mark.parametrize(("package", "tests"), MIRRORS.items())
def test_tests_have_the_rooms_of_their_package(package: str, tests: str) -> None:
    assert len(folders(package)) > 10
    assert folders(tests) == folders(package)
    without_tests = [room for room in sorted(folders(tests)) if not list((ROOT / tests / room).glob("test_*.py"))]
    assert without_tests == []


def test_planning_knows_nothing_of_pulumi() -> None:
    assert [
        f"{path.relative_to(ROOT)}: {module}"
        for path in within("spot_planning")
        for module in imports(path)
        if module.split(".")[0].startswith("pulumi")
    ] == []


COMPONENTS = within("spot_platform")
LIBRARY = within("spot_planning", "spot_platform")
by_component = every_case("path", COMPONENTS, ids=relative)
IMPURE_MODULES = {"os", "boto3", "botocore", "random", "secrets", "subprocess", "socket", "tempfile", "shutil"}
MAKERS_OF_SECRETS = {"generated_secret"}
IMPURE_CALLS = {"open", "input", "eval", "exec", "__import__", "breakpoint"}
IMPURE_METHODS = {"read_text", "read_bytes", "write_text", "write_bytes", "invoke", "get_output"}


@by_component
def test_components_keep_annotations_as_types(path: Path) -> None:
    """The component analyzer reads annotations at run time."""
    assert "__future__.annotations" not in set(imports(path))


@every_case("path", LIBRARY, ids=relative)
def test_components_depend_on_their_arguments_alone(path: Path) -> None:
    """A component uses no environment, files, clients or random numbers: the same arguments make the same resources."""
    allowed = {"secrets"} if path.stem in MAKERS_OF_SECRETS else set()
    assert {module.split(".")[0] for module in imports(path)} & (IMPURE_MODULES - allowed) == set()
    calls = [node.func for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
    names = {func.id for func in calls if isinstance(func, ast.Name)}
    methods = {func.attr for func in calls if isinstance(func, ast.Attribute)}
    assert names & IMPURE_CALLS == set()
    assert methods & IMPURE_METHODS == set()


@by_component
def test_components_look_nothing_up(path: Path) -> None:
    """Only the composition root has look-ups."""
    calls = [ast.unparse(node.func) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
    assert [call for call in calls if re.match(r"(aws|awsx|pulumi_aws)\.(\w+\.)?get_", call)] == []


def test_main_is_short() -> None:
    assert len((ROOT / "__main__.py").read_text(encoding="utf-8").splitlines()) <= MAXIMUM_LINES_OF_MAIN


def test_files_are_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in shipping_files()
        if path != ROOT / "spot_platform" / "__init__.py"  # a list of names
    }
    assert {name: lines for name, lines in lengths.items() if lines > MAXIMUM_LINES} == {}


def repository_files() -> Iterator[Path]:
    """Yield the text files of the repository, without the files of tools."""
    skipped = {"node_modules", "__pycache__"}
    kept = {".github", ".ci"}
    suffixes = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".js", ".sh", ".txt", ".lock", ""}
    for folder, folders, files in os.walk(ROOT):
        # Folders of tools are not entered: other tests may write to them at the same time.
        folders[:] = [name for name in folders if name not in skipped and (name in kept or not name.startswith("."))]
        paths = (Path(folder) / name for name in files)
        yield from (path for path in paths if path.suffix in suffixes and path.is_file())


def naming(names: Iterable[str], allowed: Iterable[str]) -> list[str]:
    """Return the repository's files that contain one of the names, without stack files and files below `allowed`."""
    allowed = tuple(allowed)

    def may_name_it(name: str) -> bool:
        return name.startswith(allowed) or bool(re.fullmatch(r"Pulumi\.[\w-]+\.yaml", name))

    return [
        name
        for path in repository_files()
        if not may_name_it(name := path.relative_to(ROOT).as_posix())
        and any(each in path.read_text(errors="replace").lower() for each in names)
    ]


def test_the_first_user_is_named_in_stack_files_and_examples_only() -> None:
    """The platform is for any team. The first user's name is only in the stacks' configuration."""
    # Tests quote the stack files and the example.
    assert naming(["halal"], ["examples/", "tests/"]) == []


def test_what_the_reference_service_calls_its_own_is_not_in_the_platform() -> None:
    """Its variables and paths reach the platform by the stack files."""
    own = ["jwt_secret", "payment_webhook_secret", "/payments/webhooks"]
    # The page is the manual of the reference service.
    assert naming(own, ["examples/", "tests/", "backend/", "docs/container-contract.md"]) == []
    assert naming(own, ["examples/", "tests/", "docs/container-contract.md"]) != []


def test_importing_planning_does_not_import_pulumi() -> None:
    """This imports every module of planning in a new interpreter."""
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in within("spot_planning")]
    script = f"import importlib, sys; [importlib.import_module(m) for m in {modules!r}]; print('pulumi' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
