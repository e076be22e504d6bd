"""Answers functions (invokes, Terraform's data sources).

Look-ups of existing resources (a zone, a VPC, a certificate) always succeed, with a made-up id. Only a preview with
credentials can check whether the resource really exists.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pulumi.output import UNKNOWN

from . import model, structs
from .values import ACCOUNT, REGION, fallback
from .values.lookups import TABLE
from .values.templates import MissingFieldError, Scope


class UnsupportedFunctionError(LookupError):
    """The offline provider has no answer for this function."""


def invoked(token: str, arguments: Mapping[str, Any], region: str = REGION, account: str = ACCOUNT) -> dict[str, Any]:
    """Return the results of an invoke.

    Args:
        token: The function, such as ``aws:ec2/getAmi:getAmi``.
        arguments: The arguments, by the engine's names.
        region: The provider's Region.
        account: The provider's account.

    Returns:
        All results, including the arguments; secrets are `structs.Secret`. All are unknown if an argument is unknown.

    Raises:
        UnsupportedFunctionError: The offline provider does not support this function.
    """
    declared = model.function(token)
    if declared is None or token not in TABLE:
        raise UnsupportedFunctionError(
            f"the offline AWS provider does not answer {token}; look it up in AWS once and pass the value as"
            " configuration, or run with the real provider"
        )
    if structs.has_unknown(arguments):
        return dict.fromkeys(declared.results, UNKNOWN)
    given = {key: value for key, value in arguments.items() if value is not None}
    placed = structs.revealed(given.get("region"))
    content = json.dumps([token, structs.revealed(given)], sort_keys=True, default=str)
    scope = Scope(
        seed=hashlib.sha256(content.encode()).hexdigest(),
        urn_name=token.rpartition(":")[2],
        region=placed if isinstance(placed, str) else region,
        account=account,
        values=given,
        made=TABLE[token],
    )
    scope.identifier = str(structs.revealed(scope.get("id", scope.made_up("hex", 17))))
    results: dict[str, Any] = dict(given)
    for name, declaration in declared.results.items():
        if name not in results:
            try:
                results[name] = scope.property(name)
            except MissingFieldError:
                if declaration.required:
                    results[name] = fallback.output(token, declaration, scope)
    return results
