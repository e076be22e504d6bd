"""Service Quotas and Application Auto Scaling for the tests of `ops spot`."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from ops.spot.quotas import QUOTAS


class Quotas:
    """Service Quotas: the values of the account, and AWS's default of 6."""

    def __init__(self, values: Mapping[str, float | ClientError]) -> None:
        self.values = values

    def get_service_quota(self, *, ServiceCode: str, QuotaCode: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        assert ServiceCode == "fargate"
        value = self.values[QuotaCode]
        if isinstance(value, ClientError):
            raise value
        return {"Quota": {"Value": value}}

    def get_aws_default_service_quota(self, *, ServiceCode: str, QuotaCode: str) -> dict[str, Any]:  # noqa: N803
        assert (ServiceCode, QuotaCode in QUOTAS.values()) == ("fargate", True)
        value = self.values[QuotaCode]
        if isinstance(value, ClientError) and value.response["Error"]["Code"] != "NoSuchResourceException":
            raise value
        return {"Quota": {"Value": 6.0}}


class Autoscaling:
    def __init__(self, most: int) -> None:
        self.most = most

    def describe_scalable_targets(self, **asked: Any) -> dict[str, Any]:
        assert asked == {"ServiceNamespace": "ecs", "ResourceIds": ["service/cluster/api"]}
        return {"ScalableTargets": [{"MaxCapacity": self.most}]}
