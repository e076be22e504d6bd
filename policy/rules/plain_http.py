"""Policies of queues and topics that deny what comes without TLS."""

from collections.abc import Callable, Iterator

from policy.documents import statements
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Config, Verdict, guarded, violation

GraphRule = Callable[[Graph, ResourceView, Config], Iterator[Verdict]]


def denies_plain_http(owner_type: str, policy_type: str, link: str, *actions: str) -> GraphRule:
    """Demand that each policy of a queue or a topic denies what comes without TLS.

    Args:
        owner_type: The type of what has the policy, with a policy of its own or by another resource.
        policy_type: The type of that other resource.
        link: Its property that names the owner.
        actions: What must be denied.
    """

    def check(graph: Graph, resource: ResourceView, _config: Config) -> Iterator[Verdict]:
        if resource.type == policy_type:
            # That of an owner of the stack is judged with its owner.
            if not graph.targets(resource, link, owner_type):
                yield from denies(resource)
            return
        policies = [
            *([resource] if resource.at("policy").present else []),
            *graph.dependents(resource, policy_type, link),
        ]
        if not policies:
            yield violation("policy", "no statement of its policy denies requests without TLS")
        # AWS keeps one policy, the one that is put last, and nobody says which that is.
        for policy in policies:
            yield from guarded(denies(policy))

    def denies(policy: ResourceView) -> Iterator[Verdict]:
        found = statements(policy.at("policy"))
        if not any(item.refuses_plain_http and all(map(item.covers, actions)) for item in found):
            yield violation("policy", f"no statement of the policy {policy.name} denies requests without TLS")

    return check
