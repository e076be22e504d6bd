"""Calls the pack with the engine's protobuf messages, but without the engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2 as proto

from policy.enforcement.exemptions import Exemption
from policy.enforcement.pins import Pin
from policy.engine.analyzer import Analyzer
from tests.policy.nodes import Node

LEVELS = {
    "advisory": proto.ADVISORY,
    "mandatory": proto.MANDATORY,
    "disabled": proto.DISABLED,
}


@dataclass(frozen=True)
class Finding:
    policy: str
    level: str
    name: str
    message: str
    urn: str = field(default="", compare=False)


class Pack:
    """A loaded and configured pack."""

    def __init__(
        self,
        configuration: Mapping[str, Any] | None = None,
        entries: list[Exemption] | None = None,
        today: date = date(2026, 1, 1),
        *,
        stack: str = "",
        project: str = "spot-platform",
        config: Mapping[str, str] | None = None,
        pins: tuple[Pin, ...] = (),
    ) -> None:
        self._servicer = Analyzer(entries or [], pins, today)
        if stack:
            request = proto.AnalyzerStackConfigureRequest(stack=stack, project=project, config=config or {})
            self._servicer.ConfigureStack(request, None)
        self.information = self._servicer.GetAnalyzerInfo(None, None)
        self._configure(configuration or {})

    def _configure(self, configuration: Mapping[str, Any]) -> None:
        # The engine merges in this order: defaults of the schema, then the initial configuration, then the file.
        request = proto.ConfigureAnalyzerRequest()
        for policy in self.information.policies:
            given = configuration.get(policy.name, {})
            given = {"enforcementLevel": given} if isinstance(given, str) else dict(given)
            level = given.pop("enforcementLevel", None)
            entry = request.policyConfig[policy.name]
            entry.enforcementLevel = policy.enforcementLevel
            for name, value in policy.configSchema.properties.items():
                entry.properties.fields[name].CopyFrom(value.fields["default"])
            if policy.name in self.information.initialConfig:
                initial = self.information.initialConfig[policy.name]
                entry.enforcementLevel = initial.enforcementLevel
                entry.properties.MergeFrom(initial.properties)
            if level:
                entry.enforcementLevel = LEVELS[level]
            entry.properties.update(given)
        self._servicer.Configure(request, None)

    def resource(self, node: Node, provider: Node | None = None) -> list[Finding]:
        """Analyze one resource, as the engine does before it registers it."""
        return _findings(self._asked_about(node, provider), node.urn)

    def inapplicable(self, node: Node) -> set[str]:
        """Return the policies that the pack reports as not applicable to a resource."""
        return {each.policy_name for each in self._asked_about(node).not_applicable}

    def _asked_about(self, node: Node, provider: Node | None = None) -> proto.AnalyzeResponse:
        request = proto.AnalyzeRequest(
            type=node.type, urn=node.urn, name=_name(node.urn), properties=_struct(node.inputs)
        )
        if provider:
            request.provider.MergeFrom(
                proto.AnalyzerProviderResource(
                    type=provider.type,
                    urn=provider.urn,
                    name=_name(provider.urn),
                    properties=_struct(provider.inputs),
                )
            )
        request.options.ignoreChanges.extend(node.ignore_changes)
        return self._servicer.Analyze(request, None)

    def stack(self, nodes: list[Node]) -> list[Finding]:
        """Analyze the stack, with outputs in which all values that AWS computes are unknown."""
        request = proto.AnalyzeStackRequest()
        for node in nodes:
            resource = request.resources.add(
                type=node.type,
                urn=node.urn,
                name=_name(node.urn),
                parent=node.parent,
                properties=_struct({**node.inputs, **node.outputs}),
            )
            resource.options.ignoreChanges.extend(node.ignore_changes)
            for key, urns in node.depends_on.items():
                resource.propertyDependencies[key].urns.extend(urns)
        return _findings(self._servicer.AnalyzeStack(request, None), "")

    def run(self, nodes: list[Node]) -> list[Finding]:
        """Analyze every resource and then the stack, as in a preview."""
        return [finding for node in nodes for finding in self.resource(node)] + self.stack(nodes)


def _struct(inputs: dict[str, Any]) -> struct_pb2.Struct:
    message = struct_pb2.Struct()
    message.update(inputs)
    return message


def _name(urn: str) -> str:
    return urn.rsplit("::", maxsplit=1)[-1]


def _findings(response: Any, urn: str) -> list[Finding]:
    return [
        Finding(
            d.policyName,
            "advisory" if d.enforcementLevel == proto.ADVISORY else "mandatory",
            _name(d.urn or urn),
            d.message,
            d.urn or urn,
        )
        for d in response.diagnostics
    ]
