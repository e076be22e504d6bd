"""Runs CloudFront Functions."""

import json
from collections.abc import Mapping
from typing import Any, cast

import quickjs

MEMORY_BYTES = 8 * 1024 * 1024
"""Memory limit. CloudFront's limit is 2 MB (Amazon CloudFront Developer Guide, "Quotas on CloudFront Functions"); this
engine itself needs more."""
SECONDS = 0.2
"""Timeout. CloudFront's limit is below a millisecond on its hardware; a busy machine needs more."""
CODE_LIMIT_BYTES = 10_240
JOBS_LIMIT = 10_000
"""Maximum number of promise jobs that are run."""

# JavaScript runtime 2.0 has console.log, which writes to CloudWatch Logs; here the output is dropped.
_BEFORE = "const console = { log: () => undefined, error: () => undefined };"
_CALL = """
var __result, __problem;
(function () {
    Promise.resolve()
        .then(function () { return handler(JSON.parse(__event)); })
        .then(function (value) { __result = JSON.stringify(value); },
              function (problem) { __problem = String(problem); });
})();
"""


class FunctionError(Exception):
    """A function failed: it threw, took too long, needed too much memory, or returned nothing."""


def run(code: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Run a function's handler on an event, in a new engine, so that calls share no state.

    Args:
        code: JavaScript for the runtime ``cloudfront-js-2.0``; key-value stores and the ``crypto`` module are missing.
        event: The event.

    Returns:
        The handler's return value.

    Raises:
        FunctionError: The function failed.
    """
    if len(code.encode()) > CODE_LIMIT_BYTES:
        raise FunctionError(f"the code has more than {CODE_LIMIT_BYTES} bytes")
    context = cast("Any", quickjs).Context()
    context.set_memory_limit(MEMORY_BYTES)
    context.set_time_limit(SECONDS)
    try:
        context.eval(_BEFORE)
        context.eval(code)
        context.set("__event", json.dumps(event))
        context.eval(_CALL)
        jobs = 0
        while context.execute_pending_job():
            jobs += 1
            if jobs > JOBS_LIMIT:
                raise FunctionError("it does not end")
        problem, result = context.get("__problem"), context.get("__result")
    except cast("Any", quickjs).JSException as failure:
        raise FunctionError(" ".join(str(failure).split())) from None
    if problem is not None:
        raise FunctionError(" ".join(str(problem).split()))
    return _object(result)


def _object(result: Any) -> dict[str, Any]:
    value: Any = json.loads(result) if isinstance(result, str) else None
    if not isinstance(value, dict):
        raise FunctionError("it returned no object")
    return cast("dict[str, Any]", value)
