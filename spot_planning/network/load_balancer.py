"""The load balancer in front of a service: its kinds and its listener."""

from enum import StrEnum

from spot_planning.declarations import arguments, between, setting


class LoadBalancerKind(StrEnum):
    """Kinds of load balancer in front of a service."""

    NETWORK = "network"
    APPLICATION = "application"


@arguments
class ListenerSettings:
    """The load balancer's listener, which the service and the API in front of it must agree on."""

    listener_port: int = setting(default=80, allowed=between(1, 65535))
    """Port of the load balancer's listener. Only API Gateway reaches it."""
