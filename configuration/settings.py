"""Reads the stack's settings: merges the stack file with the defaults of its profile, and validates the result.

    settings = from_pulumi()        # in the program
    settings = load(stack, ...)     # in tools and tests, without an engine

All problems are reported together, one line for each, before the first resource is created. The keys are described in
docs/configuration.md, which ``python -m configuration`` writes from the same models.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from pydantic import ValidationError

from configuration.models import Section, model_of, settings_from
from configuration.problems import NAMESPACE, SettingsError, UnknownKey, spell
from configuration.profiles import PROFILES
from configuration.reading import decode, explained, foreign_keys, merged
from configuration.rules import broken
from configuration.rules.context import Context, at, known
from configuration.stack import StackSettings
from spot_planning.api.private_api import stage_problems
from spot_planning.problems import Problem, listed, show

__all__ = ["SettingsError", "StackSettings", "from_pulumi", "load"]

_ANY_PROFILE: Final = "dev"
"""Stand-in when `profile` is invalid, so that the other keys are still checked."""

_MODEL: Final = model_of(StackSettings)


def load(
    stack: str, config: Mapping[str, str], secret_keys: Iterable[str] = (), project: str = NAMESPACE
) -> StackSettings:
    """Make the settings of a stack from the engine's configuration.

    Args:
        stack: The stack's name; also the name of the API's stage, and of the profile if the configuration sets none.
        config: The engine's flat configuration: key such as ``spot-platform:vpc`` -> JSON text, or text of a scalar.
        secret_keys: Keys with an encrypted value, or with one inside their value.
        project: The project's name, which is the namespace of its keys.

    Returns:
        The settings.

    Raises:
        SettingsError: The configuration is wrong; the message has one line for each problem.
    """
    given, problems = decode(config, frozenset(secret_keys), _MODEL, project)
    profile = str(given.pop("profile", stack))
    if profile not in PROFILES:
        problems.append(_no_profile(stack, profile))
        profile = _ANY_PROFILE
    values = merged({"profile": profile}, PROFILES[profile], given)
    checked, wrong = _validate(values)
    said = {problem.path for problem in problems}
    problems += [problem for problem in wrong if problem.path not in said]
    hidden = [
        path
        for problem in problems
        if isinstance(problem, UnknownKey)
        for path in problem.hides
        if at(given, path) is ...
    ]
    unknown = [*(problem.path for problem in problems), *hidden]
    context = Context(known(values, unknown) if unknown else cast("StackSettings", checked), given, unknown)
    problems += broken(context)
    lines = [
        f"the stack's name: {show(stack)} {problem.text}, as the name of the API's stage must be"
        for problem in stage_problems(stack)
    ]
    lines += [f"{spell(problem.path, project)}: {context.text(problem)}" for problem in sorted(problems, key=_position)]
    lines += foreign_keys(config, project)
    if lines:
        raise SettingsError(list(dict.fromkeys(lines)))
    return settings_from(StackSettings, checked)


def from_pulumi() -> StackSettings:
    """Read the settings in a running Pulumi program.

    Raises:
        pulumi.RunError: The configuration is wrong. The message has one line for each problem, and the engine prints it
            without a traceback.
    """
    import pulumi  # noqa: PLC0415 (tools and tests that read settings need no engine)
    from pulumi.runtime.config import CONFIG, is_config_secret  # noqa: PLC0415

    config, stack = CONFIG.get(), pulumi.get_stack()
    try:
        return load(stack, config, [key for key in config if is_config_secret(key)], pulumi.get_project())
    except SettingsError as error:
        raise pulumi.RunError(f"stack {stack} is not configured as docs/configuration.md says:\n{error}") from error


def _validate(values: Mapping[str, Any]) -> tuple[Section, list[Problem]]:
    """Validate values; returns the model and the problems. If there are problems, the model must not be used."""
    # With JSON as input, pydantic's strict validation distinguishes text from numbers, but accepts maps as models.
    try:
        return _MODEL.model_validate_json(json.dumps(merged({"aws": {}, "api": {}}, values))), []
    except ValidationError as error:
        return _MODEL.model_construct(), list(explained(error, _MODEL))


def _no_profile(stack: str, profile: str) -> UnknownKey:
    allowed = listed(PROFILES)
    text = f"missing; stack {stack!r} has no profile of its own name; allowed: {allowed}"
    if profile != stack:
        text = f"{show(profile)} is not allowed; allowed: {allowed}"
    defaults = {(section, key) for sections in PROFILES.values() for section, keys in sections.items() for key in keys}
    return UnknownKey(("profile",), text, hides=tuple(sorted(defaults)))


def _position(problem: Problem) -> tuple[int, int, int]:
    sections = list(_MODEL.model_fields)
    section = str(problem.path[0])
    if section not in sections:
        return len(sections), 0, 0
    model = _MODEL.model_fields[section].annotation
    keys = [str(key) for key in getattr(model, "model_fields", ())]
    key = str(problem.path[1]) if len(problem.path) > 1 else ""
    entry = next((part for part in problem.path[2:] if isinstance(part, int)), 0)
    return sections.index(section), keys.index(key) if key in keys else len(keys), entry
