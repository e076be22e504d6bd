"""Builds IAM policy documents from the arguments of ``aws.iam.getPolicyDocument``."""

import json
from typing import Any, cast

from .templates import Scope

_LISTS = (
    ("actions", "Action"),
    ("notActions", "NotAction"),
    ("resources", "Resource"),
    ("notResources", "NotResource"),
)


def policy_document(scope: Scope) -> dict[str, Any]:
    """Build the document: the statements of the sources, then the given statements, then the overrides.

    An override replaces a statement with the same ``Sid``.
    """
    statements: list[dict[str, Any]] = []
    for source in [scope.get("sourceJson"), *scope.get("sourcePolicyDocuments", [])]:
        statements.extend(_statements(source))
    statements.extend(_statement(given) for given in scope.get("statements", []))
    for override in [scope.get("overrideJson"), *scope.get("overridePolicyDocuments", [])]:
        statements = _overridden(statements, _statements(override))
    document: dict[str, Any] = {"Version": scope.get("version", "2012-10-17")}
    if scope.get("policyId"):
        document["Id"] = scope["policyId"]
    return {**document, "Statement": statements}


def _statements(document: str | None) -> list[dict[str, Any]]:
    if not document:
        return []
    found = json.loads(document).get("Statement", [])
    return cast("list[dict[str, Any]]", found if isinstance(found, list) else [found])


def _overridden(statements: list[dict[str, Any]], overrides: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_sid = {statement["Sid"]: statement for statement in overrides if statement.get("Sid")}
    kept = [by_sid.pop(statement.get("Sid", ""), statement) for statement in statements]
    return [*kept, *by_sid.values(), *(statement for statement in overrides if not statement.get("Sid"))]


def _statement(given: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"Sid": given["sid"]} if given.get("sid") else {}
    made["Effect"] = given.get("effect", "Allow")
    for name, key in _LISTS:
        if given.get(name):
            made[key] = _one_or_all(given[name])
    for name, key in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if given.get(name):
            made[key] = _principals(given[name])
    if given.get("conditions"):
        made["Condition"] = _conditions(given["conditions"])
    return made


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else sorted(values)


def _principals(given: list[dict[str, Any]]) -> str | dict[str, Any]:
    by_type: dict[str, list[str]] = {}
    for principal in given:
        by_type.setdefault(principal["type"], []).extend(principal["identifiers"])
    if by_type == {"*": ["*"]}:
        return "*"
    return {kind: _one_or_all(identifiers) for kind, identifiers in by_type.items()}


def _conditions(given: list[dict[str, Any]]) -> dict[str, Any]:
    conditions: dict[str, dict[str, Any]] = {}
    for condition in given:
        conditions.setdefault(condition["test"], {})[condition["variable"]] = _one_or_all(condition["values"])
    return conditions
