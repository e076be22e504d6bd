"""A check that policies of queues and topics deny requests without TLS."""

from collections.abc import Callable, Iterator

from policy.documents import statements
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Config, Verdict, guarded, violation

GraphRule = Callable[[Graph, ResourceView, Config], Iterator[Verdict]]


def denies_plain_http(owner_type: str, policy_type: str, link: str, *actions: str) -> GraphRule:
    """Demand that each policy of a queue or a topic denies requests without TLS.

    Args:
        owner_type: The type of the queue or topic. Its policy is a property of it or a separate resource.
        policy_type: The type of the separate policy resource.
        link: The property of the policy resource that names the queue or topic.
        actions: Actions that the policy must deny.
    """

    def check(graph: Graph, resource: ResourceView, _config: Config) -> Iterator[Verdict]:
        if resource.type == policy_type:
            # The policy of a queue or topic of the stack is checked together with it.
            if not graph.targets(resource, link, owner_type):
                yield from denies(resource)
            return
        policies = [
            *([resource] if resource.at("policy").present else []),
            *graph.dependents(resource, policy_type, link),
        ]
        if not policies:
            yield violation("policy", "no statement of its policy denies requests without TLS")
        # AWS keeps only the policy that is written last, and the order is not known: each of them must deny it.
        for policy in policies:
            yield from guarded(denies(policy))

    def denies(policy: ResourceView) -> Iterator[Verdict]:
        found = statements(policy.at("policy"))
        if not any(item.refuses_plain_http and all(map(item.covers, actions)) for item in found):
            yield violation("policy", f"no statement of the policy {policy.name} denies requests without TLS")

    return check
