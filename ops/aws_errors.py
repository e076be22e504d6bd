"""Turns boto3's exceptions into one line: the request that failed, and what the user can do."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from botocore import exceptions as botocore
from botocore.exceptions import BotoCoreError, ClientError

from ops.end_signals import end_signals_raised
from ops.errors import INTERRUPTED, AwsError, OperationError

_EXPIRED: Final = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_UNKNOWN: Final = {
    "AuthFailure",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_DENIED: Final = {"403", "AccessDenied", "AccessDeniedException", "Forbidden", "UnauthorizedOperation"}
_THROTTLED: Final = {
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
}
"""Error codes that botocore treats as throttling and retries (Boto3 documentation, "Retries", Standard retry mode)."""
_GONE: Final = {"NoSuchBucket", "NoSuchDistribution", "ClusterNotFoundException", "ServiceNotFoundException"}
_ACTIONS: Final = {
    "s3:CopyObject": "s3:PutObject and s3:GetObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
}
"""Operations whose IAM action has another name (Amazon S3 User Guide, "Required permissions for Amazon S3 API
operations")."""
_LOG_IN: Final = "log in (`aws sso login`, or what your team uses) and run it again"
_NO_CREDENTIALS: Final = (
    botocore.NoCredentialsError,
    botocore.PartialCredentialsError,
    botocore.CredentialRetrievalError,
    botocore.ProfileNotFound,
    botocore.SSOError,
    botocore.TokenRetrievalError,
)
_NO_ANSWER: Final = (botocore.HTTPClientError, botocore.ConnectionError)


def name_action(parsed: dict[str, Any], model: Any, **_: object) -> None:
    """Add the operation's name to an error response: a handler of botocore's event ``after-call``.

    Args:
        parsed: The response, from which botocore makes the exception.
        model: botocore's model of the operation.
    """
    if "Error" in parsed:
        parsed["Error"]["Action"] = f"{model.service_model.signing_name}:{model.name}"


def code_of(error: ClientError) -> str:
    """Return AWS's code of an error, such as ``AccessDenied``; the HTTP status if the response has no body."""
    details: Any = error.response.get("Error", {})
    return str(details.get("Code", "an error"))


def is_denied(error: ClientError) -> bool:
    """Return whether AWS accepts the credentials, but denies them the action."""
    return code_of(error) in _DENIED


def concerns_every_request(error: ClientError | BotoCoreError) -> bool:
    """Return whether other requests would fail too: credentials, permissions, throttling, or no connection.

    Args:
        error: The exception that boto3 raised, after its own retries.
    """
    if isinstance(error, ClientError):
        return code_of(error) in _EXPIRED | _UNKNOWN | _DENIED | _THROTTLED
    return isinstance(error, (*_NO_CREDENTIALS, *_NO_ANSWER))


def in_one_line(error: ClientError | BotoCoreError) -> str:
    """Describe an error of boto3, with what the user can do.

    Args:
        error: The exception that boto3 raised.

    Returns:
        One sentence, without secrets.
    """
    return _of_answer(error) if isinstance(error, ClientError) else _without_answer(error)


@contextmanager
def errors_of_aws(interrupted: str = "run it again to go on") -> Generator[None]:
    """Turn boto3's exceptions, Ctrl-C and SIGTERM into an `OperationError` with a message of one line.

    Args:
        interrupted: The message after Ctrl-C or SIGTERM: the state that is left, and what the user can do.

    Raises:
        AwsError: AWS refused, throttled or did not answer.
        OperationError: The user pressed Ctrl-C, or a CI system sent SIGTERM.
    """
    try:
        with end_signals_raised():
            yield
    except ClientError as error:
        raise AwsError(in_one_line(error), code_of(error)) from error
    except BotoCoreError as error:
        raise AwsError(in_one_line(error), type(error).__name__) from error
    except KeyboardInterrupt as error:
        raise OperationError(f"interrupted; {interrupted}", INTERRUPTED) from error


def _of_answer(error: ClientError) -> str:  # noqa: PLR0911 (one line for each kind)
    details: Any = error.response.get("Error", {})
    code, message = code_of(error), str(details.get("Message") or "no reason given").rstrip(".")
    action = _action(details, error.operation_name or "the request", message)
    if code in _EXPIRED:
        return f"the AWS credentials have expired ({code}): {_LOG_IN}"
    if code in _UNKNOWN:
        return f"AWS does not accept the credentials ({code}): {_LOG_IN}"
    if code == "RequestTimeTooSkewed":
        return "this machine's clock differs from AWS's by more than 15 minutes: set it and run it again"
    if code in _DENIED:
        return f"the credentials may not do {action}{_on(message)}: let them, or use others ({code})"
    if code in _THROTTLED:
        attempts = 1 + int(error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0))
        return f"AWS throttled {action} {attempts} times ({code}): wait a minute and run it again"
    if code in _GONE:
        return f"{action}: {message} ({code}): what the stack exports is gone; `python -m toolchain up` makes it again"
    return f"{action}: {message} ({code})"


def _without_answer(error: BotoCoreError) -> str:
    if isinstance(error, _NO_CREDENTIALS):
        return f"there are no AWS credentials that work ({_sentence(error)}): {_LOG_IN}"
    if isinstance(error, _NO_ANSWER):
        return f"AWS does not answer ({_sentence(error)}): check the network, or `make up` for the local stack"
    return _sentence(error)


def _sentence(error: BotoCoreError) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _action(details: dict[str, Any], operation: str, message: str) -> str:
    said = re.search(r"not authorized to perform: ([\w-]+:\w+)", message)
    if said is not None:
        return said[1]
    action = str(details.get("Action", operation))
    return _ACTIONS.get(action, action)


def _on(message: str) -> str:
    resource = re.search(r"on resource: \"?([^\s\"]+)", message)
    return "" if resource is None else f" on {resource[1]}"
