"""Answers the engine's requests over its analyzer protocol (Pulumi's ``proto/pulumi/analyzer.proto``).

Pulumi's policy SDK would decode a resource again for each policy, and all resources again for each policy over the
stack. With this many rules that took 4.8 s for 280 resources. The SDK also prints a fixed description before each
violation, drops the marks of secrets, and hides all later findings when a rule raises. The protocol is small and
stable, so the pack implements it directly: a resource is decoded once, and only the rules about its type get it.
"""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Final, NamedTuple

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto import analyzer_pb2_grpc, plugin_pb2

from policy.enforcement import levels
from policy.enforcement.exemptions import Exemption, Exemptions
from policy.enforcement.levels import Enforcement, Level, StackFacts
from policy.enforcement.pins import Pin
from policy.engine.decoding import decode
from policy.engine.session import Session
from policy.reporting.housekeeping import HOUSEKEEPERS, keep_house
from policy.reporting.messages import Finding
from policy.resources import ResourceView, normalised
from policy.rule import Rule, documentation
from policy.rules import RULES

NAME: Final = "spot-platform"
VERSION: Final = "0.0.1"
"""The engine uses the version in ``PulumiPolicy.yaml`` instead of this one."""
_LEVELS: Final = {
    Level.ADVISORY: proto.ADVISORY,
    Level.MANDATORY: proto.MANDATORY,
    Level.DISABLED: proto.DISABLED,
}
_SEVERITIES: Final = {
    "low": proto.POLICY_SEVERITY_LOW,
    "medium": proto.POLICY_SEVERITY_MEDIUM,
    "high": proto.POLICY_SEVERITY_HIGH,
    "critical": proto.POLICY_SEVERITY_CRITICAL,
    "": proto.POLICY_SEVERITY_UNSPECIFIED,
}


class _Described(NamedTuple):
    """What all diagnostics of one policy have in common."""

    title: str
    severity: str


_DESCRIBED: Final = {rule.id: _Described(rule.title, rule.severity.value) for rule in RULES} | {
    each.name: _Described(each.title, each.severity) for each in HOUSEKEEPERS
}


# The engine writes an event for each resource. The event lists every policy as passed that is not reported as not
# applicable. For a preview of prod that is 4 MB, which the driver then reads.
_NO_REMEDIATION: Final = proto.RemediateResponse(
    not_applicable=[proto.PolicyNotApplicable(policy_name=rule.id) for rule in RULES if rule.check is not None]
)


_INAPPLICABLE: Final = {
    rule: proto.AnalyzeResponse(not_applicable=[proto.PolicyNotApplicable(policy_name=rule.id)]).SerializeToString()
    for rule in RULES
    if rule.check is not None
}


