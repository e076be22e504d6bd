"""Warns of changes during which callers do not reach the API, before they are made."""

from collections.abc import Iterable
from typing import Final

from toolchain.system.printing import visible
from toolchain.view.progress import Step
from toolchain.view.urns import label, type_of

_REST_API: Final = "aws:apigateway/restApi:RestApi"
_DOMAIN_NAME: Final = "aws:apigateway/domainName:DomainName"


def warnings(steps: Iterable[Step]) -> list[str]:
    """Return a line for each update that makes an address of an API unreachable.

    There are two: an API or a domain name whose endpoint access mode goes from STRICT to BASIC, and an API whose
    execute-api endpoint is switched off. The API changes before anything that calls it.

    Args:
        steps: The steps of a preview.

    Sources: Amazon API Gateway Developer Guide, "Security policies for REST APIs in API Gateway", endpoint access mode,
    and "Disable the default endpoint for REST APIs".
    """
    found: list[str] = []
    for step in steps:
        kind, name = type_of(step.urn), visible(label(step.urn))
        if kind in {_REST_API, _DOMAIN_NAME} and _goes(step, "endpointAccessMode", "STRICT", "BASIC"):
            found.append(
                f"warning: {name} will be unreachable for about 15 minutes, because "
                "api.endpoint_access_mode goes from STRICT to BASIC"
            )
        if kind == _REST_API and _goes(step, "disableExecuteApiEndpoint", before=False, after=True):
            found.append(
                f"warning: {name} will answer only by its domain name. Callers of its execute-api address get 403: "
                "pages with the old address, and CloudFront until its distribution is changed (with api.path_on_site)"
            )
    return found


def _goes(step: Step, name: str, before: object, after: object) -> bool:
    return step.change == "update" and (step.before.get(name), step.after.get(name)) == (before, after)
