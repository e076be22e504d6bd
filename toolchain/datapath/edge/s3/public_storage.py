"""Answers in place of Amazon S3: checks signatures, permissions and CORS, and forwards the request to the emulator."""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

import httpx
from botocore.exceptions import BotoCoreError

from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.edge.forwarding import AnswerTooLargeError, Forwarder
from toolchain.datapath.edge.messages import Request, Response
from toolchain.datapath.edge.s3.buckets import (
    Bucket,
    Buckets,
    action_of,
    context_of,
    is_refused_to_all,
    may_anybody,
    split_path,
)
from toolchain.datapath.edge.s3.callers import Caller, Callers, RoleSession, check_session
from toolchain.datapath.edge.s3.cors import cross_origin_headers, preflight
from toolchain.datapath.edge.s3.deletions import deleted, is_deletion
from toolchain.datapath.edge.s3.errors import StorageError, access_denied
from toolchain.datapath.edge.s3.forms import Form, check_policy, is_form, read_form
from toolchain.datapath.edge.s3.operations import Permission, arn, form_needed, needed
from toolchain.datapath.edge.s3.role_access import RoleAccess
from toolchain.datapath.edge.s3.signatures import (
    ALGORITHM,
    Signature,
    check_signature,
    check_time,
    moment,
    query_pairs,
    signature_mismatch,
    signature_of,
    signing_key_signature,
)

BODY_LIMIT_BYTES = 100 * 1024 * 1024
"""Maximum size of a request's body. S3 accepts 5 GB in one request; here the body is held in memory."""
_AS_SIGNED = (
    "authorization",
    f"{ALGORITHM} Credential=test/20200101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none",
)
"""Authorization header for an anonymous request that was allowed here; the emulator does not verify signatures."""
_OF_THE_EMULATOR = ("server", "date", "x-amzn-requestid", "x-amz-content-sha256", "x-amz-sdk-checksum-algorithm")
_OBJECT_FIELDS = {
    "acl": "ACL",
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-type": "ContentType",
    "x-amz-server-side-encryption": "ServerSideEncryption",
    "x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "x-amz-storage-class": "StorageClass",
    "x-amz-website-redirect-location": "WebsiteRedirectLocation",
}
_METADATA = "x-amz-meta-"
_TOKEN = "x-amz-security-token"  # noqa: S105 - the name of a header


