"""Timeout and response streaming of single operations, from an extension of the document."""

from dataclasses import dataclass
from typing import Final

from spot_planning.api.openapi.findings import Location, OpenApiError, Report, place
from spot_planning.api.openapi.options import LONGEST_STREAM_MILLISECONDS, SHORTEST_TIMEOUT_MILLISECONDS, ImportOptions
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.sources import OperationSource
from spot_planning.api.openapi.values import Json, JsonObject, as_object, as_string
from spot_planning.api.path_on_site import read_timeout_seconds

INTEGRATION_SETTINGS: Final = "x-integration-settings"
"""Extension of an operation with settings for the integration that the planner makes. It has the same keys as
``x-amazon-apigateway-integration``, which would replace the whole integration."""
_MODE: Final = "responseTransferMode"
_TIMEOUT: Final = "timeoutInMillis"
_MODES: Final = ("BUFFERED", "STREAM")


@dataclass(frozen=True, kw_only=True, slots=True)
class IntegrationSettings:
    """Settings of an operation's integration."""

    stream: bool = False
    """Whether the response is streamed, for up to 15 minutes and more than 10 MB."""
    timeout_milliseconds: int
    """Milliseconds that the backend may take for the whole response, streamed or not."""


def integration_settings(
    source: OperationSource, references: References, options: ImportOptions, report: Report
) -> IntegrationSettings:
    """Read the extension of one operation.

    Args:
        source: The operation.
        references: The document's references.
        options: Options of the import, with the API's timeout and the account's quotas.
        report: Gets a refusal if the account does not allow the timeout.

    Returns:
        The operation's settings, or the API's settings if it has none.

    Raises:
        OpenApiError: A key is unknown, or a value has the wrong type.
    """
    if INTEGRATION_SETTINGS not in source.operation:
        return IntegrationSettings(timeout_milliseconds=options.integration_timeout_milliseconds)
    at: Location = (*source.at, INTEGRATION_SETTINGS)
    given = as_object(references.inlined(source.operation[INTEGRATION_SETTINGS], at), at)
    for key in sorted(given.keys() - {_MODE, _TIMEOUT}):
        raise OpenApiError(f"unknown; known are {_MODE}, {_TIMEOUT}", place((*at, key)))
    check_transfer(given, at, options, report)
    stream = given.get(_MODE) == "STREAM"
    # Streamed responses usually take longer, and API Gateway would end a stream at the timeout.
    default = LONGEST_STREAM_MILLISECONDS if stream else options.integration_timeout_milliseconds
    return IntegrationSettings(
        stream=stream, timeout_milliseconds=_whole(given.get(_TIMEOUT, default), (*at, _TIMEOUT))
    )


def check_transfer(given: JsonObject, at: Location, options: ImportOptions, report: Report) -> None:
    """Check timeout and transfer mode, in the extension or in the document's own integration.

    Streamed responses may take up to 15 minutes, other responses as long as the account's quota allows ("Stream the
    integration response for your proxy integrations" and "Quotas for configuring and running a REST API", Developer
    Guide).

    Args:
        given: The integration, or the extension.
        at: Its location.
        options: Options of the import, with the account's quotas.
        report: Gets the refusals and warnings.

    Raises:
        OpenApiError: A value has the wrong type.
    """
    mode = as_string(given.get(_MODE, _MODES[0]), (*at, _MODE))
    if mode not in _MODES:
        report.refuse("integration", (*at, _MODE), f"{mode} is not one of {', '.join(_MODES)}")
        return
    timeout = _whole(given.get(_TIMEOUT, SHORTEST_TIMEOUT_MILLISECONDS), (*at, _TIMEOUT))
    if mode == "STREAM" and options.path_on_site is not None:
        wait = read_timeout_seconds(options)
        report.warn(
            "streaming", (*at, _MODE), f"CloudFront ends it at {wait} s without a first byte, or between two packets"
        )
    quota = options.integration_timeout_quota_milliseconds
    longest = LONGEST_STREAM_MILLISECONDS if mode == "STREAM" else quota
    if not SHORTEST_TIMEOUT_MILLISECONDS <= timeout <= longest:
        more = "" if mode == "STREAM" else "; the quota can be raised, and a response that is streamed may take longer"
        report.refuse(
            "integration",
            (*at, _TIMEOUT),
            f"{timeout} is not {SHORTEST_TIMEOUT_MILLISECONDS} to {longest} milliseconds{more}",
        )


def _whole(value: Json, at: Location) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise OpenApiError("must be a whole number", place(at))
    return value
