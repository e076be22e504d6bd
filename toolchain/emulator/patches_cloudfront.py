"""Patches of moto's CloudFront. moto's objects are practically untyped, hence Any."""

import secrets
from collections.abc import Callable
from typing import Any

from moto.cloudfront import urls
from moto.cloudfront.exceptions import CloudFrontException, NoSuchFunctionExists
from moto.cloudfront.models import DefaultCacheBehaviour, Invalidation, Origin, ViewerCertificate
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.responses import ActionResult, EmptyResult

from toolchain.emulator.patching import add, wrap
from toolchain.emulator.reports_cloudfront import invalidation_status

PREFIX = "{0}/2020-05-31"


def publish_function() -> None:
    """PublishFunction, UpdateFunction, GetFunction. Reason: missing, also the stages; the provider publishes.

    Not offered upstream: no internet here.
    """

    def publish(self: Any) -> ActionResult:
        function = self.backend.describe_function(name=self._get_param("Name"))
        function.stage, function.status = "LIVE", "UNASSOCIATED"
        function.live_code = function.code
        return ActionResult({"FunctionSummary": function.function_summary})

    def getting(get: Callable[..., ActionResult]) -> Callable[..., ActionResult]:
        def got(self: Any) -> ActionResult:
            answer = get(self)
            if self._get_param("Stage") == "LIVE":
                function = self.backend.describe_function(name=self._get_param("Name"))
                if not hasattr(function, "live_code"):
                    raise NoSuchFunctionExists(function.name)
                answer.result["FunctionCode"] = function.live_code  # pyright: ignore[reportIndexIssue]
            return answer

        return got

    def update(self: Any) -> ActionResult:
        function = self.backend.describe_function(name=self._get_param("Name"))
        function.config = self._get_param("FunctionConfig", {})
        function.code = self._get_param("FunctionCode")
        return ActionResult({"FunctionSummary": function.function_summary, "ETag": function.etag})

    add(CloudFrontResponse, "publish_function", publish)
    add(CloudFrontResponse, "update_function", update)
    wrap(CloudFrontResponse, "get_function", getting)
    _route("function/(?P<function_name>[^/]+)/publish$")


def complete_invalidations_when_the_edge_has() -> None:
    """CreateInvalidation. Reason: moto's status is COMPLETED at once, which no client knows; AWS's is Completed.

    Not offered upstream: no internet here.
    """

    def set_status(_self: Any, _status: str) -> None:
        """Ignore moto's status, because the edge reports it."""

    # moto reads the status from the object, and sets it when it creates an object
    Invalidation.status = property(lambda self: invalidation_status(self.id), set_status)  # pyright: ignore[reportAttributeAccessIssue]


def keep_response_headers_policies() -> None:
    """The actions Create-, Get-, Update- and DeleteResponseHeadersPolicy. Reason: missing.

    Not offered upstream: no internet here.
    """

    def policies(self: Any) -> dict[str, dict[str, Any]]:
        return self.backend.__dict__.setdefault("response_headers_policies", {})

    def answer(policy: dict[str, Any]) -> ActionResult:
        return ActionResult({"ResponseHeadersPolicy": policy, "ETag": policy["Id"]})

    def find(self: Any) -> dict[str, Any]:
        identifier = self._get_param("Id")
        if identifier not in policies(self):
            raise _NoSuchResponseHeadersPolicy
        return policies(self)[identifier]

    def create(self: Any) -> ActionResult:
        identifier = secrets.token_hex(16)
        policy = {"Id": identifier, "ResponseHeadersPolicyConfig": _configuration(self)}
        policies(self)[identifier] = policy
        return answer(policy)

    def get(self: Any) -> ActionResult:
        return answer(find(self))

    def update(self: Any) -> ActionResult:
        policy = find(self)
        policy["ResponseHeadersPolicyConfig"] = _configuration(self)
        return answer(policy)

    def delete(self: Any) -> EmptyResult:
        del policies(self)[find(self)["Id"]]
        return EmptyResult()

    add(CloudFrontResponse, "create_response_headers_policy", create)
    add(CloudFrontResponse, "get_response_headers_policy", get)
    add(CloudFrontResponse, "update_response_headers_policy", update)
    add(CloudFrontResponse, "delete_response_headers_policy", delete)
    _route("response-headers-policy$")
    _route("response-headers-policy/(?P<policy_id>[^/]+)$")


def read_distributions_back() -> None:
    """GetDistribution. Reason: moto adds and loses properties, so every preview shows a change.

    Not offered upstream: no internet here.
    """

    def behaviour(made: Any, config: dict[str, Any]) -> None:
        if "CachePolicyId" in config and "ForwardedValues" not in config["as_given"]:
            del made.forwarded_values
        made.function_associations = config.get("FunctionAssociations", {"Quantity": 0})
        made.lambda_function_associations = config.get("LambdaFunctionAssociations", {"Quantity": 0})

    def origin(made: Any, config: dict[str, Any]) -> None:
        made.origin_access_control_id = config.get("OriginAccessControlId", "")

    def certificate(made: Any, config: dict[str, Any]) -> None:
        if config.get("CloudFrontDefaultCertificate"):
            made.ssl_support_method = None
        elif "ACMCertificateArn" in config:
            made.cloud_front_default_certificate = False

    for kind, correct in ((DefaultCacheBehaviour, behaviour), (Origin, origin), (ViewerCertificate, certificate)):
        wrap(kind, "__init__", _corrected(correct))


def _corrected(correct: Callable[[Any, dict[str, Any]], None]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def wrapper(initialise: Callable[..., None]) -> Callable[..., None]:
        def initialised(self: Any, config: dict[str, Any]) -> None:
            given = {**config, "as_given": frozenset(config)}
            initialise(self, config)
            correct(self, given)

        return initialised

    return wrapper


def _configuration(response: Any) -> dict[str, Any]:
    return response._get_param("ResponseHeadersPolicyConfig", {})  # noqa: SLF001 (moto's own way to read one)


def _route(path: str) -> None:
    urls.url_paths[f"{PREFIX}/{path}"] = CloudFrontResponse.dispatch


class _NoSuchResponseHeadersPolicy(CloudFrontException):
    code = "NoSuchResponseHeadersPolicy"

    def __init__(self) -> None:
        super().__init__("The response headers policy does not exist.")
