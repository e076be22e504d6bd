"""Makes command-line options from the fields of `ImportOptions`, for all commands that import a document."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from functools import wraps
from typing import Annotated, Any, Final, TypeVar, cast, get_type_hints

import typer

from spot_planning.api.openapi_import import ImportOptions, ImportQuotas


@dataclass(frozen=True)
class _Flag:
    """The command-line option of a dataclass's field; its type and default are the field's."""

    name: str
    help: str


_FLAGS: Final[Mapping[str, _Flag]] = {
    "load_balancer_kind": _Flag("--load-balancer-kind", "network or application."),
    "vpc_link_version": _Flag("--vpc-link-version", "1 (network only) or 2."),
    "integration_target": _Flag("--integration-target", "ARN of the load balancer, for a VPC link of version 2."),
    "integration_timeout_milliseconds": _Flag("--timeout", "Integration timeout in milliseconds."),
    "cors_allowed_origins": _Flag("--cors-origin", "Allowed origin; repeatable."),
    "cors_allow_credentials": _Flag("--cors-credentials", "Let browsers send cookies."),
    "cors_allowed_headers": _Flag("--cors-header", "Further allowed request header; repeatable."),
    "api_key_required": _Flag(
        "--api-key", "Require an API key for every operation without 'security: []'; otherwise there are no keys."
    ),
    "behind_distribution": _Flag(
        "--on-site", "The API is below a path of its site: a key for every operation, as with --api-key, and no CORS."
    ),
    "stage_cache": _Flag("--cache", "The stage has a cache."),
    "base_path": _Flag("--base-path", "Path of the first server: prepend or ignore."),
    "proxy": _Flag("--proxy", "{proxy+}: none, fallback or only."),
}
_QUOTA_FLAGS: Final[Mapping[str, _Flag]] = {
    "resources": _Flag("--resource-quota", "The account's quota of resources of an API."),
    "integration_timeout_milliseconds": _Flag("--timeout-quota", "The account's longest integration timeout."),
}
_QUOTA: Final = "quota_"
_Result = TypeVar("_Result")


def with_import_options(command: Callable[..., _Result]) -> Callable[..., _Result]:
    """Decorator that adds the import's flags to a Typer command, and passes them to it as the argument ``options``.

    Args:
        command: A command with the keyword argument ``options: ImportOptions``.
    """

    @wraps(command)
    def wrapper(*arguments: Any, **given: Any) -> _Result:
        flags = {name: given.pop(name) for name in [*given] if name in names}
        return command(*arguments, **given, options=_options(flags))

    parameters = [
        *_parameters(ImportOptions, _FLAGS, ""),
        *_parameters(ImportQuotas, _QUOTA_FLAGS, _QUOTA),
    ]
    names = {parameter.name for parameter in parameters}
    own = inspect.signature(command)
    kept = [parameter for name, parameter in own.parameters.items() if name != "options"]
    wrapper.__dict__["__signature__"] = own.replace(parameters=[*kept, *parameters])
    return wrapper


def _parameters(owner: type[Any], flags: Mapping[str, _Flag], prefix: str) -> list[inspect.Parameter]:
    hints = get_type_hints(owner)
    defaults = {each.name: each.default for each in fields(owner) if each.default is not MISSING}
    made: list[inspect.Parameter] = []
    for name, flag in flags.items():
        # With the type `list`, Typer allows the option several times.
        is_many = isinstance(defaults[name], tuple)
        made.append(
            inspect.Parameter(
                f"{prefix}{name}",
                inspect.Parameter.KEYWORD_ONLY,
                default=list(defaults[name]) if is_many else defaults[name],
                annotation=Annotated[
                    list[str] if is_many else hints[name],
                    typer.Option(flag.name, help=flag.help),
                ],
            )
        )
    return made


def _options(flags: Mapping[str, Any]) -> ImportOptions:
    values: dict[str, Any] = {
        name: tuple(cast("list[str]", value)) if isinstance(value, list) else value for name, value in flags.items()
    }
    if values["behind_distribution"]:
        values |= {"api_key_required": True, "cors_allowed_origins": ()}
    quotas = {name.removeprefix(_QUOTA): values.pop(name) for name in [*values] if name.startswith(_QUOTA)}
    return ImportOptions(**values, quotas=replace(ImportQuotas(), **quotas))
