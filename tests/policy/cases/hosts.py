"""Cases of the rules on a container's access to its host."""

from typing import Any

from tests.policy.cases.table import OK, Case, Change, Impossible, Row, V, edge
from tests.policy.nodes import UNKNOWN, Json, Node

RULE = "ecs-host-out-of-reach"
SOCKET = "/var/run/docker.sock"
JOB = "aws:batch/jobDefinition:JobDefinition"
CONTAINER = "containerDefinitions![0]"


def _volume(name: str, expected: str, **volume: Any) -> Case:
    change = Change("task", "volumes", [{"name": "x", **volume}])
    return edge(RULE, f"a volume that is {name}", expected, "task" if expected != OK else "", change)


def _job(name: str, expected: str, **properties: Any) -> Case:
    made = Node(JOB, {"containerProperties": Json(properties)})
    return edge(RULE, f"a job with {name}", expected, "new" if expected != OK else "", Change("new", node=made))


ROWS = (
    Row("ecs-no-host-process-namespace", "task", "ipcMode", wrong=("host",), right=("task", "none"), absent=OK),
    Row(RULE, "task", f"{CONTAINER}.linuxParameters.devices", absent=OK, wrong=([{"hostPath": "/dev/sda"}],), right=([],)),
    Row(RULE, "task", f"{CONTAINER}.dockerSecurityOptions", absent=OK, right=(["no-new-privileges"], ["seccomp:profile"]),
        wrong=(["seccomp:unconfined"], ["no-new-privileges", "apparmor=Unconfined"], ["label:disable"])),
)  # fmt: skip

EDGES = (
    _volume("the socket of Docker", V, hostPath=SOCKET),
    _volume("the whole host", V, hostPath="/"),
    _volume("a folder that is not known", V, hostPath=UNKNOWN),
    _volume("of a wrong type", V, hostPath={"wrong": "type"}),
    _volume("the container's own", OK),
    _volume("the container's own, by an empty path", OK, hostPath=""),
    _volume("a file system of EFS", OK, efsVolumeConfiguration={"fileSystemId": "fs-1", "transitEncryption": "ENABLED"}),
    _volume("a folder by Docker's driver", V, dockerVolumeConfiguration={"driverOpts": {"type": "none", "o": "bind", "device": "/etc"}}),
    _volume("a server's by Docker's driver", OK, dockerVolumeConfiguration={"driverOpts": {"type": "nfs", "device": ":/files"}}),
    edge(RULE, "a device in capitals", V, "task", Change("task", f"{CONTAINER}.LinuxParameters", {"Devices": [{"HostPath": "/dev/sda"}]})),
    _job("the socket of Docker", V, volumes=[{"name": "x", "host": {"sourcePath": SOCKET}}]),
    _job("a device", V, linuxParameters={"devices": [{"hostPath": "/dev/sda"}]}),
    _job("a volume of its own", OK, volumes=[{"name": "x", "host": {}}]),
)  # fmt: skip

IMPOSSIBLE: tuple[Impossible, ...] = ()
