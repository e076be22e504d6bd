"""Patches of custom domain names in moto's API Gateway. moto's objects are practically untyped, hence Any."""

import json
from collections.abc import Callable
from typing import Any, Final

from moto.apigateway.models import DomainName
from moto.apigateway.responses import APIGatewayResponse

from toolchain.emulator.patching import add, show_also, wrap

CHANGEABLE: Final = {
    "/certificateArn": "certificate_arn",
    "/certificateName": "certificate_name",
    "/regionalCertificateArn": "regional_certificate_arn",
    "/regionalCertificateName": "regional_certificate_name",
    "/securityPolicy": "security_policy",
}
"""Path of a patch operation -> attribute of moto's domain (Amazon API Gateway API Reference, "Patch Operations")."""


def read_endpoint_access_modes_back() -> None:
    """CreateDomainName with an endpoint access mode. Reason: moto does not return it, so every update has a diff.

    Not offered upstream: no internet here.
    """
    name = "endpointAccessMode"

    def creating(create: Callable[..., Any]) -> Callable[..., Any]:
        def created(self: Any) -> Any:
            answer = create(self)
            mode = self._get_param(name)
            if mode is not None:
                self.backend.domain_names[self._get_param("domainName")].given = {name: mode}
            return answer

        return created

    wrap(APIGatewayResponse, "create_domain_name", creating)
    show_also(DomainName, "to_json", "given")


def update_domain_names() -> None:
    """UpdateDomainName. Reason: moto does not have it.

    Not offered upstream: no internet here.
    """

    def updated(self: Any) -> str:
        domain = self.backend.get_domain_name(self.path.split("/")[2])
        for operation in self._get_param("patchOperations"):
            path, value = operation["path"], operation.get("value")
            if path == "/endpointAccessMode":
                domain.given = {**domain.__dict__.get("given", {}), "endpointAccessMode": value}
            elif path in CHANGEABLE:
                setattr(domain, CHANGEABLE[path], value)
            else:
                raise NotImplementedError(f"UpdateDomainName with {operation}")
        return json.dumps(domain.to_json())

    add(APIGatewayResponse, "update_domain_name", updated)
