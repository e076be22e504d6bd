"""Creates invalidations of CloudFront, and waits until they have completed."""

import random
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Final

from botocore.exceptions import ClientError

from ops.aws_errors import code_of
from ops.errors import OperationError

TOO_MANY: Final = "TooManyInvalidationsInProgress"
TOO_MANY_ATTEMPTS: Final = 6
"""Number of attempts while too many invalidations are in progress: at most 3,000 files and 15 wildcards at a time
(Amazon CloudFront Developer Guide, "Concurrent invalidation request maximum"). With pauses of 5 s, doubled each time,
earlier invalidations have five minutes to complete."""
FIRST_PAUSE_SECONDS: Final = 5.0
LOOK_EVERY_SECONDS: Final = 3.0
ENDED_WITHIN_SECONDS: Final = 900.0
"""How long to wait for an invalidation. It usually completes within minutes, and needs no run that waits for it."""


class Invalidations:
    """The invalidations of one distribution."""

    def __init__(
        self, make_client: Callable[[], Any], distribution_id: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._make_client, self._distribution_id, self._sleep = make_client, distribution_id, sleep

    @cached_property
    def _client(self) -> Any:
        """The client of CloudFront, created at its first use: a deployment without changes does not need it."""
        return self._make_client()

    def create(self, paths: Sequence[str], reference: str) -> str:
        """Create an invalidation; retries while too many are in progress.

        Args:
            paths: URL-encoded paths, some with a wildcard at the end.
            reference: The ``CallerReference``: when the same request is sent twice, CloudFront carries it out once.

        Returns:
            Id of the invalidation.
        """
        batch = {"Paths": {"Quantity": len(paths), "Items": list(paths)}, "CallerReference": reference}
        for attempt in range(TOO_MANY_ATTEMPTS):
            try:
                answer = self._client.create_invalidation(DistributionId=self._distribution_id, InvalidationBatch=batch)
                return str(answer["Invalidation"]["Id"])
            except ClientError as error:
                if code_of(error) != TOO_MANY:
                    raise
                self._sleep(FIRST_PAUSE_SECONDS * 2**attempt * random.uniform(0.8, 1.2))  # noqa: S311 (no secret)
        raise OperationError(
            f"CloudFront has too many invalidations under way ({TOO_MANY}): wait for them and run it again"
        )

    def wait(self, identifier: str, on_look: Callable[[], None]) -> bool:
        """Wait until an invalidation has completed.

        Args:
            identifier: Id of the invalidation, from `create`.
            on_look: Called before each request for its status.

        Returns:
            Whether it has completed within `ENDED_WITHIN_SECONDS`.
        """
        waited = 0.0
        while True:
            on_look()
            answer = self._client.get_invalidation(DistributionId=self._distribution_id, Id=identifier)
            if str(answer["Invalidation"]["Status"]).lower() == "completed":  # moto writes it in capitals
                return True
            if waited >= ENDED_WITHIN_SECONDS:
                return False
            self._sleep(LOOK_EVERY_SECONDS)
            waited += LOOK_EVERY_SECONDS