@cache
def _no_finding(resource_type: str) -> proto.AnalyzeResponse:
    # Protocol Buffers encode a list as its elements, one after the other. Joining encoded elements takes a third of the
    # time of making them again.
    return proto.AnalyzeResponse.FromString(
        b"".join(each for rule, each in _INAPPLICABLE.items() if resource_type not in rule.types)
    )


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """One run of the pack, as the engine sees it."""

    def __init__(self, entries: Iterable[Exemption], pinned: tuple[Pin, ...], today: date) -> None:
        """Begin a run.

        Args:
            entries: The exemptions.
            pinned: The pins of stacks and accounts.
            today: The date that decides which exemptions have expired.
        """
        self._session = Session(RULES, Exemptions(entries, today))
        self._pins = pinned
        self._stack = StackFacts()

    def GetPluginInfo(self, request: object, context: object) -> plugin_pb2.PluginInfo:  # noqa: N802 - the protocol's name
        """Return the version of the pack."""
        del request, context
        return plugin_pb2.PluginInfo(version=VERSION)

    def ConfigureStack(  # noqa: N802 - the protocol's name
        self, request: proto.AnalyzerStackConfigureRequest, context: grpc.ServicerContext | None
    ) -> proto.AnalyzerStackConfigureResponse:
        """Store which stack the run is about. The engine calls this before it asks for policies or verdicts."""
        try:
            self._stack = levels.facts(request.project, request.stack, request.config, self._pins)
        except ValueError as error:
            if context is None:
                raise
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"Pulumi.{request.stack}.yaml: {error}")
        self._session.configure({}, self._stack)
        return proto.AnalyzerStackConfigureResponse()

    def GetAnalyzerInfo(self, request: object, context: object) -> proto.AnalyzerInfo:  # noqa: N802 - the protocol's name
        """Return the policies and their configuration by the stack's profile.

        The engine merges the configuration of its command line over this one.
        """
        del request, context
        info = proto.AnalyzerInfo(name=NAME, version=VERSION, supportsConfig=True)
        info.policies.extend(map(_rule_info, RULES))
        info.policies.extend(
            proto.PolicyInfo(
                name=each.name,
                description=f"{each.title}.",
                displayName=each.title,
                enforcementLevel=_LEVELS[levels.default_level(each.name)],
                severity=_SEVERITIES[each.severity],
                policy_type=proto.POLICY_TYPE_STACK,
            )
            for each in HOUSEKEEPERS
        )
        for name, given in levels.of_profile(self._stack.profile).items():
            info.initialConfig[name].enforcementLevel = _LEVELS[given.level]
            json_format.ParseDict(dict(given.settings), info.initialConfig[name].properties)
        return info

    def Configure(self, request: proto.ConfigureAnalyzerRequest, context: object) -> empty_pb2.Empty:  # noqa: N802 - the protocol's name
        """Take the levels and settings of this run."""
        del context
        given = {
            name: Enforcement(_level(config.enforcementLevel), json_format.MessageToDict(config.properties))
            for name, config in request.policyConfig.items()
        }
        self._session.configure(given, self._stack)
        return empty_pb2.Empty()

    def Remediate(self, request: object, context: object) -> proto.RemediateResponse:  # noqa: N802 - the protocol's name
        """Change nothing: the pack only judges."""
        del request, context
        return _NO_REMEDIATION

    def Analyze(self, request: proto.AnalyzeRequest, context: object) -> proto.AnalyzeResponse:  # noqa: N802 - the protocol's name
        """Judge one resource."""
        del context
        view = _view(request)
        findings = self._session.judge(view)
        response = _no_finding(view.type)
        if findings:
            diagnosed = _response(findings)
            diagnosed.MergeFrom(response)
            return diagnosed
        return response

    def AnalyzeStack(self, request: proto.AnalyzeStackRequest, context: object) -> proto.AnalyzeResponse:  # noqa: N802 - the protocol's name
        """Judge the whole stack, and end the run."""
        del context
        findings, graph = self._session.judge_stack(map(_view, request.resources))
        return _response([*findings, *keep_house(self._session, graph, self._pins)])


def _rule_info(rule: Rule) -> proto.PolicyInfo:
    info = proto.PolicyInfo(
        name=rule.id,
        description=f"{rule.title}.",
        displayName=rule.title,
        enforcementLevel=proto.MANDATORY,
        severity=_SEVERITIES[rule.severity.value],
        policy_type=proto.POLICY_TYPE_RESOURCE if rule.check is not None else proto.POLICY_TYPE_STACK,
        tags=[rule.concern.value, *rule.controls],
        remediation_steps=rule.remediation,
        url=documentation(rule) or "",
    )
    json_format.ParseDict({name: dict(schema) for name, schema in rule.config.items()}, info.configSchema.properties)
    if rule.fsbp:
        info.framework.name = "AWS Foundational Security Best Practices"
        info.framework.reference = ", ".join(rule.fsbp)
    return info


def _level(level: int) -> Level:
    # 'remediate' is for policies that change resources; here it is as strict as mandatory.
    return next((ours for ours, theirs in _LEVELS.items() if theirs == level), Level.MANDATORY)


def _view(given: proto.AnalyzeRequest | proto.AnalyzerResource) -> ResourceView:
    properties = decode(json_format.MessageToDict(given.properties))
    dependencies = given.propertyDependencies.items() if isinstance(given, proto.AnalyzerResource) else ()
    return ResourceView(
        type=normalised(given.type),
        urn=given.urn,
        inputs=properties.content,
        ignore_changes=tuple(given.options.ignoreChanges),
        depends_on={name: tuple(listed.urns) for name, listed in dependencies},
        secrets=properties.secrets,
        provider=_provider(given.provider) if given.HasField("provider") else None,
        parent=given.parent if isinstance(given, proto.AnalyzerResource) else "",
    )


def _provider(given: proto.AnalyzerProviderResource) -> ResourceView:
    properties = decode(json_format.MessageToDict(given.properties))
    return ResourceView(given.type, given.urn, properties.content, secrets=properties.secrets)


def _response(findings: Iterable[Finding]) -> proto.AnalyzeResponse:
    return proto.AnalyzeResponse(
        diagnostics=[
            proto.AnalyzeDiagnostic(
                policyName=finding.policy,
                policyPackName=NAME,
                policyPackVersion=VERSION,
                description=f"{_DESCRIBED[finding.policy].title}.",
                message=finding.message,
                urn=finding.urn,
                enforcementLevel=_LEVELS[finding.level],
                severity=_SEVERITIES[_DESCRIBED[finding.policy].severity],
            )
            for finding in findings
        ]
    )
