"""No finding of the pack quotes a secret."""

import json

import pytest

from policy.engine.decoding import SECRET, SIGNATURE
from tests.policy.engine.judged import findings_of, stack_with
from tests.policy.engine_calls import Pack
from tests.policy.nodes import Node, resolved


def test_part_of_a_secret_document_is_not_told() -> None:
    stranger = "999999999999"
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::{stranger}:oidc-provider/ci.example.com"},
    }
    document = json.dumps({"Statement": [statement]})
    secret = {SIGNATURE: SECRET, "value": document}
    nodes = resolved({"role": Node("aws:iam/role:Role", {"assumeRolePolicy": secret})}, preview=True)
    found = findings_of(Pack(stack="prod", config={}).run(nodes), "iam-trust")
    assert found
    assert [f.message for f in found if "ci.example.com" in f.message or stranger in f.message] == []


def test_no_violation_quotes_a_secret() -> None:
    secret = "hunter2-hunter2-hunter2"
    environment = [
        {"name": "DATABASE_PASSWORD", "value": secret},
        {"name": "URL", "value": f"postgres://u:{secret}@h/d"},
    ]
    definitions = json.dumps([{"name": "api", "environment": environment}])
    for value in (definitions, definitions[:-3]):
        findings = Pack().run(stack_with(("task", "containerDefinitions", value)))
        assert findings
        assert not any(secret in f.message for f in findings)


URL = "https://u:hunter22-x@127.0.0.1"


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("task", "containerDefinitions![0].environment", {"DB_PASSWORD": "hunter22-x"}),
        ("task", "containerDefinitions![0].environment", "DB_PASSWORD=hunter22-x"),
        ("task", "containerDefinitions![0].environment", {"DB_PASSWORD": {"x": ["hunter22-x"]}}),
        ("task", "containerDefinitions![0].environment", ["DB_PASSWORD", "hunter22-x"]),
        ("task", "containerDefinitions![0].environment", [{"name": "DB_PASSWORD", "value": ["hunter22-x"]}]),
        ("task", "containerDefinitions![0].environment", json.dumps([{"Name": "DB_PASSWORD", "Value": "hunter22-x"}])),
        ("task", "containerDefinitions![0].user", {"name": "DB_PASSWORD", "value": "hunter22-x"}),
        ("task", "containerDefinitions![0].command", "mysql --password=hunter22-x"),
        ("task", "containerDefinitions![0].command", "mysql --password hunter22-x"),
        ("task", "containerDefinitions![0].command", {"run": ["mysql", "--password", "hunter22-x"]}),
        ("task", "containerDefinitions![0].command", {"run": "a" * 70 + " " + URL}),
        ("task", "containerDefinitions![0].user", [{"postgres://u:hunter22-x@h": 1}]),
        ("task", "containerDefinitions![0].environment", {URL: 1}),
        ("function", "environment.variables", ["DB_PASSWORD=hunter22-x"]),
        ("function", "environment", "DB_PASSWORD=hunter22-x"),
        ("function", "environment.variables", {URL: "sk_live_" + "x" * 20}),
        ("provider", "endpoints", [{"s3": URL}]),
        ("provider", "endpoints", URL),
        ("provider", "endpoints", {"s3": URL}),
        ("database", "storageEncrypted", {"password": "hunter22-x"}),
    ],
)
def test_no_finding_quotes_a_secret_from_a_value_of_a_wrong_type(name: str, path: str, value: object) -> None:
    for preview in (True, False):
        findings = Pack().run(stack_with((name, path, value), preview=preview))
        assert findings
        assert [f.message for f in findings if "hunter22" in f.message or "sk_live_" in f.message] == []


def _secret(value: object) -> dict[str, object]:
    return {SIGNATURE: SECRET, "value": value}


@pytest.mark.parametrize("preview", [True, False])
def test_no_violation_quotes_what_is_declared_secret(preview: bool) -> None:
    definitions = json.dumps([{"name": "api", "user": "root-of-all", "privileged": True}])
    findings = Pack().run(
        stack_with(
            ("database", "username", _secret("postgres")),
            ("database", "port", _secret(5432)),
            ("task", "containerDefinitions", _secret(definitions)),
            ("data-policy", "policy", _secret('{"Statement": "x-secret-x"')),
            preview=preview,
        )
    )
    assert {"rds-port", "rds-administrator-name", "ecs-not-privileged"} <= {finding.policy for finding in findings}
    quoted = [f.message for f in findings if any(x in f.message for x in ("5432;", "root-of-all", "x-secret-x"))]
    assert quoted == []
    assert "username is [secret]" in next(f.message for f in findings if f.policy == "rds-administrator-name")
