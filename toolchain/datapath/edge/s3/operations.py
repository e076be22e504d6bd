"""Determines the permissions that a request to Amazon S3 needs.

Source: Amazon S3 User Guide, "Required permissions for Amazon S3 API operations".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from toolchain.datapath.edge.messages import Request
from toolchain.datapath.edge.s3.errors import StorageError
from toolchain.datapath.edge.s3.signatures import query_pairs

NO_OPERATION: Final = ("x-amz-", "x-id", "response-")
"""Prefixes of parameters that sign a request or change the response's headers, and so do not select an operation."""
_OF_LISTINGS: Final = frozenset(
    {
        "list-type", "prefix", "delimiter", "max-keys", "continuation-token", "start-after", "encoding-type", "marker",
        "fetch-owner", "key-marker", "version-id-marker", "upload-id-marker", "max-uploads", "max-parts",
        "part-number-marker",
    }
)  # fmt: skip
_SUBRESOURCE_OF: Final = frozenset({"partNumber", "versionId"})
"""Parameters that select a part or a version of the object."""
_OBJECT: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("GET", ""): ("GetObject",),
    ("GET", "acl"): ("GetObjectAcl",),
    ("GET", "attributes"): ("GetObject", "GetObjectAttributes"),
    ("GET", "tagging"): ("GetObjectTagging",),
    ("GET", "uploadId"): ("ListMultipartUploadParts",),
    ("PUT", ""): ("PutObject",),
    ("PUT", "acl"): ("PutObjectAcl",),
    ("PUT", "tagging"): ("PutObjectTagging",),
    ("PUT", "uploadId"): ("PutObject",),
    ("POST", "uploads"): ("PutObject",),
    ("POST", "uploadId"): ("PutObject",),
    ("DELETE", ""): ("DeleteObject",),
    ("DELETE", "tagging"): ("DeleteObjectTagging",),
    ("DELETE", "uploadId"): ("AbortMultipartUpload",),
}
"""HTTP method (GET also for HEAD) and subresource -> actions on the object."""
_VERSIONED: Final = frozenset(
    {"GetObject", "GetObjectAcl", "GetObjectAttributes", "GetObjectTagging", "PutObjectAcl", "PutObjectTagging"}
    | {"DeleteObject", "DeleteObjectTagging"}
)
_BUCKET: Final[Mapping[tuple[str, str], str]] = {
    ("GET", ""): "ListBucket",
    ("GET", "acl"): "GetBucketAcl",
    ("GET", "cors"): "GetBucketCORS",
    ("GET", "encryption"): "GetEncryptionConfiguration",
    ("GET", "lifecycle"): "GetLifecycleConfiguration",
    ("GET", "location"): "GetBucketLocation",
    ("GET", "policy"): "GetBucketPolicy",
    ("GET", "publicAccessBlock"): "GetBucketPublicAccessBlock",
    ("GET", "tagging"): "GetBucketTagging",
    ("GET", "uploads"): "ListBucketMultipartUploads",
    ("GET", "versioning"): "GetBucketVersioning",
    ("GET", "versions"): "ListBucketVersions",
    ("PUT", "acl"): "PutBucketAcl",
    ("PUT", "cors"): "PutBucketCORS",
    ("PUT", "encryption"): "PutEncryptionConfiguration",
    ("PUT", "lifecycle"): "PutLifecycleConfiguration",
    ("PUT", "policy"): "PutBucketPolicy",
    ("PUT", "publicAccessBlock"): "PutBucketPublicAccessBlock",
    ("PUT", "tagging"): "PutBucketTagging",
    ("PUT", "versioning"): "PutBucketVersioning",
    ("DELETE", ""): "DeleteBucket",
    ("DELETE", "cors"): "PutBucketCORS",
    ("DELETE", "lifecycle"): "PutLifecycleConfiguration",
    ("DELETE", "policy"): "DeleteBucketPolicy",
    ("DELETE", "tagging"): "PutBucketTagging",
}
_WITH_HEADERS: Final = {"x-amz-acl": "PutObjectAcl", "x-amz-tagging": "PutObjectTagging"}
"""Header of an upload -> additional action that it needs."""
COPY_SOURCE: Final = "x-amz-copy-source"


@dataclass(frozen=True)
class Permission:
    """An action on a resource."""

    action: str
    """IAM action, such as ``s3:PutObject``."""
    resource: str
    """ARN of the resource, or ``*``."""


def needed(request: Request, bucket: str, key: str) -> list[Permission]:
    """Return the permissions that a request needs; the caller must have all of them.

    Args:
        request: The request; it must not be DeleteObjects.
        bucket: Name of the request's bucket; empty for the list of all buckets.
        key: Decoded key of the request's object; empty for the bucket itself.

    Raises:
        StorageError: The operation is not supported.
    """
    method = "GET" if request.method == "HEAD" else request.method
    parameters = {name for name, _ in query_pairs(request.query) if not name.lower().startswith(NO_OPERATION)}
    subresources = parameters - _OF_LISTINGS - _SUBRESOURCE_OF
    subresource = next(iter(subresources), "")
    if not bucket:
        return [Permission("s3:ListAllMyBuckets", "*")]
    if not key:
        action = _BUCKET.get((method, subresource)) if len(subresources) <= 1 else None
        actions: Sequence[str] = () if action is None else (action,)
    else:
        actions = _OBJECT.get((method, subresource), ()) if len(subresources) <= 1 else ()
    if not actions:
        raise StorageError(
            501, "NotImplemented", "A header you provided implies functionality that the local stack does not play."
        )
    if "versionId" in parameters:
        actions = [action.replace("Object", "ObjectVersion") if action in _VERSIONED else action for action in actions]
    permissions = [Permission(f"s3:{action}", arn(bucket, key)) for action in actions]
    return [*permissions, *_with_headers(request, bucket, key)] if "PutObject" in actions else permissions


def _with_headers(request: Request, bucket: str, key: str) -> list[Permission]:
    further = [action for header, action in _WITH_HEADERS.items() if request.header(header) is not None]
    permissions = [Permission(f"s3:{action}", arn(bucket, key)) for action in further]
    source = request.header(COPY_SOURCE)
    if source is not None:
        path, _, version = source.removeprefix("/").partition("?versionId=")
        source_bucket, _, source_key = unquote(path).partition("/")
        action = "s3:GetObjectVersion" if version else "s3:GetObject"
        permissions.append(Permission(action, arn(source_bucket, source_key)))
    return permissions


def arn(bucket: str, key: str = "") -> str:
    """Return the ARN of a bucket, or of an object in it."""
    return f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")


def form_needed(fields: Mapping[str, str], bucket: str, key: str) -> list[Permission]:
    """Return the permissions that an upload by a form needs.

    Args:
        fields: Field name in lower case -> value.
        bucket: Bucket that the form is posted to.
        key: Key of the object.
    """
    further = [
        action for field, action in (("acl", "PutObjectAcl"), ("tagging", "PutObjectTagging")) if field in fields
    ]
    return [Permission(f"s3:{action}", arn(bucket, key)) for action in ("PutObject", *further)]
