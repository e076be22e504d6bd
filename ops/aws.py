"""Access to what a stack is made of: AWS, or the emulator on this machine for the local stack.

Every verb group begins with `connect`, which reads the stack's outputs, finds out where its AWS is and refuses
credentials of another account. `ops.aws_errors.errors_of_aws` turns what boto3 raises into one line.
"""

import os
from dataclasses import dataclass
from typing import Any, Final, cast

import boto3
import botocore.session
from botocore.config import Config

from ops.aws_errors import name_action
from ops.stack_outputs import ROOT, stack_outputs
from toolchain.emulator.process import Emulator
from toolchain.errors import ToolchainError
from toolchain.local_stack import LocalStack
from toolchain.modes import LOCAL_STACK, Mode
from toolchain.project import Project

ATTEMPTS: Final = 6
"""How often a request is sent before it has failed: with the backoff of botocore's standard mode, doubled from 1 s to
at most 20 s with jitter, about half a minute of throttling is waited out (Boto3 documentation, "Retries")."""
CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 60


@dataclass(frozen=True)
class StackSession:
    """A stack's outputs and the way to its AWS.

    Attributes:
        stack: Name of the stack, such as ``dev``.
        outputs: Its outputs; secrets are hidden.
        region: The Region of the stack.
        account_id: The account of the stack; the credentials are of it.
        caller: Who the credentials are of, without the account: ``user/anna``, ``assumed-role/deploy/run-17``.
        endpoint_url: The emulator's address; None for AWS.
        session: Where clients come from.
    """

    stack: str
    outputs: dict[str, Any]
    region: str
    account_id: str
    caller: str
    endpoint_url: str | None
    session: Any

    @property
    def is_local(self) -> bool:
        """Whether the emulator answers in place of AWS: nothing that is done costs money or reaches a visitor."""
        return self.endpoint_url is not None

    def output(self, name: str) -> str:
        """Read one output.

        Args:
            name: Such as ``site_bucket_name``.

        Raises:
            ValueError: The stack does not export it, or not yet.
        """
        return _output(self.stack, self.outputs, name)

    def client(self, service: str, *, region: str | None = None, connections: int = 10) -> Any:
        """Make a client of boto3, with retries, time limits and named actions in refusals.

        Args:
            service: boto3's name of the service, such as ``s3``.
            region: Another Region than the stack's, such as us-east-1 for CloudFront's metrics.
            connections: How many requests run at the same time at most.
        """
        return make_client(self.session, service, region or self.region, self.endpoint_url, connections=connections)


def connect(stack: str) -> StackSession:
    """Open the way to a stack's AWS; asks AWS who the credentials are of.

    Args:
        stack: Name of the stack.

    Returns:
        The session.

    Raises:
        ValueError: There is no such stack, its outputs are not there yet, its emulator is not running, or the
            credentials are of another account than the stack's.
        ClientError: AWS does not accept the credentials; see `ops.aws_errors`.
        BotoCoreError: There are no credentials, or no answer.
    """
    outputs = stack_outputs(stack)
    region, account_id = _output(stack, outputs, "region"), _output(stack, outputs, "account_id")
    endpoint_url = emulator_endpoint() if stack == LOCAL_STACK else None
    session: Any = emulator_session() if endpoint_url is not None else cast("Any", boto3).Session()
    identity = make_client(session, "sts", region, endpoint_url).get_caller_identity()
    if identity["Account"] != account_id:
        raise ValueError(
            f"stack={stack}: the credentials are of account {identity['Account']}, and the stack is in {account_id}; "
            "log in to that account"
        )
    return StackSession(
        stack=stack,
        outputs=outputs,
        region=region,
        account_id=account_id,
        caller=str(identity["Arn"]).split(":", 5)[-1],
        endpoint_url=endpoint_url,
        session=session,
    )


def emulator_endpoint() -> str:
    """Find the running emulator of the local stack.

    Returns:
        Its address, ``http://127.0.0.1:<port>``.

    Raises:
        ValueError: The stack was made with the offline provider, which answers no calls, or the emulator has ended.
    """
    local = LocalStack(Project(ROOT), lambda _: None)
    try:
        mode = local.remembered()
    except ToolchainError as error:
        raise ValueError(str(error)) from error
    if mode is Mode.OFFLINE:
        raise ValueError(
            f"stack={LOCAL_STACK} was made with the offline provider, which holds no files and runs no tasks: "
            "`make destroy`, then `make up OPTIONS=--emulator`"
        )
    endpoint = Emulator(local.directory).endpoint()
    if endpoint is None:
        raise ValueError(f"stack={LOCAL_STACK}: its emulator is not running, and what it held is gone: `make up`")
    return endpoint


def emulator_session() -> Any:
    """Make a session that knows nothing of the account that this shell is logged in to, and never asks for it."""
    nowhere: Any = (None, None, os.devnull, None)
    core: Any = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": nowhere,
            "credentials_file": nowhere,
        }
    )
    return cast("Any", boto3).Session(
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 (moto takes anything)
        botocore_session=core,
    )


def make_client(session: Any, service: str, region: str, endpoint_url: str | None, *, connections: int = 10) -> Any:
    """Make a client; `StackSession.client` does it for a stack.

    Args:
        session: A session of boto3.
        service: boto3's name of the service.
        region: The Region.
        endpoint_url: The emulator's address; None for AWS.
        connections: How many requests run at the same time at most.
    """
    options: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
        "retries": {"total_max_attempts": ATTEMPTS, "mode": "standard"},
        "max_pool_connections": connections,
    }
    if endpoint_url is not None:
        # A proxy cannot reach this machine's loopback; what the shell asks of AWS's endpoints does not hold here
        options |= {"proxies": {}, "use_fips_endpoint": False, "use_dualstack_endpoint": False}
    client = session.client(service, region_name=region, endpoint_url=endpoint_url, config=Config(**options))
    client.meta.events.register("after-call", name_action)
    return client


def _output(stack: str, outputs: dict[str, Any], name: str) -> str:
    value = outputs.get(name)
    if value is None:
        raise ValueError(f"stack={stack} exports no {name}; run `python -m toolchain up {stack}` first")
    return str(value)
