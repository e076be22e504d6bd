"""boto3 clients for the server that stands in for AWS in a test: the emulator or another local server."""

from functools import lru_cache
from typing import Any, cast

import boto3


def client(endpoint: str, service: str, region: str = "us-east-1", **more: Any) -> Any:
    """Return a client with the emulator's credentials.

    A client without further arguments is made once, because that takes as long as dozens of requests.

    Args:
        endpoint: URL of the server that stands in for AWS.
        service: boto3's name of the service, such as ``ecs``.
        region: The client's Region.
        more: Further arguments of ``boto3.client``, such as ``config``.
    """
    return _made(endpoint, service, region, **more) if more else _kept(endpoint, service, region)


def _made(endpoint: str, service: str, region: str, **more: Any) -> Any:
    return cast("Any", boto3).client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        **more,
    )


_kept = lru_cache(maxsize=100)(_made)
