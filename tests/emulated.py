"""Clients of boto3 for whatever plays AWS in tests: the emulator, or what listens in its place."""

from typing import Any, cast

import boto3


def client(endpoint: str, service: str, region: str = "us-east-1", **more: Any) -> Any:
    """Make a client, with the emulator's credentials.

    Args:
        endpoint: Address of what plays AWS.
        service: Such as ``ecs``.
        region: Of the client.
        more: Further arguments of ``boto3.client``, such as ``config``.
    """
    return cast("Any", boto3).client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        **more,
    )
