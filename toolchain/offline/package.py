"""Reads the installed pulumi-aws package as text, without importing it.

Importing its sub-packages takes seconds (wafv2 and ec2 above all), which a plugin that starts with every
preview cannot spend. The package is generated code of one regular shape, so the few facts that are needed can
be cut out of its text in microseconds; a test compares what is read here with what importing gives.
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
    """One property as the package declares it.

    Attributes:
        name: The engine's name (camelCase).
        python_name: The Python argument (snake_case).
        annotation: The Python annotation, as written.
    """

    name: str
    python_name: str
    annotation: str


@cache
def version(distribution: str = DISTRIBUTION) -> str:
    """The version of an installed package, which its offline replacement reports as its own."""
    return importlib.metadata.version(distribution)


@cache
def digest(distribution: str = DISTRIBUTION) -> str:
    """A digest of an installed package's Python files, from the list of hashes that its wheel brings.

    Raises:
        ModuleNotFoundError: The package is installed without that list, as by a Linux distribution.
    """
    return _digest_of(importlib.metadata.distribution(distribution).read_text("RECORD"), distribution)


def _digest_of(record: str | None, distribution: str) -> str:
    # Paths and hashes as the wheel has them: an installer adds lines of its own and changes the order.
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
    """The text of a file of an installed package; empty if there is no such file."""
    path = _root(distribution) / folder / file
    return path.read_text(encoding="utf-8") if path.is_file() else ""


@cache
def resource_classes() -> dict[str, tuple[str, str]]:
    """Every resource token of the package with the folder and the class it stands for."""
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
    """The folder of each module name in a token: ``lambda`` is in ``lambda_``."""
    folders = {token.split(":")[1].split("/")[0]: folder for token, (folder, _) in resource_classes().items()}
    return {**folders, "index": ""}


@cache
def _files(folder: str) -> dict[str, str]:
    """The files of a folder by their name without underscores, for acronyms split either way."""
    return {path.stem.replace("_", ""): path.name for path in (_root() / folder).glob("*.py")}


def resource_class(token: str, *, inputs: bool) -> str | None:
    """The body of a resource's class, or of its ``Args`` class.

    Args:
        token: Such as ``aws:ec2/vpc:Vpc``.
        inputs: Whether the ``Args`` class is wanted.

    Returns:
        The text of the class; None if the package has no such resource.
    """
    if token not in resource_classes():
        return None
    folder, name = resource_classes()[token]
    module = text(folder, _files(folder).get(name.replace("_", "").lower(), ""))
    if not inputs:
        return class_body(module, f"{name}(pulumi.CustomResource):")
    # InitArgs where a nested type already has the name Args (s3.BucketVersioning).
    return class_body(module, f"{name}InitArgs:") or class_body(module, f"{name}Args:")


def provider_class() -> str:
    """The body of the provider's ``Args`` class."""
    return class_body(text("", "provider.py"), "ProviderArgs:") or ""


def nested_class(folder: str, name: str) -> str | None:
    """The body of a nested input class (``_inputs.py``), or of an enumeration (``_enums.py``)."""
    for file in ("_inputs.py", "_enums.py"):
        body = class_body(text(folder, file), f"{name}:") or class_body(text(folder, file), f"{name}(")
        if body is not None:
            return body
    return None


def class_body(module: str, head: str) -> str | None:
    """The text of ``class <head>`` in a module's text, up to what follows it."""
    start = module.find(f"\nclass {head}")
    if start < 0:
        return None
    end = _CLASS_END.search(module, start + 1)
    return module[start : end.start() if end else len(module)]


def properties(body: str) -> list[Declaration]:
    """The properties that a class declares with getters."""
    return [
        Declaration(name=name or python_name, python_name=python_name, annotation=annotation)
        for name, python_name, annotation in _PROPERTY.findall(body)
    ]


def enum_values(body: str) -> tuple[str, ...]:
    """The values of an enumeration's members."""
    return tuple(json.loads(value) for value in _ENUM_MEMBER.findall(body))


def function_folder(token: str) -> str:
    """The folder of an invoke's module."""
    module = token.split(":")[1].split("/", maxsplit=1)[0] if token.count(":") == 2 else ""  # noqa: PLR2004 - pkg:module:name
    return _module_folders().get(module, module)


def function_arguments(token: str) -> list[Declaration] | None:
    """The arguments of an invoke, such as ``aws:ec2/getAmi:getAmi``; None if the package has no such invoke.

    The annotations are those of the ``_output`` variant: only there do a required and an optional argument differ.
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
    """The properties of an invoke's result."""
    name = token.rpartition(":")[2]
    body = class_body(_function_text(token), f"{name[0].upper()}{name[1:]}Result:")
    return properties(body) if body else []


def _function_text(token: str) -> str:
    folder = function_folder(token)
    return text(folder, _files(folder).get(token.rpartition(":")[2].lower(), ""))
