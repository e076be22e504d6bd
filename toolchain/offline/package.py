"""Reads the installed pulumi-aws package as text, without importing it.

Importing its sub-packages takes seconds (wafv2 and ec2 above all), too long for a plugin that starts with every
preview. The package is generated code with a regular format, so the few facts that are needed can be found in its text
in microseconds. A test compares the results with those of an import.
"""

import hashlib
import importlib.metadata
import importlib.util
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DISTRIBUTION = "pulumi_aws"

_PROPERTY = re.compile(r'\n    @pulumi\.getter(?:\(name="(\w+)"\))?\n(?:    @.*\n)*    def (\w+)\(self\) -> (.*):\n')
_FUNCTION_ARGUMENT = re.compile(r"__args__\['(\w+)'\] = (?:[\w.]*\()?(\w+)")
_ENUM_MEMBER = re.compile(r'\n    \w+ = (".*")')
_CLASS_END = re.compile(r"\n(?:class |@pulumi|if |def |[A-Z]\w+ = )")


@dataclass(frozen=True, slots=True)
class Declaration:
    """A property as the package declares it.

    Attributes:
        name: The engine's name (camelCase).
        python_name: The Python argument (snake_case).
        annotation: The text of the Python annotation.
    """

    name: str
    python_name: str
    annotation: str


@cache
def version(distribution: str = DISTRIBUTION) -> str:
    """Return the version of an installed package; its offline replacement reports the same version."""
    return importlib.metadata.version(distribution)


@cache
def digest(distribution: str = DISTRIBUTION) -> str:
    """Return a digest of an installed package's Python files, computed from the list of hashes in its wheel.

    Raises:
        ModuleNotFoundError: The package was installed without this list, for example by a Linux distribution.
    """
    return _digest_of(importlib.metadata.distribution(distribution).read_text("RECORD"), distribution)


def _digest_of(record: str | None, distribution: str) -> str:
    # only the wheel's own lines, sorted, because an installer adds lines and changes the order
    files = sorted(
        line for line in (record or "").splitlines() if line.startswith(f"{distribution}/") and ".py,sha256=" in line
    )
    if not files:
        raise ModuleNotFoundError(f"{distribution} was not installed from a wheel: its files have no recorded hashes")
    return hashlib.sha256("\n".join(files).encode()).hexdigest()


@cache
def _root(distribution: str = DISTRIBUTION) -> Path:
    spec = importlib.util.find_spec(distribution)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{distribution} is not installed")
    return Path(spec.origin).parent


@cache
def text(folder: str, file: str, distribution: str = DISTRIBUTION) -> str:
    """Return the text of a file of an installed package; empty if there is no such file."""
    path = _root(distribution) / folder / file
    return path.read_text(encoding="utf-8") if path.is_file() else ""


@cache
def resource_classes() -> dict[str, tuple[str, str]]:
    """Return each resource token of the package, with its folder and its class."""
    registration = text("", "__init__.py").partition('resource_modules="""')[2].partition('"""')[0]
    return {
        token: (_folder(module["fqn"]), class_name)
        for module in json.loads(registration)
        for token, class_name in module["classes"].items()
    }


def _folder(qualified_name: str) -> str:
    return qualified_name.partition(".")[2].replace(".", "/")


@cache
def _module_folders() -> dict[str, str]:
    """Return the folder of each module name in a token; for example, ``lambda`` is in ``lambda_``."""
    folders = {token.split(":")[1].split("/")[0]: folder for token, (folder, _) in resource_classes().items()}
    return {**folders, "index": ""}


@cache
def _files(folder: str) -> dict[str, str]:
    """Return the files of a folder by their names without underscores, because acronyms are split in different ways."""
    return {path.stem.replace("_", ""): path.name for path in (_root() / folder).glob("*.py")}


def resource_class(token: str, *, inputs: bool) -> str | None:
    """Return the body of a resource's class, or of its ``Args`` class.

    Args:
        token: The resource's type, such as ``aws:ec2/vpc:Vpc``.
        inputs: Whether to return the ``Args`` class.

    Returns:
        The text of the class; None if the package has no such resource.
    """
    if token not in resource_classes():
        return None
    folder, name = resource_classes()[token]
    module = text(folder, _files(folder).get(name.replace("_", "").lower(), ""))
    if not inputs:
        return class_body(module, f"{name}(pulumi.CustomResource):")
    # the class is named InitArgs if a nested type already has the name Args (s3.BucketVersioning)
    return class_body(module, f"{name}InitArgs:") or class_body(module, f"{name}Args:")


def provider_class() -> str:
    """Return the body of the provider's ``Args`` class."""
    return class_body(text("", "provider.py"), "ProviderArgs:") or ""


def nested_class(folder: str, name: str) -> str | None:
    """Return the body of a nested input class (``_inputs.py``) or an enumeration (``_enums.py``); None if missing."""
    for file in ("_inputs.py", "_enums.py"):
        body = class_body(text(folder, file), f"{name}:") or class_body(text(folder, file), f"{name}(")
        if body is not None:
            return body
    return None


def class_body(module: str, head: str) -> str | None:
    """Return the text of ``class <head>`` in a module's text, up to the next definition; None if missing."""
    start = module.find(f"\nclass {head}")
    if start < 0:
        return None
    end = _CLASS_END.search(module, start + 1)
    return module[start : end.start() if end else len(module)]


def properties(body: str) -> list[Declaration]:
    """Return the properties that a class declares with getters."""
    return [
        Declaration(name=name or python_name, python_name=python_name, annotation=annotation)
        for name, python_name, annotation in _PROPERTY.findall(body)
    ]


def enum_values(body: str) -> tuple[str, ...]:
    """Return the values of an enumeration's members."""
    return tuple(json.loads(value) for value in _ENUM_MEMBER.findall(body))


def function_folder(token: str) -> str:
    """Return the folder of a function's module."""
    module = token.split(":")[1].split("/", maxsplit=1)[0] if token.count(":") == 2 else ""  # noqa: PLR2004 - pkg:module:name
    return _module_folders().get(module, module)


def function_arguments(token: str) -> list[Declaration] | None:
    """Return the arguments of a function, such as ``aws:ec2/getAmi:getAmi``; None if the package has no such function.

    The annotations come from the ``_output`` variant, because only there required and optional arguments differ.
    """
    module = _function_text(token)
    if f"'{token}'" not in module:
        return None
    output_variant = module.rpartition("\ndef ")[2]
    annotations = dict(re.findall(r"\n?\s*(\w+): (pulumi\.Input\[.*?\]) = None", output_variant.partition(" -> ")[0]))
    return [
        Declaration(name=name, python_name=python_name, annotation=annotations[python_name])
        for name, python_name in _FUNCTION_ARGUMENT.findall(output_variant)
        if python_name in annotations
    ]


def function_results(token: str) -> list[Declaration]:
    """Return the properties of a function's result."""
    name = token.rpartition(":")[2]
    body = class_body(_function_text(token), f"{name[0].upper()}{name[1:]}Result:")
    return properties(body) if body else []


def _function_text(token: str) -> str:
    folder = function_folder(token)
    return text(folder, _files(folder).get(token.rpartition(":")[2].lower(), ""))
