"""Configures the pack for the profile of the stack that it runs on, where nobody does with ``--policy-pack-config``.

The engine tells an analyzer the stack before it asks for the policies, and merges what it is given on its command line
over the initial configuration that comes with their answer (``Analyzer.ConfigureStack`` and ``GetAnalyzerInfo`` of
Pulumi's ``analyzer.proto``).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2

FOLDER: Final = Path(__file__).parent / "config"


def profile_of(project: str, stack: str, config: Mapping[str, str]) -> str:
    """Name the profile of a stack: the one that its configuration names, or the one of its own name."""
    return config.get(f"{project}:profile") or stack


def initial_configuration(profile: str) -> dict[str, analyzer_pb2.PolicyConfig]:
    """Read a profile's file.

    Returns:
        The configuration of each policy that it names; nothing for a profile that has no file, so that every rule is
        mandatory.
    """
    path = FOLDER / f"{profile}.json"
    given: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {name: _policy_configuration(settings) for name, settings in given.items()}


def _policy_configuration(given: str | dict[str, Any]) -> analyzer_pb2.PolicyConfig:
    settings = {"enforcementLevel": given} if isinstance(given, str) else dict(given)
    level = str(settings.pop("enforcementLevel", "mandatory")).upper()
    return json_format.ParseDict({"enforcementLevel": level, "properties": settings}, analyzer_pb2.PolicyConfig())


class ProfileDefaults:
    """Goes before the SDK's analyzer in the order of its bases."""

    _profile = ""

    def ConfigureStack(self, request: analyzer_pb2.AnalyzerStackConfigureRequest, context: object) -> Any:  # noqa: N802 - the protocol's name
        """Note the stack's profile."""
        self._profile = profile_of(request.project, request.stack, request.config)
        return super().ConfigureStack(request, context)  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType] - of the SDK's analyzer

    def GetAnalyzerInfo(self, request: object, context: object) -> analyzer_pb2.AnalyzerInfo:  # noqa: N802 - the protocol's name
        """Say what the policies are, configured for the profile."""
        info = cast("analyzer_pb2.AnalyzerInfo", super().GetAnalyzerInfo(request, context))  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] - of the SDK's analyzer
        for name, configuration in initial_configuration(self._profile).items():
            info.initialConfig[name].CopyFrom(configuration)
        return info
