"""How the toolchain's and the operations' clients of boto3 send requests: attempts, timeouts, proxies."""

from typing import Any, Final

ATTEMPTS: Final = 6
"""Maximum number of attempts of a request. With the backoff of botocore's standard mode, doubled from 1 s to at most
20 s with jitter, requests survive about half a minute of throttling (Boto3 documentation, "Retries")."""
CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 60


def request_options(endpoint_url: str | None) -> dict[str, Any]:
    """Return the arguments of botocore's ``Config`` for a client.

    Args:
        endpoint_url: The emulator's address; None for AWS.
    """
    options: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
        "retries": {"total_max_attempts": ATTEMPTS, "mode": "standard"},
    }
    if endpoint_url is not None:
        # A proxy cannot reach this machine's loopback. The shell's settings of AWS's endpoints do not apply here.
        options |= {"proxies": {}, "use_fips_endpoint": False, "use_dualstack_endpoint": False}
    return options
