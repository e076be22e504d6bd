"""Finds botocore's service models for a recorded request, by its signature."""

from functools import cache

from botocore.loaders import Loader
from botocore.model import ServiceModel

from tests.aws_requests.recorded import Recorded

NAMES: dict[str, tuple[str, ...]] = {
    "apigateway": ("apigateway", "apigatewayv2"),
    "application-autoscaling": ("application-autoscaling",),
    "elasticloadbalancing": ("elbv2",),
    "monitoring": ("cloudwatch",),
    "s3": ("s3", "s3control"),
    "states": ("stepfunctions",),
}
"""Service name in the signature -> names of its models, where the names differ."""


class UnparsableError(ValueError):
    """A request that no model explains, so that it cannot be checked."""


@cache
def model(name: str) -> ServiceModel:
    """Load a service's model by botocore's name."""
    return ServiceModel(_loader().load_service_model(name, "service-2"), name)


def candidates(request: Recorded) -> list[ServiceModel]:
    """Return the models that a request may belong to.

    Raises:
        UnparsableError: No model has the service, or the request is not signed.
    """
    signed = request.signing_name
    if not signed:
        raise UnparsableError(f"{request.method} {request.path} is not signed, so that nobody knows its service")
    names = NAMES.get(signed, (signed,))
    known = _loader().list_available_services("service-2")
    missing = [name for name in names if name not in known]
    if missing:
        raise UnparsableError(f"botocore has no model of {', '.join(missing)}; add it to NAMES")
    return [model(name) for name in names]


class _OwnLoader(Loader):
    """A loader that shares nothing with boto3's sessions, because a client of Amazon S3 changes the paths in its model."""


@cache
def _loader() -> Loader:
    return _OwnLoader()
