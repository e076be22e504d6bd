"""Throttling and caching of single methods, from an extension of the document."""

import sys
from dataclasses import dataclass
from typing import Final

from spot_planning.api.openapi.findings import Location, OpenApiError, Report, place
from spot_planning.api.openapi.options import ImportOptions
from spot_planning.api.openapi.parameters import Parameters
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.sources import OperationSource
from spot_planning.api.openapi.values import Json, as_object, as_string, list_in

METHOD_SETTINGS: Final = "x-method-settings"
"""Extension of an operation. API Gateway has no extension for this, because throttling and caching belong to the
stage."""
_PLACES: Final = {"path": "path", "query": "querystring", "header": "header"}
_CACHED_TTL_SECONDS: Final = 3600
_KEYS: Final = frozenset(
    {"cacheDataEncrypted", "cacheKeyParameters", "cacheTtlInSeconds", "cachingEnabled", "throttlingBurstLimit",
     "throttlingRateLimit"}
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodSettings:
    """Settings of the stage for one method (API reference, MethodSetting)."""

    resource_path: str
    """Such as ``/companies/{companyId}``."""
    http_method: str
    throttling_rate_limit: float | None = None
    """Requests per second."""
    throttling_burst_limit: int | None = None
    """Requests at once."""
    caching_enabled: bool | None = None
    """Whether responses are cached; true only if the stage has a cache."""
    cache_ttl_in_seconds: int | None = None
    cache_data_encrypted: bool | None = None
    """Whether cached data is encrypted. If caching is enabled, true unless the document sets another value (Security
    Hub control APIGateway.5)."""


def plan_method_settings(
    source: OperationSource, references: References, parameters: Parameters, options: ImportOptions, report: Report
) -> tuple[MethodSettings | None, tuple[str, ...]]:
    """Read the extension of one operation.

    Args:
        source: The operation.
        references: The document's references.
        parameters: The operation's parameters.
        options: Options of the import, which state whether the stage has a cache.
        report: Gets a refusal if caching is enabled without a cache.

    Returns:
        The settings, or None without settings, and the cache key parameters of the integration.

    Raises:
        OpenApiError: A key is unknown, a value is out of range, or a cache key is not a parameter.
    """
    at: Location = (*source.at, METHOD_SETTINGS)
    given = as_object(references.inlined(source.operation.get(METHOD_SETTINGS, {}), at), at)
    if not given:
        return None, ()
    for key in sorted(given.keys() - _KEYS):
        raise OpenApiError(f"unknown; known are {', '.join(sorted(_KEYS))}", place((*at, key)))
    declared = {
        f"method.request.{_PLACES[str(parameter['in'])]}.{parameter['name']}" for parameter in parameters.declared
    }
    renamed = {f"method.request.path.{old}": f"method.request.path.{new}" for old, new in source.route.renamed.items()}
    keys = [
        renamed.get(key, key)
        for index, item in enumerate(list_in(given, "cacheKeyParameters", at))
        for key in (as_string(item, (*at, "cacheKeyParameters", index)),)
    ]
    for index, key in enumerate(keys):
        if key not in declared:
            raise OpenApiError(
                f"{key} is none of the declared parameters: {', '.join(sorted(declared)) or 'none'}",
                place((*at, "cacheKeyParameters", index)),
            )
    rate = _number(given.get("throttlingRateLimit"), (*at, "throttlingRateLimit"))
    burst = _number(given.get("throttlingBurstLimit"), (*at, "throttlingBurstLimit"))
    ttl = _number(given.get("cacheTtlInSeconds"), (*at, "cacheTtlInSeconds"))
    if ttl is not None and ttl > _CACHED_TTL_SECONDS:
        raise OpenApiError(f"{ttl} is not 0 to {_CACHED_TTL_SECONDS} seconds", place((*at, "cacheTtlInSeconds")))
    cached = _boolean(given.get("cachingEnabled"), (*at, "cachingEnabled"))
    if cached and not options.stage_cache:
        report.refuse("caching", (*at, "cachingEnabled"), "the stage has no cache, so nothing would be cached")
    encrypted = _boolean(given.get("cacheDataEncrypted"), (*at, "cacheDataEncrypted"))
    settings = MethodSettings(
        resource_path=source.route.resource_path,
        http_method=source.http_method,
        throttling_rate_limit=rate,
        throttling_burst_limit=None if burst is None else int(burst),
        caching_enabled=cached,
        cache_ttl_in_seconds=None if ttl is None else int(ttl),
        cache_data_encrypted=True if cached and encrypted is None else encrypted,
    )
    return settings, tuple(sorted(keys))


def _number(value: Json, at: Location) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise OpenApiError("must be a number, 0 or more", place(at))
    if value > sys.float_info.max:
        raise OpenApiError("the number is too large", place(at))
    return float(value)


def _boolean(value: Json, at: Location) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise OpenApiError("must be true or false", place(at))
