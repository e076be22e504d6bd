"""Reads from the policy pack what the engine does not report, such as severities, and checks its configuration."""

import importlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from toolchain.errors import ToolchainError
from toolchain.view.findings import Finding, Judgement
from toolchain.view.progress import Violation


def not_asked(violations: Sequence[Violation]) -> tuple[str, ...]:
    """Return the rules that a run did not evaluate because it ended before the rules of the whole stack.

    Args:
        violations: The violations of the run. Any violation of a rule of the whole stack, such as the pack's summary,
            shows that these rules were evaluated.
    """
    told = _part_of_pack("reporting.told")
    if told is None:
        return ()
    return () if any(told.is_of_the_stack(each.policy) for each in violations) else told.STACK_RULES


def checked_configuration(file: Path) -> str:
    """Check a file for the engine's option ``--policy-pack-config``; the engine itself accepts misspelt rule names.

    Args:
        file: A JSON file: rule, or ``all``, to its level or to an object of its level and settings.

    Returns:
        The absolute path of the file, because the engine does not always run in this folder.

    Raises:
        ToolchainError: The file cannot be read, or is not valid. The message has all problems in one line.
    """
    option = f"--policy-pack-config={file}"
    if not file.is_file():
        raise ToolchainError(f"{option}: {'this is no file' if file.exists() else 'there is no such file'}")
    try:
        given = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_once)
        profiles = _part_of_pack("enforcement.profiles")
        if profiles is not None:
            profiles.check(given)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ToolchainError(f"{option}: this is not JSON: {error}") from error
    except ValueError as error:
        raise ToolchainError(f"{option}: {'; '.join(str(error).splitlines())}") from error
    return str(file.resolve())


def _part_of_pack(name: str) -> Any:
    """Import a module of the project's policy pack; return None if the project has another pack.

    Imported only when needed: only a run with violations needs the rules, whose import takes a quarter of a second.
    """
    try:
        return importlib.import_module(f"policy.{name}")
    except ModuleNotFoundError:
        return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    twice = [key for key, number in Counter(key for key, _value in pairs).items() if number > 1]
    if twice:
        raise ValueError(f"there twice: {', '.join(twice)}")
    return dict(pairs)


def judged(violations: Sequence[Violation]) -> Judgement:
    """Make findings of a run's violations, and separate them from the pack's summary.

    Args:
        violations: The violations that the engine reported. Findings of another pack have no severity and no settings.
    """
    told = _part_of_pack("reporting.told") if violations else None
    if told is None:
        return Judgement([Finding(each.policy, each.urn, each.is_mandatory, "", each.message) for each in violations])
    return Judgement(
        findings=[
            Finding(
                policy=each.policy,
                urn=each.urn,
                is_mandatory=each.is_mandatory,
                severity=told.severity(each.policy),
                settings=told.settings(each.policy, each.urn),
                lists=told.LISTS.get(each.policy, ""),
                **told.parts(each.message)._asdict(),
            )
            for each in violations
            if not told.is_summary(each.policy)
        ],
        summary=[line for each in violations if told.is_summary(each.policy) for line in each.message.splitlines()],
    )
