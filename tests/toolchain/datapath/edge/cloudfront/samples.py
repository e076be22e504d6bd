"""Plain data of a distribution like the program's."""

from dataclasses import replace
from typing import Any

from toolchain.datapath.edge.cloudfront.model import Behaviour, Distribution, ErrorResponse, Origin
from toolchain.datapath.edge.cloudfront.policies import MANAGED_CACHE_POLICIES

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
BEHAVIOUR = Behaviour(
    pattern="*",
    origin_identifier="site",
    viewer_protocol="redirect-to-https",
    allowed_methods=frozenset({"GET", "HEAD"}),
    cached_methods=frozenset({"GET", "HEAD"}),
    compresses=True,
    functions={},
    cache_policy=MANAGED_CACHE_POLICIES[CACHING_OPTIMIZED],
    origin_request_policy=None,
    headers_policy=None,
)


def distribution(**changes: Any) -> Distribution:
    made = Distribution(
        identifier="E1",
        arn="arn:aws:cloudfront::123456789012:distribution/E1",
        domain_name="d1.cloudfront.net",
        aliases=frozenset({"halalsphere.test", "*.example.test"}),
        enabled=True,
        root_object="index.html",
        origins={"site": Origin("site", "site.s3.us-east-1.amazonaws.com", "", (), signs_requests=True)},
        behaviours=(replace(BEHAVIOUR, pattern="/assets/*"), BEHAVIOUR),
        error_responses={404: ErrorResponse(30, 404, "/404.html")},
        web_acl="",
    )
    return replace(made, **changes)
