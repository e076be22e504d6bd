"""One run of the pack: what it has seen, what it could not decide, and which exemptions it used."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pulumi_policy import PolicyResource, ResourceValidationArgs

from policy.exemptions import Exemptions
from policy.graph import Graph
from policy.resources import ResourceView, normalised
from policy.rule import Outcome, Rule, Verdict, evaluate
from policy.values import plain


class Question(NamedTuple):
    """What could not be decided about a resource, whichever rules asked."""

    urn: str
    path: str
    reason: str


@dataclass(frozen=True)
class _Seen:
    props: object
    view: ResourceView


class Session:
    """The state between the engine's calls.

    The engine asks about each resource with its inputs, and at the end about the stack with its outputs, among
    which a preview knows none that AWS computes. Rules over the stack are to see what the program asked for, so
    the inputs are remembered.
    """

    def __init__(self, exemptions: Exemptions) -> None:
        self.exemptions = exemptions
        self.undecided: dict[Question, list[str]] = {}
        self._seen: dict[str, _Seen] = {}
        self._graph: tuple[object, Graph] | None = None

    def resource(self, args: ResourceValidationArgs) -> ResourceView:
        """Read a resource that the engine asks about, and remember it.

        Args:
            args: The engine's question.

        Returns:
            The resource; the same object for every rule that is asked about it.
        """
        seen = self._seen.get(args.urn)
        if seen is None or seen.props is not args.props:
            view = ResourceView(
                type=normalised(args.resource_type),
                urn=args.urn,
                inputs=_inputs(args.props),
                ignore_changes=tuple(args.opts.ignore_changes),
            )
            seen = self._seen[args.urn] = _Seen(args.props, view)
        return seen.view

    def graph(self, resources: list[PolicyResource]) -> Graph:
        """Read the stack that the engine asks about.

        Args:
            resources: The engine's resources, with dependencies.

        Returns:
            The stack, with the inputs of each resource; with its outputs where no question about the resource
            itself came before (``pulumi policy analyze``, targeted updates).
        """
        key = resources[0].props if resources else None
        if self._graph is None or self._graph[0] is not key:
            self._graph = (key, Graph(self._with_dependencies(resource) for resource in resources))
        return self._graph[1]

    def _with_dependencies(self, resource: PolicyResource) -> ResourceView:
        seen = self._seen.get(resource.urn)
        return ResourceView(
            type=normalised(resource.resource_type),
            urn=resource.urn,
            inputs=seen.view.inputs if seen else _inputs(resource.props),
            ignore_changes=tuple(resource.opts.ignore_changes),
            depends_on={
                name: tuple(dependency.urn for dependency in dependencies)
                for name, dependencies in resource.property_dependencies.items()
            },
        )

    def catch_up(self, graph: Graph, rules: Iterable[Rule]) -> None:
        """Note the exemptions that resources need about which no question came, as in a targeted update.

        Args:
            graph: The stack.
            rules: All rules.
        """
        unseen = [resource for resource in graph.resources if resource.urn not in self._seen]
        for rule in rules:
            for resource in unseen:
                for verdict in evaluate(rule, resource):
                    if verdict.outcome is Outcome.VIOLATION:
                        self.exemptions.use(rule.id, verdict.urn)
                    else:
                        self.exemptions.await_decision(rule.id, verdict.urn)

    def standing(self, rule: Rule, verdicts: Iterable[Verdict]) -> list[Verdict]:
        """Sort verdicts out.

        Args:
            rule: Whose they are.
            verdicts: All of them.

        Returns:
            The violations that no exemption covers; what is undecided is noted.
        """
        standing: list[Verdict] = []
        for verdict in verdicts:
            if verdict.outcome is Outcome.UNDECIDED:
                asked = self.undecided.setdefault(Question(verdict.urn, verdict.path, verdict.message), [])
                if rule.id not in asked:
                    asked.append(rule.id)
                self.exemptions.await_decision(rule.id, verdict.urn)
            elif not self.exemptions.use(rule.id, verdict.urn):
                standing.append(verdict)
        return standing


def _inputs(props: object) -> Mapping[str, object]:
    content = plain(props)
    return content if isinstance(content, dict) else {}  # pyright: ignore[reportUnknownVariableType] - plain gives str keys
