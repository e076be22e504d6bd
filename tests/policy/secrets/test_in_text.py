"""The pack detects secrets by name and by format, and no rule prints a secret."""

from typing import Any

import pytest

from policy.rules import RULES
from policy.secrets.forms import kind_of_secret
from tests.policy.cases.access import PLAIN, SECRETS
from tests.policy.cases.clear_texts import GIVING, PACKED
from tests.policy.compliant import stack
from tests.policy.nodes import Node, changed, judge, resolved, view


@pytest.mark.parametrize("secret", SECRETS)
def test_each_form_is_told_by_its_kind(secret: str) -> None:
    assert kind_of_secret(f"before {secret} after")
    assert secret not in kind_of_secret(secret)


@pytest.mark.parametrize("text", PLAIN)
def test_text_without_a_secret(text: str) -> None:
    assert kind_of_secret(text) == ""


PLACES: tuple[tuple[str, str, Any], ...] = (
    ("stage", "variables.X", "{}"),
    ("function", "environment.variables.DB_PASSWORD", "{}"),
    ("task", "containerDefinitions![0].environment", [{"name": "DB_PASSWORD", "value": "{}"}]),
    ("task", "containerDefinitions![0].environment", [{"name": "URL", "value": "{}"}]),
    ("instance", "userData", "export TOKEN={}"),
    ("launch-template", "userData", "export TOKEN={}"),
    ("parameter", "value", "{}"),
    ("database", "password", "{}"),
    ("cache", "authToken", "{}"),
    ("provider", "secretKey", "{}"),
    ("task-group", "description", "{}"),
)


def _filled(content: Any, secret: str) -> Any:
    if isinstance(content, str):
        return content.replace("{}", secret)
    return [{name: _filled(text, secret) for name, text in entry.items()} for entry in content]


@pytest.mark.parametrize(("resource", "path", "content"), PLACES, ids=lambda part: str(part)[:40])
def test_no_rule_shows_a_secret(resource: str, path: str, content: Any) -> None:
    for secret in (SECRETS[0], SECRETS[1], "hunter22-not-of-any-form"):
        nodes = changed(stack(), resource, path, _filled(content, secret))
        views = [view(node) for node in resolved(nodes, preview=False)]
        messages = [verdict.message for rule in RULES for verdict in judge(rule, views)]
        assert [message for message in messages if secret in message] == []


@pytest.mark.parametrize(("type_", "inputs"), GIVING, ids=lambda part: str(part)[:40])
def test_no_rule_shows_a_secret_of_a_script_or_a_map(type_: str, inputs: dict[str, Any]) -> None:
    views = [view(node) for node in resolved({"new": Node(type_, inputs)}, preview=False)]
    messages = [verdict.message for rule in RULES for verdict in judge(rule, views)]
    assert messages
    assert [message for message in messages if "hunter22" in message or PACKED["Base64"][:20] in message] == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-eyJaaaaaaaa" * 20000, ""),
        ("-eyJaaaaaaaa" * 20000 + ".eyJbbbbbbbb.cccccccc", "a JSON Web Token"),
        ("eyJaaaaaaaa." * 20000, "a JSON Web Token"),
        ("eyJaaaaaaaa.eyJ." * 20000, ""),
        ("x-eyJaaaaaaaa.eyJbbbbbbbb.cccccccc", "a JSON Web Token"),
        ("xeyJaaaaaaaa.eyJbbbbbbbb.cccccccc", ""),
        ("eyJaaaaaaaa.eyJbbbbbbbb.ccccccc", ""),
    ],
)  # fmt: skip
def test_token_is_found_in_one_pass(text: str, kind: str) -> None:
    assert kind_of_secret(text) == kind
