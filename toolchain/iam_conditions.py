"""Evaluates the conditions of a statement of an IAM policy.

Source: AWS Identity and Access Management User Guide, "IAM JSON policy elements: Condition operators" and "Set
operators for multivalued context keys".
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any

from toolchain.iam_documents import like, listed


def conditions_hold(
    conditions: Mapping[str, Mapping[str, Any]],
    context: Mapping[str, str],
    *,
    unknown: bool,
    absent_is_unknown: bool = False,
) -> bool:
    """Check whether all conditions of a statement match a request.

    Args:
        conditions: The statement's ``Condition``: operator, key, one value or a list of values.
        context: The condition keys of the request and their values. Case of the keys does not matter, as in IAM.
        unknown: The result for a condition that cannot be evaluated: an operator that is not known here, or a value
            that cannot be read. True for a Deny and False for an Allow lets nothing pass by mistake.
        absent_is_unknown: Whether the request may have keys that are not in the context. A condition about such a key
            is then unknown, too, unless its operator ends in ``IfExists``.
    """
    values = {key.lower(): value for key, value in context.items()}
    return all(
        _holds(operator, listed(wanted), values.get(key.lower()), unknown, absent_is_unknown)
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _holds(operator: str, wanted: list[Any], value: str | None, unknown: bool, absent_is_unknown: bool) -> bool:
    texts = [str(item).lower() if isinstance(item, bool) else str(item) for item in wanted]
    plain = operator.removeprefix("ForAnyValue:").removeprefix("ForAllValues:").lower()
    is_optional = plain.endswith("ifexists")
    plain = plain.removesuffix("ifexists")
    if value is None and absent_is_unknown:
        return is_optional or unknown
    if plain == "null":
        return any(_flag(text) == (value is None) for text in texts)
    is_negated = "not" in plain
    compare = _OPERATORS.get(plain.replace("not", "", 1))
    if compare is None:
        return unknown
    if value is None:
        holds = operator.startswith("ForAllValues:") or (is_negated and not operator.startswith("ForAnyValue:"))
        return is_optional or holds
    try:
        matches = any(compare(value, text) for text in texts)
    except (ValueError, TypeError):  # such as a number that is none, or a date without a time zone
        return unknown
    return matches is not is_negated


def _flag(value: str) -> bool:
    return value.strip().lower() == "true"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "stringequals": lambda value, wanted: value == wanted,
    "stringequalsignorecase": lambda value, wanted: value.lower() == wanted.lower(),
    "stringlike": lambda value, wanted: like(wanted, value),
    "arnequals": lambda value, wanted: like(wanted, value),
    "arnlike": lambda value, wanted: like(wanted, value),
    "bool": lambda value, wanted: _flag(value) == _flag(wanted),
    "numericequals": lambda value, wanted: float(value) == float(wanted),
    "numericlessthan": lambda value, wanted: float(value) < float(wanted),
    "numericlessthanequals": lambda value, wanted: float(value) <= float(wanted),
    "numericgreaterthan": lambda value, wanted: float(value) > float(wanted),
    "numericgreaterthanequals": lambda value, wanted: float(value) >= float(wanted),
    "dateequals": lambda value, wanted: _moment(value) == _moment(wanted),
    "datelessthan": lambda value, wanted: _moment(value) < _moment(wanted),
    "datelessthanequals": lambda value, wanted: _moment(value) <= _moment(wanted),
    "dategreaterthan": lambda value, wanted: _moment(value) > _moment(wanted),
    "dategreaterthanequals": lambda value, wanted: _moment(value) >= _moment(wanted),
    "ipaddress": lambda value, wanted: ip_address(value) in ip_network(wanted, strict=False),
}
