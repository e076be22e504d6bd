"""Spells the member names of container definitions as the ECS API does. The AWS provider reads them case-insensitively.

The provider decodes the JSON with Go's encoding/json, which accepts ``Privileged`` for ``privileged``.
"""

from typing import Final, cast

from policy.values import TwiceError

_MEMBERS: Final = """
command condition containerName containerPath containerPort containerPortRange cpu credentialSpecs dependsOn devices
disableNetworking dnsSearchDomains dnsServers dockerLabels dockerSecurityOptions entryPoint environment
environmentFiles essential extraHosts firelensConfiguration healthCheck hostname hostPort image interactive links
linuxParameters logConfiguration memory memoryReservation mountPoints name portMappings privileged pseudoTerminal
readonlyRootFilesystem repositoryCredentials resourceRequirements restartPolicy secrets startTimeout stopTimeout
systemControls ulimits user versionConsistency volumesFrom workingDirectory
value valueFrom type logDriver options secretOptions appProtocol protocol capabilities add drop initProcessEnabled
maxSwap sharedMemorySize swappiness tmpfs mountOptions size hostPath permissions interval retries startPeriod timeout
credentialsParameter readOnly sourceContainer sourceVolume hardLimit softLimit namespace enabled ignoredExitCodes
restartAttemptPeriod ipAddress
"""
_CANONICAL: Final = {name.lower(): name for name in _MEMBERS.split()}
_FREE: Final = frozenset({"dockerLabels", "options"})
"""Maps whose keys the program chooses."""


def canonical(content: object) -> object:
    """Spell the names of members as the API does.

    Args:
        content: Container definitions as plain data.

    Raises:
        TwiceError: An object contains a name twice, in different cases.
    """
    if isinstance(content, list):
        return [canonical(child) for child in cast("list[object]", content)]
    if not isinstance(content, dict):
        return content
    members = cast("dict[str, object]", content)
    named = [(_CANONICAL.get(_folded(name), name), child) for name, child in members.items()]
    found = {name: child if name in _FREE else canonical(child) for name, child in named}
    if len(found) < len(named):
        raise TwiceError
    return found


def _folded(name: str) -> str:
    # Go also accepts the long s for s, and the Kelvin sign for k.
    return name.replace("\u017f", "s").replace("\u212a", "k").lower()
