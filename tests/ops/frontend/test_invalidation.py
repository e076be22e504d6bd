"""A deployment waits for CloudFront's invalidation, with a timeout."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from ops.errors import OperationError
from ops.frontend.invalidation import ENDED_WITHIN_SECONDS, TOO_MANY, TOO_MANY_ATTEMPTS, Invalidations

CLIENT: Any = boto3.client(
    "cloudfront", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
)


def answer(status: str) -> dict[str, Any]:
    return {
        "Invalidation": {
            "Id": "I1",
            "Status": status,
            "CreateTime": 0,
            "InvalidationBatch": {"Paths": {"Quantity": 1, "Items": ["/"]}, "CallerReference": "r"},
        }
    }


@pytest.mark.parametrize("end", ["Completed", "COMPLETED"])
def test_it_is_looked_at_until_it_has_ended(end: str) -> None:
    slept: list[float] = []
    looks: list[int] = []
    with Stubber(CLIENT) as stub:
        for status in ("InProgress", "InProgress", end):
            stub.add_response("get_invalidation", answer(status), {"DistributionId": "E1", "Id": "I1"})
        assert Invalidations(lambda: CLIENT, "E1", sleep=slept.append).wait("I1", lambda: looks.append(1))
        stub.assert_no_pending_responses()
    assert (len(slept), len(looks)) == (2, 3)


def test_one_that_does_not_end_is_left() -> None:
    class Never:
        def get_invalidation(self, **_: object) -> dict[str, Any]:
            return answer("InProgress")

    slept: list[float] = []
    assert not Invalidations(Never, "E1", sleep=slept.append).wait("I1", lambda: None)
    assert sum(slept) == ENDED_WITHIN_SECONDS


def test_a_pause_and_another_try_when_too_many_are_under_way() -> None:
    slept: list[float] = []
    with Stubber(CLIENT) as stub:
        stub.add_client_error("create_invalidation", TOO_MANY)
        stub.add_response("create_invalidation", answer("InProgress"))
        assert Invalidations(lambda: CLIENT, "E1", sleep=slept.append).create(["/"], "r") == "I1"
    assert len(slept) == 1
    with Stubber(CLIENT) as stub:
        for _ in range(TOO_MANY_ATTEMPTS):
            stub.add_client_error("create_invalidation", TOO_MANY)
        with pytest.raises(OperationError, match="too many invalidations under way"):
            Invalidations(lambda: CLIENT, "E1", sleep=slept.append).create(["/"], "r")
    assert slept[-1] > slept[1]


def test_any_other_refusal_is_told() -> None:
    with Stubber(CLIENT) as stub:
        stub.add_client_error("create_invalidation", "NoSuchDistribution")
        with pytest.raises(ClientError, match="NoSuchDistribution"):
            Invalidations(lambda: CLIENT, "E1").create(["/"], "r")
