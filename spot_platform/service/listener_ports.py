"""The listener ports that the services of a program take on their load balancers."""

from collections.abc import Iterator, MutableMapping
from typing import Any
from weakref import WeakKeyDictionary

from pulumi.runtime.settings import get_monitor

from spot_planning.problems import Problem
from spot_platform.service.arguments import FargateSpotServiceArgs

_Ports = dict[tuple[str, int], str]

_TAKEN: MutableMapping[Any, _Ports] = WeakKeyDictionary()
"""Owner -> (ARN of a load balancer, port) -> name of the service. The owner is the ARN itself if it is an Output, else
the program's connection to the engine. When the owner is gone, so is its entry."""


def take_listener_port(name: str, args: FargateSpotServiceArgs) -> None:
    """Remember that a service takes its port of its load balancer, for the next `port_problems`.

    Args:
        name: The service's name.
        args: The service's arguments, already checked.
    """
    ports, key = _ports(args)
    ports[key] = name


def port_problems(args: FargateSpotServiceArgs) -> Iterator[Problem]:
    """Refuse a port of a load balancer that another service of the program has.

    Two load balancers are the same if their ARNs are the same text or the same Output, as all references of one
    `InternalLoadBalancer` are. Elastic Load Balancing would refuse the second listener during the deployment
    (CreateListener, Elastic Load Balancing API Reference, ``DuplicateListener``).

    Args:
        args: The service's arguments.
    """
    ports, key = _ports(args)
    if key in ports:
        allowed = "a port that no other service takes on this load balancer"
        yield Problem(("listener_port",), f"is the port of service {ports[key]}; allowed: {allowed}")


def _ports(args: FargateSpotServiceArgs) -> tuple[_Ports, tuple[str, int]]:
    """Return the ports of the load balancer's owner, and the service's key in them."""
    if args.load_balancer is None:
        return {}, ("", 0)
    arn = args.load_balancer.arn
    if isinstance(arn, str):
        owner, text = get_monitor(), arn
    else:
        owner, text = arn, ""
    if owner is None:
        return {}, ("", 0)
    return _TAKEN.setdefault(owner, {}), (text, args.listener_port)
