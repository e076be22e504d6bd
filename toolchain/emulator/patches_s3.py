"""Patches of moto's Amazon S3. moto's objects are practically untyped, hence Any."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, FakeDeleteMarker
from moto.s3.responses import S3Response

from toolchain.datapath.edge.policies import Access, Decision, decision
from toolchain.emulator.patching import add, wrap

_SECURE = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
"""Condition keys of every request: the emulator's clients count as connected by TLS, as in AWS."""
_RESULTS = {
    Decision.ALLOWED: PermissionResult.PERMITTED,
    Decision.DENIED: PermissionResult.DENIED,
    Decision.SILENT: PermissionResult.NEUTRAL,
}


def judge_bucket_policies_with_their_conditions() -> None:
    """Bucket policies. Reason: moto ignores whether conditions match, so a Deny of plain HTTP denies every request.

    Not offered upstream: no internet here.
    """

    def judging(_judge: Callable[..., Any]) -> Callable[..., Any]:
        def judged(self: Any, action: str, resource: str) -> PermissionResult:
            access = Access(action, resource, principal=f"arn:aws:iam::{self.account_id}:root", context=_SECURE)
            return _RESULTS[decision(json.loads(self.policy or b"{}"), access)]

        return judged

    wrap(FakeBucket, "get_permission", judging)


def let_delete_markers_go() -> None:
    """DeleteObjects. Reason: moto fails if versioning is suspended and one of the versions is a delete marker.

    Not offered upstream: no internet here.
    """

    def dispose(_self: Any) -> None:
        """Do nothing, because a delete marker has no content."""

    add(FakeDeleteMarker, "dispose", dispose)


def encode_listed_versions() -> None:
    """ListObjectVersions with ``encoding-type=url``. Reason: moto does not encode the keys.

    The provider decodes them when it empties a bucket, and fails at a key with a percent sign. Not offered upstream: no
    internet here.
    """

    def serializing(serialize: Callable[..., Any]) -> Callable[..., Any]:
        def serialized(self: Any, answer: Any) -> Any:
            if self.data.get("Action") == "ListObjectVersions" and self.querystring.get("encoding-type") == ["url"]:
                found: dict[str, Any] = answer.result
                found["EncodingType"] = "url"
                for entry in (*found["Versions"], *found["DeleteMarkers"], *found.get("CommonPrefixes", ())):
                    for key in entry.keys() & {"Key", "Prefix"}:
                        entry[key] = quote(entry[key])
                for key in ("Prefix", "Delimiter", "KeyMarker", "NextKeyMarker"):
                    if found.get(key):
                        found[key] = quote(found[key])
            return serialize(self, answer)

        return serialized

    wrap(S3Response, "serialized", serializing)
