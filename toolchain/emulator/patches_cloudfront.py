"""Patches of moto's CloudFront."""

import secrets
from typing import Any

from moto.cloudfront import urls
from moto.cloudfront.exceptions import CloudFrontException
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.responses import ActionResult, EmptyResult

from toolchain.emulator.patching import add

PREFIX = "{0}/2020-05-31"


def publish_function() -> None:
    """PublishFunction and UpdateFunction. Reason: missing, and the provider publishes every function."""

    def publish(self: CloudFrontResponse) -> ActionResult:
        function = self.backend.describe_function(name=self._get_param("Name"))
        function.stage, function.status = "LIVE", "UNASSOCIATED"
        return ActionResult({"FunctionSummary": function.function_summary})

    def update(self: CloudFrontResponse) -> ActionResult:
        function = self.backend.describe_function(name=self._get_param("Name"))
        function.config = self._get_param("FunctionConfig", {})
        function.code = self._get_param("FunctionCode")
        return ActionResult({"FunctionSummary": function.function_summary, "ETag": function.etag})

    add(CloudFrontResponse, "publish_function", publish)
    add(CloudFrontResponse, "update_function", update)
    _route("function/(?P<function_name>[^/]+)/publish$")


def keep_response_headers_policies() -> None:
    """CreateResponseHeadersPolicy and its companions. Reason: missing altogether."""

    def policies(self: CloudFrontResponse) -> dict[str, dict[str, Any]]:
        return self.backend.__dict__.setdefault("response_headers_policies", {})

    def answer(policy: dict[str, Any]) -> ActionResult:
        return ActionResult({"ResponseHeadersPolicy": policy, "ETag": policy["Id"]})

    def find(self: CloudFrontResponse) -> dict[str, Any]:
        identifier = self._get_param("Id")
        if identifier not in policies(self):
            raise _NoSuchResponseHeadersPolicy
        return policies(self)[identifier]

    def create(self: CloudFrontResponse) -> ActionResult:
        policy = {"Id": secrets.token_hex(16), "ResponseHeadersPolicyConfig": _configuration(self)}
        policies(self)[policy["Id"]] = policy
        return answer(policy)

    def update(self: CloudFrontResponse) -> ActionResult:
        policy = find(self)
        policy["ResponseHeadersPolicyConfig"] = _configuration(self)
        return answer(policy)

    def delete(self: CloudFrontResponse) -> EmptyResult:
        del policies(self)[find(self)["Id"]]
        return EmptyResult()

    add(CloudFrontResponse, "create_response_headers_policy", create)
    add(CloudFrontResponse, "get_response_headers_policy", lambda self: answer(find(self)))
    add(CloudFrontResponse, "update_response_headers_policy", update)
    add(CloudFrontResponse, "delete_response_headers_policy", delete)
    _route("response-headers-policy$")
    _route("response-headers-policy/(?P<policy_id>[^/]+)$")


def _configuration(response: CloudFrontResponse) -> dict[str, Any]:
    return response._get_param("ResponseHeadersPolicyConfig", {})  # noqa: SLF001 (moto's own way to read one)


def _route(path: str) -> None:
    urls.url_paths[f"{PREFIX}/{path}"] = CloudFrontResponse.dispatch


class _NoSuchResponseHeadersPolicy(CloudFrontException):
    code = "NoSuchResponseHeadersPolicy"

    def __init__(self) -> None:
        super().__init__("The response headers policy does not exist.")