class PublicStorage:
    """Serves Amazon S3 to browsers and tasks, path style.

    - A signature of version 4, in a header, a query or a form, is verified with the secret of its access key. If the
      emulator does not know the access key, only the signature's time and a form's policy are checked.
    - A request without a signature is allowed only if the bucket's policy allows it for everybody.
    - A request that a role's session has signed is checked against the current policies of the role and the bucket.
    - Any other signed request counts as a request of the account's root: only a Deny in the bucket's policy refuses it.
    - CORS rules are applied as S3 does.

    Args:
        control_plane: The emulator.
        now: Function that returns the time in UTC.
    """

    def __init__(self, control_plane: ControlPlane, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._control_plane = control_plane
        self._buckets = Buckets(control_plane)
        self._forwarder = Forwarder()
        self._now = now
        self._callers = Callers(control_plane)
        self._roles = RoleAccess(control_plane, self._buckets)

    async def answer(self, request: Request) -> Response:
        """Answer a request.

        Args:
            request: The request, path style. Its host is the host that the browser has signed; its origin is a name in
                AWS.
        """
        try:
            response = await self._answer(request)
        except StorageError as error:
            response = error.response
        except (BotoCoreError, httpx.HTTPError):
            response = StorageError(503, "ServiceUnavailable", "The emulator does not answer.").response
        except AnswerTooLargeError as error:
            response = StorageError(501, "NotImplemented", f"On this machine {error}.").response
        return response

    async def close(self) -> None:
        """Close the connections."""
        await self._forwarder.close()

    async def _answer(self, request: Request) -> Response:
        name, key = split_path(request.path)
        if not name:
            return await self._checked(request, None, "")
        bucket = await self._buckets.get(unquote(name))
        if request.method == "OPTIONS":
            return Response(200, (*preflight(request, bucket.cors_rules), ("Server", "AmazonS3")))
        try:
            response = await self._checked(request, bucket, unquote(key))
        except StorageError as error:
            response = error.response
        # The emulator's own CORS headers are not those of S3.
        own = [header for header, _ in response.headers if header.lower().startswith("access-control-")]
        return response.with_headers(*cross_origin_headers(request, bucket.cors_rules), without=own)

    async def _checked(self, request: Request, bucket: Bucket | None, key: str) -> Response:
        if bucket is not None and not key and is_form(request):
            return await self._uploaded(request, bucket)
        signature = signature_of(request)
        if signature is None:
            return await self._anonymous(request, bucket, key)
        check_time(signature, self._now())
        caller = await self._caller(signature)
        if caller is not None:
            check_signature(request, signature, caller.secret)
        if caller is not None and caller.session is not None:
            check_session(caller.session, _token(request), self._now())
            return await self._of_a_role(request, caller.session, bucket.name if bucket else "", key)
        action = action_of(request.method, key, request.query)
        if bucket and action and is_refused_to_all(bucket, action, key, context_of(request)):
            raise access_denied()
        return await self._forwarded(request)

    async def _of_a_role(self, request: Request, session: RoleSession, bucket: str, key: str) -> Response:
        async def check(*permissions: Permission) -> None:
            await self._roles.check(session, permissions, request, {})

        if is_deletion(request, key):
            return await deleted(request, bucket, check, self._forwarded)
        await check(*needed(request, bucket, key))
        response = await self._forwarded(request)
        if response.status == HTTPStatus.NOT_FOUND and key and request.method in {"GET", "HEAD"}:
            # Without permission to list the bucket, the response for a missing object is 403, so that it does not tell
            # that the object is missing ("GetObject", Amazon S3 API Reference).
            await check(Permission("s3:ListBucket", arn(bucket)))
        return response

    async def _anonymous(self, request: Request, bucket: Bucket | None, key: str) -> Response:
        action = action_of(request.method, key, request.query)
        if bucket is None or action is None or not may_anybody(bucket, action, key, context_of(request)):
            raise access_denied()
        return await self._forwarded(request.with_headers(_AS_SIGNED))

    async def _forwarded(self, request: Request) -> Response:
        response = await self._forwarder.send(self._control_plane.endpoint, request)
        request_id = ("x-amz-request-id", secrets.token_hex(8).upper())
        return response.with_headers(request_id, ("Server", "AmazonS3"), without=_OF_THE_EMULATOR)

    async def _caller(self, signature: Signature) -> Caller | None:
        if signature.region != self._control_plane.region:
            wanted = self._control_plane.region
            message = (
                f"The authorization header is malformed; the region '{signature.region}' is wrong; expecting '{wanted}'"
            )
            raise StorageError(400, "AuthorizationHeaderMalformed", message)
        return await self._callers.get(signature.access_key)

    async def _uploaded(self, request: Request, bucket: Bucket) -> Response:
        form = read_form(request)
        key = form.key
        context = _form_context(request, form)
        session = None
        if "policy" in form.fields:
            session = await self._signer(form, bucket)
        elif not may_anybody(bucket, "s3:PutObject", key, context_of(request)):
            raise access_denied()
        if session is not None:
            await self._roles.check(session, form_needed(form.fields, bucket.name, key), request, context)
        elif is_refused_to_all(bucket, "s3:PutObject", key, context):
            raise access_denied()
        stored = await self._control_plane.call("s3", "put_object", **_put_arguments(form, bucket.name))
        return _after_upload(form, bucket.name, self._control_plane.region, stored["ETag"])

    async def _signer(self, form: Form, bucket: Bucket) -> RoleSession | None:
        """Check a form's signature and policy, and return the role's session that signed it; None for other signers."""
        signature = _form_signature(form)
        caller = await self._caller(signature)
        if caller is not None:
            expected = signing_key_signature(form.fields["policy"], caller.secret, signature.day, signature.region)
            if expected != signature.value:
                raise signature_mismatch()
        session = None if caller is None else caller.session
        if session is not None:
            check_session(session, form.fields.get(_TOKEN), self._now())
        check_policy(form, bucket.name, self._now())
        return session


def _token(request: Request) -> str | None:
    """Return the session token in the request's headers or query; None if it has none."""
    in_query = {name.lower(): value for name, value in query_pairs(request.query)}
    return request.header(_TOKEN) or in_query.get(_TOKEN)


def _form_signature(form: Form) -> Signature:
    fields = form.fields
    needed = ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature")
    missing = next((name for name in needed if not fields.get(name)), None)
    if missing is not None:
        raise StorageError(400, "InvalidArgument", f"Bucket POST must contain a field named '{missing}'.")
    parts = fields["x-amz-credential"].rsplit("/", 4)
    if len(parts) != 5 or parts[3:] != ["s3", "aws4_request"] or fields["x-amz-algorithm"] != ALGORITHM:  # noqa: PLR2004
        raise StorageError(400, "InvalidArgument", "The credential or the algorithm of the form is malformed.")
    signed_at = moment(fields["x-amz-date"], "InvalidArgument")
    return Signature(parts[0], parts[1], parts[2], (), fields["x-amz-signature"], signed_at, None)


def _form_context(request: Request, form: Form) -> dict[str, str]:
    fields = {name: value for name, value in form.fields.items() if name.startswith("x-amz-server-side-encryption")}
    return {**context_of(request), **{f"s3:{name}": value for name, value in fields.items()}}


def _put_arguments(form: Form, bucket: str) -> dict[str, Any]:
    fields: Mapping[str, str] = form.fields
    metadata = {name.removeprefix(_METADATA): value for name, value in fields.items() if name.startswith(_METADATA)}
    given = {argument: fields[name] for name, argument in _OBJECT_FIELDS.items() if name in fields}
    return {"Bucket": bucket, "Key": form.key, "Body": form.content, "Metadata": metadata, **given}


def _after_upload(form: Form, bucket: str, region: str, etag: str) -> Response:
    """Return S3's response after the object was stored (Amazon S3 API Reference, "POST Object")."""
    location = f"https://{bucket}.s3.{region}.amazonaws.com/{quote(form.key, safe='/-_.~')}"
    headers = (("ETag", etag), ("Location", location), ("Server", "AmazonS3"))
    redirect = form.fields.get("success_action_redirect") or form.fields.get("redirect")
    if redirect:
        separator = "&" if "?" in redirect else "?"
        target = f"{redirect}{separator}bucket={bucket}&key={quote(form.key, safe='')}&etag={quote(etag, safe='')}"
        return Response(303, (("ETag", etag), ("Location", target), ("Server", "AmazonS3")))
    if form.fields.get("success_action_status") == "201":
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse><Location>{escape(location)}</Location>'
            f"<Bucket>{escape(bucket)}</Bucket><Key>{escape(form.key)}</Key><ETag>{escape(etag)}</ETag></PostResponse>"
        )
        return Response(201, (*headers, ("Content-Type", "application/xml")), body.encode())
    return Response(200 if form.fields.get("success_action_status") == "200" else 204, headers)
