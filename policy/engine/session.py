"""One run of the pack: judges each resource, then the stack, and keeps what is reported at the end of the run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from policy.enforcement.exemptions import Exemptions, PortRange
from policy.enforcement.levels import PINNED, Enforcement, Level, StackFacts, default_level, held
from policy.enforcement.pins import Pin
from policy.engine.decoding import Properties, secret_texts
from policy.engine.plans import Plans
from policy.graph import Graph
from policy.reporting import messages
from policy.reporting.messages import Finding
from policy.resources import COMPONENT, ResourceView
from policy.rule import UNKNOWN_AT_PREVIEW, Outcome, Rule, Verdict, evaluate, evaluate_graph


class Question(NamedTuple):
    """A property of a resource that could not be decided, for all rules that need it."""

    urn: str
    path: str
    reason: str


class Session:
    """The state of a run between the engine's calls.

    The engine sends each resource with its inputs, and at the end all resources with their outputs. A preview knows no
    output that AWS computes, and rules over the stack judge what the program asked for. So the session keeps the
    inputs.
    """

    def __init__(
        self, rules: Iterable[Rule], exemptions: Exemptions, *, unknown_because: str = UNKNOWN_AT_PREVIEW
    ) -> None:
        """Begin a run.

        Args:
            rules: All rules.
            exemptions: The exemptions of the file.
            unknown_because: The reason to report for a value that is not known.
        """
        self.exemptions = exemptions
        self.undecided: dict[Question, list[str]] = {}
        self.found: list[tuple[Rule, Finding]] = []
        self.told: list[Finding] = []
        self.stack = StackFacts()
        self._rules = tuple(rules)
        self._on_stack = [rule for rule in self._rules if rule.check_graph is not None]
        self._on_type: dict[str, list[Rule]] = {}
        for rule in self._rules:
            for resource_type in rule.types if rule.check is not None else ():
                self._on_type.setdefault(resource_type, []).append(rule)
        self._given: Mapping[str, Enforcement] = {}
        self._defaults = {rule.id: rule.defaults for rule in self._rules}
        self._unknown_because = unknown_because
        self._seen: dict[str, ResourceView] = {}
        self._unsettled: dict[str, frozenset[Verdict]] = {}
        self._told_malformed: dict[tuple[str, str], Level] = {}

    def configure(self, given: Mapping[str, Enforcement], stack: StackFacts) -> None:
        """Set the levels and settings of the run, and the stack.

        Args:
            given: Policy -> how the run enforces it. A policy that is missing has its default level and settings.
            stack: The stack.
        """
        self.stack = stack
        self._given = held(given, stack.pin, self._defaults)

    def lowered(self, pin: Pin) -> list[str]:
        """List the policies that this run enforces less strictly than a pin requires.

        Args:
            pin: The pin of an account that only a provider names, so the run does not follow it from the beginning.
        """
        wanted = held(self._given, pin, self._defaults)
        return sorted(name for name, each in wanted.items() if not self._is_as_strict(name, each))

    def _is_as_strict(self, name: str, wanted: Enforcement) -> bool:
        given = self._given[name]
        settings = {**self._defaults.get(name, {}), **given.settings}
        return given.level is wanted.level and settings == wanted.settings

    @property
    def today(self) -> date:
        """The date that decides which exemptions have expired."""
        return self.exemptions.today

    def level(self, policy: str) -> Level:
        """Return the level of a policy. No configuration lowers the policy that checks the pins."""
        if policy == PINNED:
            return Level.MANDATORY
        return self._given[policy].level if policy in self._given else default_level(policy)

    def _settings(self, rule: Rule) -> dict[str, object]:
        given = {**rule.defaults, **(self._given[rule.id].settings if rule.id in self._given else {})}
        for name, more in self.stack.lists.items():
            if name in given:
                own = given[name]
                given[name] = [*(own if isinstance(own, list) else []), *more]  # pyright: ignore[reportUnknownVariableType] - JSON of the engine
        return given

    def judge(self, resource: ResourceView) -> list[Finding]:
        """Judge one resource by itself.

        Args:
            resource: The resource with its inputs.

        Returns:
            The violations. A rule that cannot be decided yet is left to `judge_stack`, which may know more.
        """
        self._seen[resource.urn] = resource
        self.exemptions.meet(resource.urn)
        verdicts = self._verdicts_on(resource)
        told = {rule: [v for v in given if v.outcome is not Outcome.UNDECIDED] for rule, given in verdicts.items()}
        if told != verdicts:
            self._unsettled[resource.urn] = frozenset(verdict for given in told.values() for verdict in given)
        return self._findings(told, [resource])

    def _verdicts_on(self, resource: ResourceView) -> dict[Rule, list[Verdict]]:
        return {rule: self._verdicts(rule, resource) for rule in self._on_type.get(resource.type, ())}

    def judge_stack(self, resources: Iterable[ResourceView]) -> tuple[list[Finding], Graph]:
        """Judge the stack as a whole.

        Args:
            resources: All resources, with dependencies and outputs. If a resource was judged before, its inputs replace
                the outputs. The other resources are those that ``pulumi policy analyze`` or a targeted update leaves
                alone.

        Returns:
            The violations, and the graph of the stack.
        """
        listed = list(resources)
        for resource in listed:
            self.exemptions.meet(resource.urn)
        plans = Plans(listed)
        completed = (plans.complete(self._with_inputs(resource), resource.parent) for resource in listed)
        graph = Graph(completed, self.stack.account)
        findings = [finding for resource in graph.resources for finding in self._settle(resource)]
        verdicts = {
            rule: evaluate_graph(rule, graph, self._settings(rule))
            for rule in self._on_stack
            if self.level(rule.id) is not Level.DISABLED
        }
        return [*findings, *self._findings(verdicts, graph.resources)], graph

    def _settle(self, resource: ResourceView) -> list[Finding]:
        """Judge a resource again that was undecided, now with the documents that its component registered."""
        if resource.urn not in self._unsettled:
            return []
        told = self._unsettled.pop(resource.urn)
        # As in the first call: a rule on a single resource gets no dependencies.
        verdicts = self._verdicts_on(replace(self._seen[resource.urn], inputs=resource.inputs))
        left = {rule: [verdict for verdict in given if verdict not in told] for rule, given in verdicts.items()}
        return self._findings(left, [resource])

    def _with_inputs(self, resource: ResourceView) -> ResourceView:
        if resource.type.startswith(COMPONENT):
            return resource  # a component registers its documents as outputs, and a preview knows them
        seen = self._seen.get(resource.urn)
        return replace(resource, inputs=seen.inputs, secrets=seen.secrets) if seen else resource

    def _verdicts(self, rule: Rule, resource: ResourceView) -> list[Verdict]:
        if self.level(rule.id) is Level.DISABLED:
            return []
        return evaluate(rule, resource, self._settings(rule))

    def catch_up(self, graph: Graph) -> None:
        """Record the exemptions of resources that the engine did not send one by one, as in a targeted update.

        Args:
            graph: The stack.
        """
        for resource in graph.resources:
            if resource.urn not in self._seen:
                for rule in self._on_type.get(resource.type, ()):
                    for verdict in self._verdicts(rule, resource):
                        if verdict.outcome is Outcome.UNDECIDED:
                            self.exemptions.await_decision(rule.id, verdict.urn)
                        else:
                            self.exemptions.use(rule.id, verdict.urn, verdict.ports)

    def _findings(self, verdicts: Mapping[Rule, Sequence[Verdict]], resources: Sequence[ResourceView]) -> list[Finding]:
        standing = {rule: self._standing(rule, given) for rule, given in verdicts.items()}
        if not any(standing.values()):
            return []
        secrets = frozenset[str]().union(
            *(secret_texts(Properties(view.inputs, view.secrets)) for view in resources if view.secrets)
        )
        shown = {
            rule: [messages.without_secrets(verdict, secrets) for verdict in given] for rule, given in standing.items()
        }
        found = [*self._malformed(shown), *self._of_rules(shown)]
        self.found += found
        findings = [finding for _rule, finding in found]
        self.told += findings
        return findings

    def _standing(self, rule: Rule, verdicts: Iterable[Verdict]) -> list[Verdict]:
        """Return the verdicts that no exemption covers, and record those that are undecided."""
        standing: list[Verdict] = []
        for verdict in verdicts:
            if verdict.outcome is Outcome.UNDECIDED:
                reason = self._unknown_because if verdict.message == UNKNOWN_AT_PREVIEW else verdict.message
                asked = self.undecided.setdefault(Question(verdict.urn, verdict.path, reason), [])
                if rule.id not in asked:
                    asked.append(rule.id)
                self.exemptions.await_decision(rule.id, verdict.urn)
            elif not self.exemptions.use(rule.id, verdict.urn, verdict.ports):
                standing.append(verdict)
        return standing

    def _of_rules(self, standing: Mapping[Rule, Sequence[Verdict]]) -> list[tuple[Rule, Finding]]:
        found: list[tuple[Rule, Finding]] = []
        for rule, verdicts in standing.items():
            level = self.level(rule.id)
            crashes = [verdict for verdict in verdicts if verdict.outcome is Outcome.CRASHED]
            # Nobody knows whether the resource complies with the rule, so a crash is mandatory at any level.
            found += [
                (rule, Finding(rule.id, Level.MANDATORY, crash.urn, messages.crashed(rule, crash, self.today)))
                for crash in crashes
            ]
            violations = [verdict for verdict in verdicts if verdict.outcome is Outcome.VIOLATION]
            for group in _by_exemption(violations):
                text = messages.violated(rule, group, level, self.stack, self.today)
                lists = tuple(dict.fromkeys(each.key for each in messages.added(group)))
                found.append((rule, Finding(rule.id, level, group[0].urn, text, lists)))
        return found

    def _malformed(self, standing: Mapping[Rule, Sequence[Verdict]]) -> list[tuple[Rule, Finding]]:
        by_place: dict[tuple[str, str], list[tuple[Rule, Verdict]]] = {}
        for rule, verdicts in standing.items():
            for verdict in verdicts:
                if verdict.outcome is Outcome.MALFORMED:
                    by_place.setdefault((verdict.urn, verdict.path), []).append((rule, verdict))
        found: list[tuple[Rule, Finding]] = []
        for place, asked in by_place.items():
            # The value is reported only once. The strictest rule reports it, so that no level is lost.
            rules = sorted(dict.fromkeys(rule for rule, _ in asked), key=lambda rule: -self.level(rule.id).strictness)
            level = self.level(rules[0].id)
            told = self._told_malformed.get(place, Level.DISABLED)
            if level.strictness > told.strictness:
                self._told_malformed[place] = level
                text = messages.malformed(rules, asked[0][1])
                found.append((rules[0], Finding(rules[0].id, level, place[0], text)))
        return found


def _by_exemption(verdicts: Iterable[Verdict]) -> Iterable[list[Verdict]]:
    """Group the verdicts that one exemption would cover. Each group is reported as one violation."""
    found: dict[tuple[str, PortRange | None], list[Verdict]] = {}
    for verdict in verdicts:
        found.setdefault((verdict.urn, verdict.ports), []).append(verdict)
    return found.values()
