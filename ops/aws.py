"""Access to a stack's resources: in AWS, or for the local stack in the emulator on this machine.

Every command that sends requests to AWS begins with `connect`, or with its two halves, `access_to` and
`StackAccess.check_account`. They read the stack's outputs, find the endpoint and refuse credentials of another account.
`ops.aws_errors.errors_of_aws` turns boto3's exceptions into one line.
"""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final, cast

import boto3
from botocore.config import Config

from ops.aws_errors import name_action
from ops.beside import beside
from ops.stack_outputs import ROOT, stack_outputs
from toolchain.aws_clients import request_options
from toolchain.emulator.session import emulator_session

USER_AGENT: Final = "spot-platform-ops"
LOCAL_STACK: Final = "local"


@dataclass(frozen=True, kw_only=True)
class StackAccess:
    """A stack's outputs and its access to AWS, with credentials that may be of another account: for reading only.

    Attributes:
        stack: Name of the stack, such as ``dev``.
        outputs: The stack's outputs; secrets are hidden.
        region: The stack's Region.
        account_id: Account id of the stack.
        endpoint_url: The emulator's URL; None for AWS.
        session: The session of boto3 that makes clients.
    """

    stack: str
    outputs: dict[str, Any]
    region: str
    account_id: str
    endpoint_url: str | None
    session: Any

    @property
    def is_local(self) -> bool:
        """Whether the emulator answers in place of AWS, so that no change costs money or affects visitors."""
        return self.endpoint_url is not None

    def output(self, name: str) -> str:
        """Read one output.

        Args:
            name: The output's name, such as ``site_bucket_name``.

        Raises:
            ValueError: The stack does not export it, or not yet.
        """
        return _output(self.stack, self.outputs, name)

    def client(self, service: str, *, region: str | None = None, connections: int = 10) -> Any:
        """Make a client of boto3 with retries and timeouts, whose errors name the IAM action.

        Args:
            service: boto3's name of the service, such as ``s3``.
            region: The Region, such as us-east-1 for CloudFront's metrics; None for the stack's.
            connections: Maximum number of simultaneous requests.
        """
        return make_client(self.session, service, region or self.region, self.endpoint_url, connections=connections)

    def check_account(self) -> "Future[StackSession]":
        """Begin to ask AWS whose the credentials are.

        Returns:
            The session. Its ``result`` raises ValueError if the credentials belong to another account, ClientError if
            AWS does not accept them, and BotoCoreError if there are none or AWS does not answer.
        """
        client = self.client("sts")
        return beside(lambda: self._session_of(client.get_caller_identity()))

    def _session_of(self, identity: dict[str, Any]) -> "StackSession":
        if identity["Account"] != self.account_id:
            raise ValueError(
                f"stack={self.stack}: the credentials are of account {identity['Account']}, and the stack is in "
                f"{self.account_id}; log in to that account"
            )
        return StackSession(**vars(self), caller=str(identity["Arn"]).split(":", 5)[-1])


@dataclass(frozen=True, kw_only=True)
class StackSession(StackAccess):
    """A stack's outputs and its access to AWS, with credentials of the stack's account.

    Attributes:
        caller: The credentials' user or role, without the account: ``user/anna``, ``assumed-role/deploy/run-17``.
    """

    caller: str


def connect(stack: str) -> StackSession:
    """Read a stack's outputs, and check that the credentials belong to its account.

    Args:
        stack: Name of the stack.

    Returns:
        The session.

    Raises:
        ValueError: The stack does not exist, has no outputs yet, its emulator is not running, or the credentials
            belong to another account.
        ClientError: AWS does not accept the credentials; see `ops.aws_errors`.
        BotoCoreError: There are no credentials, or AWS does not answer.
    """
    return access_to(stack).check_account().result()


def access_to(stack: str) -> StackAccess:
    """Read a stack's outputs. What comes next must wait for `StackAccess.check_account` before it changes anything.

    Args:
        stack: Name of the stack.

    Raises:
        ValueError: The stack does not exist, has no outputs yet, or its emulator is not running.
        BotoCoreError: The shell names a profile that does not exist.
    """
    outputs = stack_outputs(stack)
    region, account_id = _output(stack, outputs, "region"), _output(stack, outputs, "account_id")
    endpoint_url = emulator_endpoint() if stack == LOCAL_STACK else None
    return StackAccess(
        stack=stack,
        outputs=outputs,
        region=region,
        account_id=account_id,
        endpoint_url=endpoint_url,
        session=emulator_session() if endpoint_url is not None else cast("Any", boto3).Session(),
    )


def emulator_endpoint() -> str:
    """Find the running emulator of the local stack.

    Returns:
        Its address, ``http://127.0.0.1:<port>``.

    Raises:
        ValueError: The stack was created with the offline provider, which answers no requests, or the emulator is not
            running.
    """
    from toolchain.emulator.process import Emulator  # noqa: PLC0415 (stacks in AWS need not pay for it)
    from toolchain.errors import ToolchainError  # noqa: PLC0415
    from toolchain.local.stack import LocalStack  # noqa: PLC0415
    from toolchain.modes import Mode  # noqa: PLC0415
    from toolchain.project import Project  # noqa: PLC0415

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


def make_client(
    session: Any, service: str, region: str | None, endpoint_url: str | None, *, connections: int = 10
) -> Any:
    """Make a client; `StackAccess.client` does it for a stack.

    Args:
        session: A session of boto3.
        service: boto3's name of the service.
        region: The Region; None for the session's own.
        endpoint_url: The emulator's address; None for AWS.
        connections: Maximum number of simultaneous requests.
    """
    options: dict[str, Any] = request_options(endpoint_url) | {
        "max_pool_connections": connections,
        # AWS's logs record it. botocore's default is built again for each request, and takes a tenth of its time.
        "user_agent": USER_AGENT,
    }
    client = session.client(service, region_name=region, endpoint_url=endpoint_url, config=Config(**options))
    client.meta.events.register("after-call", name_action)
    return client


def _output(stack: str, outputs: dict[str, Any], name: str) -> str:
    value = outputs.get(name)
    if value is None:
        raise ValueError(
            f"stack={stack} exports no {name}: run `make up STACK={stack}`, or wait until a first one has ended"
        )
    return str(value)
