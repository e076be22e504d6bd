"""Makes command-line options from the fields of `ImportOptions`, for all commands that import a document."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, replace
from functools import wraps
from typing import Annotated, Any, Final, TypeVar, get_origin, get_type_hints

import typer

from spot_planning.api.openapi_import import ImportOptions, ImportQuotas, option_problems
from spot_planning.api.settings import ImportSettings
from spot_planning.declarations import descriptions
from spot_planning.problems import Problem, show, value_at

_SHORT_NAMES: Final[Mapping[str, str]] = {
    "api_key_required": "--api-key/--no-api-key",
    "cors_allow_credentials": "--cors-credentials",
    "cors_allowed_headers": "--cors-header",
    "cors_allowed_origins": "--cors-origin",
    "integration_timeout_milliseconds": "--timeout",
    "integration_timeout_quota_milliseconds": "--timeout-quota",
    "resources": "--resource-quota",
}
"""Fields whose command-line option does not have the field's name."""
_SETTINGS: Final = (*(field.name for field in fields(ImportSettings)), "integration_target")
_QUOTAS: Final = ("resources",)
_SENTENCE: Final = re.compile(r".+?[.;](?=\s|$)", re.DOTALL)
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

    parameters = [*_parameters(ImportOptions, _SETTINGS), *_parameters(ImportQuotas, _QUOTAS)]
    names = {parameter.name for parameter in parameters}
    own = inspect.signature(command)
    kept = [parameter for name, parameter in own.parameters.items() if name != "options"]
    wrapper.__dict__["__signature__"] = own.replace(parameters=[*kept, *parameters])
    return wrapper


def _parameters(owner: type[Any], names: Iterable[str]) -> list[inspect.Parameter]:
    hints = get_type_hints(owner)
    described = descriptions(owner)
    declared = {field.name: field for field in fields(owner)}
    made: list[inspect.Parameter] = []
    for name in names:
        field = declared[name]
        option = typer.Option(_flag(name), help=_first_sentence(described[name]))
        # With the type `list`, Typer allows the option several times.
        is_many = get_origin(hints[name]) is list
        default: Any = list[str]() if is_many and field.default is MISSING else field.default
        made.append(
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[hints[name], option]
            )
        )
    return made


def _flag(name: str) -> str:
    return _SHORT_NAMES.get(name, f"--{name.replace('_', '-')}")


def _first_sentence(description: str) -> str:
    found = _SENTENCE.match(description)
    return " ".join((found.group() if found else description).rstrip(";").split())


def _options(flags: Mapping[str, Any]) -> ImportOptions:
    values = dict(flags)
    quotas = replace(ImportQuotas(), **{name: values.pop(name) for name in _QUOTAS})
    options = ImportOptions(**values, quotas=quotas)
    wrong = [_told(problem, options) for problem in option_problems(options)]
    if wrong:
        raise ValueError("; ".join(wrong))
    return options


def _told(problem: Problem, options: ImportOptions) -> str:
    name = _flag(str(problem.path[0])).partition("/")[0]
    value = value_at(options, problem.path) if problem.shows_value else None
    return f"{name} {problem.text}" if value is None else f"{name} {show(value)} {problem.text}"
