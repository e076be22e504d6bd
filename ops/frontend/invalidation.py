"""Makes CloudFront forget what has changed, and waits until it has."""

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
"""With pauses of 5 s, doubled each time, the last invalidations get five minutes to end: at most 3,000 files and 15
wildcards are under way at once (Amazon CloudFront Developer Guide, "Concurrent invalidation request maximum")."""
FIRST_PAUSE_SECONDS: Final = 5.0
LOOK_EVERY_SECONDS: Final = 3.0
ENDED_WITHIN_SECONDS: Final = 900.0
"""They usually end within minutes; then visitors see the release, and this run need not wait for it."""


class Invalidations:
    """The invalidations of one distribution."""

    def __init__(
        self, make_client: Callable[[], Any], distribution_id: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._make_client, self._distribution_id, self._sleep = make_client, distribution_id, sleep

    @cached_property
    def _client(self) -> Any:
        """Made when it is needed: most deployments of nothing new end before."""
        return self._make_client()

    def create(self, paths: Sequence[str], reference: str) -> str:
        """Begin one; a pause and another try when too many are under way.

        Args:
            paths: URL-encoded paths, with a wildcard at the end or none.
            reference: Says which request this is: sent twice, it is done once.

        Returns:
            Its id.
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
        """Wait until CloudFront has forgotten.

        Args:
            identifier: Of `create`.
            on_look: Called before each look.

        Returns:
            Whether it has ended within `ENDED_WITHIN_SECONDS`.
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
