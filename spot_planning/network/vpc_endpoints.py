"""Which AWS services are reached inside the VPC."""

import re

GATEWAY_SERVICES = ("s3", "dynamodb")
"""The services that have gateway endpoints, which cost nothing ("Gateway endpoints", AWS PrivateLink Guide)."""

_SERVICE_NAME = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")


def check_interface_endpoints(services: list[str]) -> None:
    """Check the names of interface endpoints.

    Args:
        services: Names as in ``com.amazonaws.<region>.<name>``, such as ``ecr.api``.

    Raises:
        ValueError: If a name is malformed, given twice, given in full, or that of a gateway endpoint.
    """
    for service in services:
        if service.startswith(("com.amazonaws.", "cn.com.amazonaws.")):
            raise ValueError(
                f"interface_endpoints={service} is a full name: write what follows the region, such as ecr.api"
            )
        if not _SERVICE_NAME.fullmatch(service):
            raise ValueError(f"interface_endpoints={service} is not a service name, such as ecr.api")
        if service in GATEWAY_SERVICES:
            raise ValueError(
                f"interface_endpoints={service} is not needed: {service} always has a gateway endpoint, free of charge"
            )
        if services.count(service) > 1:
            raise ValueError(f"interface_endpoints={service} is given twice")
