"""A release from its image to the live service: checks, migration, configuration, rollout, and the way back."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from ops import aws, stacks
from ops.addresses import address_of
from ops.aws import StackSession
from ops.aws_errors import in_one_line
from ops.errors import OperationError
from ops.release import history
from ops.release import image as release_image
from ops.release.follow import Follower, RolloutError
from ops.release.image import Image
from ops.release.local_tasks import TasksWatch, data_path_runs
from ops.release.migration import Clients, Migration
from ops.release.rollout import Stage, Watch
from ops.release.service_reader import ServiceReader
from ops.release.target import Target
from ops.release.up import UpRun
from ops.reporting import Reporter
from ops.stack_outputs import ROOT
from toolchain.errors import ToolchainError

ANSWER_SECONDS: Final = 30.0
"""How long the API may take to answer after the release is live."""

SCAN_BEGINS_SECONDS: Final = 20.0
"""How long to wait for Amazon ECR to begin the scan of a pushed image."""


@dataclass(frozen=True)
class ReleaseOptions:
    """How a release is made.

    Attributes:
        migrate: Whether the migration runs.
        accept_findings: Whether critical findings of the registry's scan are accepted.
        timeout_seconds: Timeout of the migration, and again of the rollout.
        health_path: Path of the API that is requested when the release is live; empty for no request.
    """

    migrate: bool = True
    accept_findings: bool = False
    timeout_seconds: float = 1800.0
    health_path: str = "/health"


@dataclass
class ReleaseRun:
    """Makes releases of one stack.

    Attributes:
        session: The stack's outputs and its access to AWS.
        reporter: Prints the events.
        options: How releases are made.
        start_up: Starts `up`; replaced in tests.
        connect: Reads the stack's outputs again; replaced in tests.
        pause: Sleeps for a number of seconds; replaced in tests.
        clock: A monotonic clock, in seconds; replaced in tests.
        tasks_run: Returns whether the data path, which runs the tasks of the local stack, is running; replaced in
            tests.
    """

    session: StackSession
    reporter: Reporter
    options: ReleaseOptions = ReleaseOptions()
    start_up: Callable[[str], UpRun] = UpRun
    connect: Callable[[str], StackSession] = aws.connect
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    tasks_run: Callable[[], bool] = data_path_runs
    target: Target = field(init=False)

    def __post_init__(self) -> None:
        self.target = Target.of(self.session)
        self.ecr: Any = self.session.client("ecr")
        self.ecs: Any = self.session.client("ecs")
        self.logs: Any = self.session.client("logs")
        self.reader = ServiceReader.of(self.session, self.target)

    def read_again(self) -> None:
        """Read the stack's outputs again: another release may have changed them.

        Raises:
            ValueError: The outputs cannot be read.
            ClientError: AWS refused.
        """
        self.session = self.connect(self.target.stack)
        self.__post_init__()

    def name_of(self, image: Image) -> str:
        """Return an image's name in task definitions: the repository and the digest."""
        return f"{self.target.repository_url}@{image.digest}"

    def live_image(self) -> str | None:
        """Return the name of the image that the service runs; None while it waits for its first image.

        Raises:
            ClientError: AWS refused.
        """
        service = self.reader.service(self.target.service)
        image = "" if service is None else self.reader.image(str(service["taskDefinition"]))
        return image if image.startswith(f"{self.target.repository_url}@") else None

    def is_live(self, image: Image) -> bool:
        """Return whether the configuration names this image and the service runs no other.

        Raises:
            ClientError: AWS refused.
        """
        name = self.name_of(image)
        if stacks.service_image(self.target.stack) != name or self.live_image() != name:
            return False
        snapshot = self.reader.snapshot(self.reader.service(self.target.service))
        primary = snapshot.primary
        return primary is not None and Watch(primary.revision).judge(snapshot).stage is Stage.LIVE

    def check(self, image: Image) -> None:
        """Check that an image can run on the service's processor, and that its scan has no critical findings.

        Args:
            image: The image.

        Raises:
            OperationError: The image is for another processor, or has critical findings that are not accepted.
            ClientError: AWS refused.
        """
        definition = self.reader.definition(self.target.task_definition_arn)
        wanted = str(definition.get("runtimePlatform", {}).get("cpuArchitecture", "X86_64"))
        found = release_image.architectures(self.ecr, self.target.repository, image)
        wrong = release_image.wrong_architecture(found, wanted)
        if wrong is not None:
            raise OperationError(wrong)
        said = ", ".join(sorted(found)) or "it does not say which processor it is for"
        self.reporter.say("image", f"image {image.digest}: {said}", digest=image.digest)
        scanned = release_image.scan(
            self.ecr,
            self.target.repository,
            image.digest,
            begins_seconds=0.0 if self.session.is_local else SCAN_BEGINS_SECONDS,
            pause=self.pause,
        )
        self.reporter.say("scan", release_image.described(scanned), status=scanned.status, counts=dict(scanned.counts))
        critical = scanned.counts.get("CRITICAL", 0)
        if critical and not self.options.accept_findings:
            named = f" ({', '.join(scanned.critical[:5])})" if scanned.critical else ""
            raise OperationError(
                f"the scan of the image has {critical} critical findings{named}: mend them, or accept them with "
                "--accept-findings"
            )

    def migrate(self, image: str) -> bool:
        """Run the migration; the caller holds the lock.

        Args:
            image: The name of the image that it runs.

        Returns:
            Whether a migration ran: a stack without a database has none.

        Raises:
            OperationError: The task failed, took too long, or could not be placed.
            ClientError: AWS refused.
        """
        pause = self._pause_with_a_look(was_there=True)
        migration = Migration(Clients(self.ecs, self.logs), self.target, self.reporter.say, pause, self.clock)
        return migration.run(image, self.options.timeout_seconds)

    def carry_out(self, image: Image) -> None:
        """Make an image live; the caller holds the lock.

        Args:
            image: The image, which `check` has accepted.

        Raises:
            OperationError: The image did not become live; the configuration then names the image that runs.
            ClientError: AWS refused.
        """
        name, before = self.name_of(image), stacks.service_image(self.target.stack)
        if self.options.migrate:
            self.migrate(name)
        file = stacks.set_service_image(self.target.stack, name)
        self.reporter.say("configuration", f"service.image is set in {_in_checkout(file)}; up begins", file=str(file))
        pause = self._pause_with_a_look(was_there=False)  # `up` starts the data path
        follower = Follower(self.reader, self.logs, self.target, name, self.reporter, pause, self.clock)
        try:
            with self.start_up(self.target.stack) as up:
                follower.follow(up, self.options.timeout_seconds, self._outputs_again)
            self._answers()
        except BaseException as error:
            if isinstance(error, RolloutError):
                self._say_why(follower)
            self._put_back(name, before)
            raise
        history.record(self.ecr, self.target.repository, image, datetime.now(UTC))

    def _pause_with_a_look(self, *, was_there: bool) -> Callable[[float], None]:
        """Return a `pause` that, on the local stack, also checks that the data path runs, and so can run tasks."""
        if not self.session.is_local:
            return self.pause
        watch = TasksWatch(self.tasks_run, was_there)

        def pause(seconds: float) -> None:
            watch.look()
            self.pause(seconds)

        return pause

    def _outputs_again(self) -> Target:
        self.target = Target.of(self.connect(self.target.stack))
        return self.target

    def _say_why(self, follower: Follower) -> None:
        try:
            for line in follower.why():
                self.reporter.say("stopped-task", line)
        except (ClientError, BotoCoreError) as error:
            self.reporter.say("stopped-task", f"the stopped tasks cannot be read: {in_one_line(error)}")

    def _put_back(self, name: str, before: str | None) -> None:
        """Set the configuration to the image that runs, so that the next `up` does not deploy the failed one again."""
        try:
            live = self.live_image()
        except (ClientError, BotoCoreError):
            live = None
        kept = before if live is None or live == name else live
        try:
            file = stacks.set_service_image(self.target.stack, kept)
        except (ValueError, OSError, ToolchainError) as error:
            # Only report this: the exception of the release must reach the caller.
            text = f"service.image, {kept or 'which was not set'}, could not be put back: {error}"
        else:
            text = f"{_in_checkout(file)} names {kept or 'no image'} again"
        self.reporter.say("configuration", text, image=kept)

    def _answers(self) -> None:
        """Send a request to the API's public address, and wait until it answers without a server error.

        Raises:
            RolloutError: The API still answers with a server error after `ANSWER_SECONDS`.
        """
        path = self.options.health_path
        if not path:
            return
        deadline = self.clock() + ANSWER_SECONDS
        while True:
            try:
                where = address_of(self.session, self.target.api_url)
                url, headers = where.request(path)
                trust_env = not self.session.is_local
                answer = httpx.get(url, headers=headers, timeout=10.0, trust_env=trust_env, verify=where.verify)
            except (httpx.HTTPError, ValueError) as error:
                # No failure: the domain may not be delegated yet, and the load balancer reports the tasks as healthy.
                self.reporter.say("answer", f"{self.target.api_url}{path} cannot be asked from here: {error}")
                return
            status = answer.status_code
            if status < httpx.codes.INTERNAL_SERVER_ERROR:
                self.reporter.say("answer", f"{where.url.rstrip('/')}{path} answers {status}", status=status)
                return
            if self.clock() > deadline:
                raise RolloutError(f"the tasks run, but {self.target.api_url}{path} answers {status}")
            self.pause(1.0)


def _in_checkout(file: Path) -> str:
    """Return the path of a stack's file in the checkout: the local stack's file is in a subfolder."""
    return str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else file.name
