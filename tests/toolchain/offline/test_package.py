"""Types that are read from the source text of pulumi-aws equal the imported types."""

import importlib
import inspect
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pulumi_aws
import pytest

from toolchain.offline import model, package

ROOT = Path(__file__).parents[3]

# The services that the platform uses; an import of all 1,748 types would take a minute.
SERVICES = ("acm", "appautoscaling", "ecr", "ecs", "elasticache", "iam", "kms", "lb", "rds", "s3", "sns", "vpc")


def declared_by_import(cls: type) -> dict[str, tuple[str, bool]]:
    """Return the engine's name of each property -> its Python name, and whether the constructor requires it."""
    constructor = inspect.signature(cls.__init__).parameters
    return {
        member.fget._pulumi_name: (name, constructor[name].default is inspect.Parameter.empty)
        for name, member in inspect.getmembers(cls, lambda item: isinstance(item, property))
    }


def declared_by_text(properties: Any) -> dict[str, tuple[str, bool]]:
    return {name: (declared.python_name, declared.required) for name, declared in properties.items()}


@pytest.mark.parametrize("service", SERVICES)
def test_the_inputs_of_every_resource_of_a_service_are_those_of_its_class(service: str) -> None:
    module = importlib.import_module(f"pulumi_aws.{service}")
    tokens = [token for token, (folder, _) in package.resource_classes().items() if folder == service]
    assert tokens
    for token in tokens:
        name = package.resource_classes()[token][1]
        args = getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")
        resource = model.resource(token)
        assert resource is not None
        assert declared_by_text(resource.inputs) == declared_by_import(args), token


@pytest.mark.parametrize("service", SERVICES)
def test_the_nested_types_of_a_service_are_those_of_its_classes(service: str) -> None:
    inputs = importlib.import_module(f"pulumi_aws.{service}._inputs")
    nested = [name for name in inputs.__all__ if name.endswith("Args") and not name.startswith("Get")]
    for name in nested:
        declared = model.ObjectOf(service, name).properties()
        assert declared_by_text(declared) == declared_by_import(getattr(inputs, name)), name


def test_every_resource_and_every_nested_type_of_the_whole_package_can_be_read() -> None:
    nested: set[model.ObjectOf] = set()

    def visit(type_: model.Type) -> None:
        match type_:
            case model.ObjectOf() if type_ not in nested:
                nested.add(type_)
                for declared in type_.properties().values():
                    visit(declared.type)
            case model.ListOf(item=inner) | model.MapOf(value=inner):
                visit(inner)
            case model.AnyOf(alternatives=alternatives):
                for alternative in alternatives:
                    visit(alternative)
            case model.Choice(values=values):
                assert values, type_
            case _:
                pass

    for token in package.resource_classes():
        resource = model.resource(token)
        assert resource is not None, token
        for declared in resource.inputs.values():
            visit(declared.type)
    assert len(package.resource_classes()) > 1700
    assert len(nested) > 7000


def test_the_arguments_of_an_invoke_know_which_are_required() -> None:
    function = model.function("aws:ssm/getParameter:getParameter")
    assert function is not None
    assert {name: declared.required for name, declared in function.arguments.items()} == {
        "name": True,
        "region": False,
        "withDecryption": False,
    }
    assert {"arn", "value", "version"} <= set(function.results)


def test_the_providers_configuration_is_that_of_its_class() -> None:
    assert declared_by_text(model.provider()) == declared_by_import(pulumi_aws.ProviderArgs)


def test_an_unknown_token_is_nothing() -> None:
    assert model.resource("aws:ec2/vpc:Vpcs") is None
    assert model.function("aws:ec2/getAmi:getAmis") is None


def test_the_version_is_that_of_the_distribution() -> None:
    pins = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["project"]
    assert f"pulumi-aws=={package.version()}" in pins


def test_no_two_threads_parse_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parse, inside, most = model.ast.parse, [], []

    def watched(*arguments: Any, **named: Any) -> Any:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.001)
        tree = parse(*arguments, **named)
        inside.pop()
        return tree

    monkeypatch.setattr(model.ast, "parse", watched)
    model._type.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: model._type(f"Optional[list[{each}]]", "ec2"), ["str", "int", "bool", "float"] * 4))
    assert max(most) == 1
