"""Patch of the tags in moto's API Gateway. moto's objects are practically untyped, hence Any."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from moto.apigateway import urls
from moto.apigateway.exceptions import NotFoundException
from moto.apigateway.responses import APIGatewayResponse

from toolchain.emulator.patching import wrap

_COLLECTIONS = {
    "apikeys": "keys",
    "clientcertificates": "client_certificates",
    "domainnames": "domain_names",
    "restapis": "apis",
    "usageplans": "usage_plans",
    "vpclinks": "vpc_links",
}
"""Resource type in an ARN (Amazon API Gateway Developer Guide, "Amazon Resource Name (ARN) values") -> attribute of
moto's backend with these resources."""


def tag_everything() -> None:
    """API Gateway GetTags, TagResource and UntagResource.

    Reason: moto supports tags of stages only, and its server accepts no ARN with a slash, so no stack could change its
    tags. Not offered upstream: no internet here.
    """

    def getting(_get: Callable[..., str]) -> Callable[..., str]:
        def got(self: Any) -> str:
            return json.dumps({"tags": _tagged(self).tags or {}})

        return got

    def tagging(_tag: Callable[..., str]) -> Callable[..., str]:
        def tagged(self: Any) -> str:
            resource = _tagged(self)
            resource.tags = {**(resource.tags or {}), **self._get_param("tags")}
            return "{}"

        return tagged

    def untagging(_untag: Callable[..., str]) -> Callable[..., str]:
        def untagged(self: Any) -> str:
            resource, keys = _tagged(self), set(self.querystring.get("tagKeys", []))
            kept: dict[str, str] = resource.tags or {}
            resource.tags = {key: value for key, value in kept.items() if key not in keys}
            return "{}"

        return untagged

    wrap(APIGatewayResponse, "get_tags", getting)
    wrap(APIGatewayResponse, "tag_resource", tagging)
    wrap(APIGatewayResponse, "untag_resource", untagging)
    urls.url_paths["{0}/tags/(?P<resourceArn>.+)$"] = APIGatewayResponse.dispatch


def _tagged(response: Any) -> Any:
    """Return the resource whose ARN is in the request's path."""
    arn = unquote(response.path.split("/tags/", 1)[1])
    kind, name, *rest = arn.split("::/", 1)[1].split("/")
    found = getattr(response.backend, _COLLECTIONS.get(kind, ""), {}).get(name)
    if found is not None and rest[:1] == ["stages"]:
        found = found.stages.get(rest[1])
    if found is None:
        raise NotFoundException("Invalid Resource identifier specified")
    return found
