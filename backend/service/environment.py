"""Reads settings from environment variables, and reports all wrong variables at once."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError

Model = TypeVar("Model", bound=BaseModel)

_PLACEHOLDER: Final = "-" * 64
_SECRETS: Final[frozenset[object]] = frozenset({SecretStr, SecretStr | None})


class SettingsError(ValueError):
    """The environment is not usable.

    Args:
        problems: One sentence for each wrong variable.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read(model: type[Model], environment: Mapping[str, str]) -> Model:
    """Read settings.

    Args:
        model: The model of the settings; a field has the name of its variable in lower case.
        environment: Environment variables by name. An empty variable counts as not set, because a compose file or a
            task definition cannot always leave a variable out.

    Returns:
        The validated settings.

    Raises:
        SettingsError: Variables are wrong. It has one sentence for each, and no sentence contains a secret.
    """
    names = {name.upper(): name for name in model.model_fields}
    values = {names[key]: value for key, value in environment.items() if key in names and value}
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise SettingsError(_problems(model, values, error)) from None


def _problems(model: type[BaseModel], values: Mapping[str, str], error: ValidationError) -> list[str]:
    details = error.errors(include_url=False)
    of_fields = {str(detail["loc"][0]): _sentence(model, detail) for detail in details if detail["loc"]}
    if not of_fields:
        return _together(error)
    # pydantic checks combinations of fields only if every field is valid. So the valid fields are checked again,
    # without the wrong ones.
    others = {name: value for name, value in values.items() if name not in of_fields}
    required = {name: _PLACEHOLDER for name, field in model.model_fields.items() if field.is_required()}
    try:
        model.model_validate(required | others)
    except ValidationError as second:
        wrong = re.compile(rf"\b({'|'.join(name.upper() for name in of_fields)})\b")
        further = [problem for problem in _together(second) if not wrong.search(problem)]
    else:
        further = []
    return [*of_fields.values(), *further]


def _together(error: ValidationError) -> list[str]:
    return [
        problem
        for detail in error.errors(include_url=False)
        for problem in str(detail["msg"]).removeprefix("Value error, ").splitlines()
    ]


def _sentence(model: type[BaseModel], detail: Mapping[str, Any]) -> str:
    field = str(detail["loc"][0])
    name = field.upper()
    message = str(detail["msg"]).removeprefix("Value error, ")
    if detail["type"] == "missing":
        return f"{name} is missing"
    if model.model_fields[field].annotation in _SECRETS:
        return f"{name}: {message}"
    return f"{name}={detail['input']!r}: {message}"
