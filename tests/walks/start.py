"""The configuration that a walk starts with: the local stack's, without the parts that need the reference service."""

from typing import Any

START: dict[str, Any] = {
    "name": "halalsphere-local",
    "aws": {"region": "us-east-1", "account_id": "123456789012"},
    "dns": {
        "zone_name": "halalsphere.test",
        "manage_zone": True,
        "site_domain": "halalsphere.test",
        "api_domain": "api.halalsphere.test",
    },
    "api": {"document": "examples/halalsphere-openapi.yaml"},
    "policy": {"open_paths": ["/health", "/health/*", "/certificates/verify/*", "/payments/webhooks/*"]},
}
