"""Evaluates an API's resource policy, for callers who are anonymous or known only to an authorizer.

Rules: "API Gateway resource policies" and "AWS condition keys that can be used in API Gateway resource policies"
(Amazon API Gateway Developer Guide): an explicit deny wins; without an explicit allow the request is denied.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

_ACTIONS: Final = frozenset({"execute-api:invoke", "execute-api:*", "*"})
_SOURCE: Final = "aws:sourceip"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a method, to evaluate against a policy."""

    arn: str
    """Method ARN: ``arn:aws:execute-api:{region}:{account}:{api}/{stage}/{METHOD}/{path}``."""
    source_address: str


class PolicyError(ValueError):
    """A policy has a condition that is not supported."""


def denial(policy: Mapping[str, Any] | None, call: Call) -> str | None:
    """Return the reason why a policy denies a call; None if it does not deny it.

    Args:
        policy: The resource policy; None if there is none.
        call: The call.

    Raises:
        PolicyError: A statement that matches the call has a condition that is not supported.
    """
    if policy is None:
        return None
    statements = [each for each in _list(policy.get("Statement")) if _concerns(each, call)]
    hidden = re.sub(r":\d{8}(\d{4}):", r":********\1:", call.arn)
    message = f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {hidden}"
    effects = {each.get("Effect") for each in statements if _holds(each.get("Condition", {}), call)}
    if "Deny" in effects:
        return f"{message} with an explicit deny"
    return None if "Allow" in effects else message


def _concerns(statement: Mapping[str, Any], call: Call) -> bool:
    principal = statement.get("Principal")
    accounts = cast("dict[str, Any]", principal).get("AWS") if isinstance(principal, dict) else principal
    actions = {str(each).lower() for each in _list(statement.get("Action"))}
    resources = _list(statement.get("Resource"))
    return "*" in _list(accounts) and bool(actions & _ACTIONS) and any(_fits(str(each), call.arn) for each in resources)


def _fits(pattern: str, arn: str) -> bool:
    # "execute-api:/stage/METHOD/path" is short for the ARN of the API itself.
    short = pattern.removeprefix("execute-api:")
    if short != pattern:
        pattern = f"arn:*:execute-api:*:*:*{short}" if short.startswith("/") else f"arn:*:execute-api:{short}"
    expression = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern)
    return re.fullmatch(expression, arn) is not None


def _holds(conditions: Mapping[str, Mapping[str, Any]], call: Call) -> bool:
    for operator, values in conditions.items():
        for key, wanted in values.items():
            if operator not in {"IpAddress", "NotIpAddress"} or key.lower() != _SOURCE:
                raise PolicyError(f"the resource policy's condition {operator} {key} is not played")
            if _within(call.source_address, _list(wanted)) != (operator == "IpAddress"):
                return False
    return True


def _within(address: str, networks: Iterable[Any]) -> bool:
    source = ipaddress.ip_address(address)
    return any(source in ipaddress.ip_network(str(each), strict=False) for each in networks)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]
