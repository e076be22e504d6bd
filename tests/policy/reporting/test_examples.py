"""Every rule has an example, which is Python code that pulumi-aws accepts."""

import ast
import importlib
import inspect
from typing import Any

from policy.reporting.examples import example, python_name, written
from policy.rules import BY_ID, RULES
from tests.every_case import every_case


def calls(text: str) -> list[tuple[type[Any], list[str]]]:
    """Return the pulumi-aws classes that an example instantiates, with the names of their arguments."""
    found: list[tuple[type[Any], list[str]]] = []
    for node in ast.walk(ast.parse(text, mode="eval")):
        place = ast.unparse(node.func).split(".") if isinstance(node, ast.Call) else []
        if isinstance(node, ast.Call) and place[0] == "aws":
            module = importlib.import_module(".".join(["pulumi_aws", *place[1:-1]]))
            found.append((getattr(module, place[-1]), [str(keyword.arg) for keyword in node.keywords]))
    return found


@every_case("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_an_example_that_the_package_takes(rule: Any) -> None:
    made = calls(example(rule))
    assert made
    for class_, arguments in made:
        known = inspect.signature(class_._internal_init).parameters
        assert [name for name in arguments if name not in known] == []


def test_examples_that_are_written_down_are_of_rules() -> None:
    assert sorted(set(written()) - set(BY_ID)) == []


def test_example_is_made_of_what_a_rule_asks_for() -> None:
    assert example(BY_ID["rds-multi-az"]) == "aws.rds.Instance(..., multi_az=True)"
    assert example(BY_ID["elasticache-customer-managed-key"]).endswith("(..., kms_key_id=key.arn)")
    assert python_name("ipv6CidrBlock") == "ipv6_cidr_block"
