"""Warns of changes during which nobody reaches the API, before they are made."""

from collections.abc import Iterable
from typing import Final

from toolchain.system.printing import visible
from toolchain.view.progress import Step
from toolchain.view.urns import label, type_of

_MODE: Final = "endpointAccessMode"
_WITH_MODE: Final = ("aws:apigateway/restApi:RestApi", "aws:apigateway/domainName:DomainName")


def warnings(steps: Iterable[Step]) -> list[str]:
    """Return a line for each API or domain whose endpoint access mode would go from STRICT to BASIC.

    Args:
        steps: The steps of a preview.

    Source: Amazon API Gateway Developer Guide, "Security policies for REST APIs in API Gateway", endpoint access mode.
    """
    return [
        f"warning: {visible(label(step.urn))} will be unreachable for about 15 minutes, because "
        "api.endpoint_access_mode goes from STRICT to BASIC"
        for step in steps
        if type_of(step.urn) in _WITH_MODE
        and step.change == "update"
        and (step.before.get(_MODE), step.after.get(_MODE)) == ("STRICT", "BASIC")
    ]
