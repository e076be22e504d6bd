"""Answers functions (invokes, Terraform's data sources).

Look-ups of something that exists before the program (a zone, a VPC, a certificate) answer that it exists, with a
made-up id: whether it really does, only a preview with credentials can tell.
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
    """What an invoke answers.

    Args:
        token: Such as ``aws:ec2/getAmi:getAmi``.
        arguments: Its arguments, in the engine's names.
        region: The provider's region.
        account: The provider's account.

    Returns:
        All results, the arguments among them; secrets are `structs.Secret`. All are unknown if an argument is.

    Raises:
        UnsupportedFunctionError: There is no answer for this invoke.
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
