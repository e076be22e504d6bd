"""Kinds of load balancers."""

from enum import StrEnum


class LoadBalancerKind(StrEnum):
    """Kinds of load balancer in front of a service."""

    NETWORK = "network"
    APPLICATION = "application"
