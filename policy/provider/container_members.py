"""Names of members of container definitions, which the AWS provider reads without regard to case.

It decodes the JSON with Go's encoding/json, which takes ``Privileged`` for ``privileged``.
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
"""Maps whose names are the program's own."""


def canonical(content: object) -> object:
    """Write the names of members as the API does.

    Args:
        content: Container definitions as data.

    Raises:
        TwiceError: A name stands twice, in different cases.
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
    # Go also takes the long s and the sign of kelvin for the letters that they are written like.
    return name.replace("\u017f", "s").replace("\u212a", "k").lower()
